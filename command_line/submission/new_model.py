"""``brainscore-mouse new-model NAME``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def new_model(
    name: Annotated[str, typer.Argument(help="Identifier of the new model.")],
    folder: Annotated[
        Path, typer.Option(help="Where to put the plugin's folder.", parser=expanded_path, metavar="PATH")
    ] = Path("."),
) -> None:
    """Write a model plugin to start from: a small network with random weights."""
    from ...submission.new_model import write_new_model

    plugin = write_new_model(name, folder)
    print(f"Wrote {plugin}; put your network into {plugin / 'model.py'}")
    print(f"Check it: brainscore-mouse submit {plugin}")
