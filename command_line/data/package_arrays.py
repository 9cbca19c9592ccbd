"""``brainscore-mouse data package-arrays FOLDER --dataset NAME``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..expanded_path import expanded_path


def package_arrays(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Folder with responses/{area}_{subject}.npy and .json, and stimuli/.",
            parser=expanded_path,
            metavar="FOLDER",
        ),
    ],
    dataset: Annotated[str, typer.Option(help="Identifier of the new dataset.")],
    order: Annotated[
        Literal["natural", "text"] | None,
        typer.Option(
            help="Order of the images' names, where no stimuli.csv or stimulus_ids says it: 2 before 10, or as text."
        ),
    ] = None,
    image_range: Annotated[
        tuple[float, float] | None,
        typer.Option(help="Values of black and white in 16-bit, 32-bit or float images.", metavar="LOW HIGH"),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a dataset of this name.")] = False,
    official: Annotated[
        bool,
        typer.Option("--official", help="The arrays are official recordings: allow a name such as allen-mouse-npx."),
    ] = False,
) -> None:
    """Package a folder of arrays as a dataset with its own benchmarks."""
    from ...core.terminal.counted import counted
    from ...data_packaging.array_folder import package_array_folder
    from ...data_packaging.datasets import load_stimulus_set, read_manifest

    packaged = package_array_folder(folder, dataset, order, replace, official, image_range)
    manifest = read_manifest(dataset)
    details = manifest["details"]
    print(f"Packaged {dataset} in {packaged}")
    for region, entry in manifest["regions"].items():
        neuroids, mice = counted(entry["n_neuroids"], "neuroid"), counted(entry["n_subjects"], "mouse")
        print(f"  {dataset}-{region}: {neuroids} of {mice}")
    ids, files = load_stimulus_set(dataset)["stimulus_id"].tolist(), details["original_files"]
    print(f"  {len(ids)} stimuli, by {details['stimulus_order']}:")
    for index in (0, len(ids) - 1):
        print(f"    entry {index} of the arrays is {files[index]} ({ids[index]})")
    print(f"Check that images and responses belong together: brainscore-mouse data check {dataset}")
    print(f"Score models on it, for instance: brainscore-mouse score pixels {dataset}-{region}-rsa")
