"""The command line ``brainscore-mouse``: one file per command."""

import errno
import importlib.metadata
import os
import sys
from typing import Annotated

import typer

from ..core.errors import BrainscoreMouseError
from .brainscore.export_upstream import export_upstream
from .brainscore.link import link
from .brainscore.status import status
from .brainscore.unlink import unlink
from .cache import cache_app
from .compare import compare
from .data import data_app
from .demo import demo
from .doctor import doctor
from .figures import figures
from .leaderboard import leaderboard
from .list import list_app
from .models import models_app
from .paper.architectures import architectures
from .paper.neurn_comparison import neurn_comparison
from .paper.select_maps import select_maps
from .plugin.new_dataset import new_dataset
from .plugin.new_metric import new_metric
from .plugin.new_model import new_model
from .plugin_option import add_plugin_option
from .power import power
from .results import results_app
from .robustness.fetch import dg_fetch
from .robustness.joint import dg_joint
from .robustness.readout import dg_readout
from .robustness.train import dg_train
from .run import run
from .score import score
from .submission.new_submission import new_submission
from .submission.submit import submit
from .terminal_encoding import print_whatever_the_terminal

app = typer.Typer(
    help="Score any vision model against recordings from mouse visual cortex.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(score)
app.command()(run)
app.command()(compare)
app.command()(power)
app.command("neurn-comparison")(neurn_comparison)
app.command()(architectures)
app.command("select-maps")(select_maps)
app.command()(demo)
app.command()(doctor)
app.command()(link)
app.command()(unlink)
app.command()(status)
app.command()(submit)
app.command("new-model")(new_model)
app.command("new-metric")(new_metric)
app.command("new-dataset")(new_dataset)
app.command("new-submission")(new_submission)
app.command("export-upstream")(export_upstream)
app.command()(leaderboard)
app.command()(figures)
app.command("dg-fetch")(dg_fetch)
app.command("dg-joint")(dg_joint)
app.command("dg-readout")(dg_readout)
app.command("dg-train")(dg_train)
app.add_typer(list_app, name="list")
app.add_typer(models_app, name="models")
app.add_typer(data_app, name="data")
app.add_typer(cache_app, name="cache")
app.add_typer(results_app, name="results")
add_plugin_option(app)


_ERRORS_OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"brainscore-mouse {importlib.metadata.version('brainscore-mouse')}")
        raise typer.Exit


@app.callback()
def options_of_all_commands(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Score any vision model against recordings from mouse visual cortex."""


def main() -> None:
    """Run the command line; errors meant for people are printed without a traceback."""
    # Brain-Score would otherwise run pip whenever it loads a plugin.
    os.environ.setdefault("BS_INSTALL_DEPENDENCIES", "no")
    print_whatever_the_terminal()
    try:
        app()
    except BrainscoreMouseError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _ERRORS_OF_DISKS:
            raise
        print(f"Error: {error.filename or 'a file'} cannot be written: {error.strerror}.", file=sys.stderr)
        sys.exit(1)
