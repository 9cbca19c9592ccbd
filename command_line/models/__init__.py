"""``brainscore-mouse models ...``: what is done with models before they are scored; one file per verb."""

import typer

from .fetch import fetch

models_app = typer.Typer(help="Download models ahead.", no_args_is_help=True)


@models_app.callback()
def models() -> None:
    """Download models ahead."""


models_app.command()(fetch)
