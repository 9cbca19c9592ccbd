"""``brainscore-mouse data verify [DATASET]``."""

from typing import Annotated

import typer


def verify(
    datasets: Annotated[list[str] | None, typer.Argument(help="Default: all datasets on this machine.")] = None,
) -> None:
    """Read every file of packaged datasets and compare it with the manifest."""
    from ...data_packaging.datasets import load_dataset, read_manifest
    from ...data_packaging.on_disk.datasets_here import datasets_on_disk

    for dataset in datasets or datasets_on_disk():
        for region in read_manifest(dataset)["regions"]:
            assembly = load_dataset(dataset, region)
            print(f"{dataset}-{region}: as packaged ({assembly.attrs['data_sha256'][:16]})")
