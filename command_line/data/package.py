"""``brainscore-mouse data package DATASET``."""

from typing import Annotated

import typer

from .fetch import SourceOption


def package(
    dataset: Annotated[str, typer.Argument(help="For instance allen-mouse.")],
    source: SourceOption = None,
) -> None:
    """Package what was fetched so far, without reading anything from the source."""
    from ...data_packaging.allen.fetch import package as package_fetched
    from .info import print_info

    package_fetched(dataset, source)
    print_info(dataset)
