"""``brainscore-mouse cache ...``: what can be computed again; one file per verb."""

import typer

from .clear import clear
from .info import info

cache_app = typer.Typer(help="Look at or empty the cache, and remove downloads.", no_args_is_help=True)
cache_app.command()(info)
cache_app.command()(clear)
