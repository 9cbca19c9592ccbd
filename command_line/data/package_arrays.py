"""``brainscore-mouse data package-arrays FOLDER --dataset NAME``."""

from pathlib import Path
from typing import Annotated

import typer


def package_arrays(
    folder: Annotated[
        Path, typer.Argument(help="Folder with responses/{area}_{subject}.npy and .json, and stimuli/*.png.")
    ],
    dataset: Annotated[str, typer.Option(help="Identifier of the new dataset.")],
) -> None:
    """Package a folder of arrays as a dataset with its own benchmarks."""
    from ...data_packaging.array_folder import package_array_folder
    from ...data_packaging.datasets import read_manifest

    packaged = package_array_folder(folder, dataset)
    print(f"Packaged {dataset} in {packaged}")
    for region, entry in read_manifest(dataset)["regions"].items():
        print(f"  {dataset}-{region}: {entry['n_neuroids']} neuroids of {entry['n_subjects']} mice")
    print(f"Score models on it, for instance: brainscore-mouse score pixels {dataset}-{region}-rsa")
