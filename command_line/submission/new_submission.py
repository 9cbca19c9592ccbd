"""``brainscore-mouse new-submission NAME``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def new_submission(
    name: Annotated[str, typer.Argument(help="Identifier of the new model.")],
    folder: Annotated[
        Path, typer.Option(help="Where to put the plugin's folder.", parser=expanded_path, metavar="PATH")
    ] = Path("."),
) -> None:
    """Write a model to submit, in Brain-Score's layout: a small network with random weights, to start from."""
    from ...submission.new_submission import write_new_submission

    plugin = write_new_submission(name, folder)
    print(f"Wrote {plugin}; put your network into {plugin / 'model.py'}")
    print(f"Check it: brainscore-mouse submit {plugin}")
