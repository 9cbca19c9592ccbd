"""``brainscore-mouse results``: the stored scores of this machine."""

import typer

from .export import export
from .failures import failures
from .merge import merge
from .query import query

results_app = typer.Typer(help="Merge, export and query the stored scores, and list failures.", no_args_is_help=True)
results_app.command()(merge)
results_app.command()(export)
results_app.command()(failures)
results_app.command()(query)
