"""``brainscore-mouse new-model NAME``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def new_model(
    name: Annotated[str, typer.Argument(help="Identifier of the new model.")],
    folder: Annotated[
        Path, typer.Option(help="Where to put the two files.", parser=expanded_path, metavar="PATH")
    ] = Path("."),
) -> None:
    """Write a plugin of one file with a model, a small network with random weights, and its test."""
    from ...plugins.new_plugin import write_new_plugin
    from .written_files import print_written

    print_written(*write_new_plugin("model", name, folder))
