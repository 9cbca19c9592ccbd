"""``brainscore-mouse new-metric NAME``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def new_metric(
    name: Annotated[str, typer.Argument(help="Identifier of the new metric.")],
    folder: Annotated[
        Path, typer.Option(help="Where to put the two files.", parser=expanded_path, metavar="PATH")
    ] = Path("."),
) -> None:
    """Write a plugin of one file with a metric, the correlation of two Gram matrices, and its test."""
    from ...plugins.new_plugin import write_new_plugin
    from .written_files import print_written

    print_written(*write_new_plugin("metric", name, folder))
