"""``brainscore-mouse data package DATASET``."""

from typing import Annotated

import typer

from .fetch import SourceOption


def package(
    dataset: Annotated[str, typer.Argument(help="For instance allen-mouse, sensorium2022.")],
    source: SourceOption = None,
) -> None:
    """Package what was fetched so far, without reading anything from the source."""
    from ...data_packaging.fetch_dataset import package_dataset
    from .info import print_info

    package_dataset(dataset, source)
    print_info(dataset)
