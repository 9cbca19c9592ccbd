"""The command line ``brainscore-mouse``: one file per command."""

import errno
import importlib.metadata
import logging
import os
import sys
from collections.abc import Callable
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
from .eigenspectrum import eigenspectrum
from .figures import figures
from .inter_animal import inter_animal
from .leaderboard import leaderboard
from .list import list_app
from .models import models_app
from .neuroid_numbers import neuroid_numbers
from .output.grouped_help import GroupedHelp, example
from .output.interruption import DOWNLOADS_KEPT, START_OVER, saying_what_is_kept
from .output.sign_of_life import still_working
from .output.terminal_encoding import print_whatever_the_terminal
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

app = typer.Typer(
    help="Score any vision model against recordings from mouse visual cortex.",
    epilog=example("demo", "score pixels simulated-mouse-VISp-rsa", "score --help"),
    no_args_is_help=True,
    cls=GroupedHelp,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(
    group: str, command: Callable[..., None], *examples: str, name: str | None = None, kept: str = START_OVER
) -> None:
    app.command(name, rich_help_panel=group, epilog=example(*examples))(saying_what_is_kept(command, kept))


_SCORES_KEPT = "Finished scores are stored; run the same command again to resume."
_TRAININGS_KEPT = "Finished trainings are stored; run the same command again to resume."


_SCORING, _RESULTS, _DATA = "Scoring", "Results", "Data and this machine"
_ROBUSTNESS, _BRAIN_SCORE, _PAPER = "Robustness", "Brain-Score and submissions", "Analyses of the paper"
_ADDING = "Adding your own"

_add(_SCORING, demo, "demo", kept=_SCORES_KEPT)
app.add_typer(list_app, name="list", rich_help_panel=_SCORING)
_add(_SCORING, score, "score efficientnet-lite0 simulated-mouse-VISp-rsa")
_add(_SCORING, run, "run --models 'efficientnet-lite0*' --benchmarks 'simulated-mouse-*-rsa'")
_add(
    _SCORING,
    compare,
    "compare efficientnet-lite0 pixels --benchmarks 'simulated-mouse-*-rsa'",
    kept="Benchmarks that are done are kept in the cache; run the same command again to resume.",
)
_add(
    _SCORING,
    neuroid_numbers,
    "neuroid-numbers efficientnet-lite0 pixels --benchmarks 'simulated-mouse-*-rsa'",
    name="neuroid-numbers",
    kept="Nothing but the models' responses, in the cache; run the same command again to start over.",
)
_add(_SCORING, inter_animal, "inter-animal simulated-mouse-VISp-ridge --models pixels", name="inter-animal")
_add(
    _SCORING,
    eigenspectrum,
    "eigenspectrum simulated-mouse-VISp-rsa",
    "eigenspectrum simulated-mouse-VISp-rsa --ranks 1 20 --neuroids 100",
)
_add(_SCORING, still_working(power), "power --mice 4 --stimuli 200 --metric ridge")
app.add_typer(models_app, name="models", rich_help_panel=_SCORING)
app.add_typer(results_app, name="results", rich_help_panel=_RESULTS)
_add(_RESULTS, still_working(leaderboard), "leaderboard --output leaderboard")
_add(_RESULTS, still_working(figures), "figures --output figures", "figures --output figures --metric rsa --top 3")
app.add_typer(data_app, name="data", rich_help_panel=_DATA)
app.add_typer(cache_app, name="cache", rich_help_panel=_DATA)
_add(_DATA, still_working(doctor), "doctor", "doctor --model timm:resnet18.a1_in1k")
_add(
    _ROBUSTNESS,
    dg_fetch,
    "dg-fetch",
    name="dg-fetch",
    kept=DOWNLOADS_KEPT,
)
_add(
    _ROBUSTNESS,
    dg_readout,
    "dg-readout pacs_readout resnet18 resnet50 --domain-set pacs",
    name="dg-readout",
    kept=_SCORES_KEPT,
)
_add(
    _ROBUSTNESS,
    dg_train,
    "dg-train digits_training --domain-set minidigits --seeds 3",
    name="dg-train",
    kept=_TRAININGS_KEPT,
)
_add(_ROBUSTNESS, dg_joint, "dg-joint simulated-mouse-VISp-rsa dg-minidigits-readout", name="dg-joint")
_add(_ADDING, new_model, "new-model my-net", name="new-model")
_add(_ADDING, new_metric, "new-metric my-metric", name="new-metric")
_add(_ADDING, new_dataset, "new-dataset my-lab", name="new-dataset")
_add(_BRAIN_SCORE, new_submission, "new-submission my-net", name="new-submission")
_add(_BRAIN_SCORE, submit, "submit my_net", "submit my_net --trust", kept=_SCORES_KEPT)
_add(_BRAIN_SCORE, still_working(link), "link")
_add(_BRAIN_SCORE, unlink, "unlink")
_add(_BRAIN_SCORE, status, "status")
_add(
    _BRAIN_SCORE,
    still_working(export_upstream),
    "export-upstream pull_request --benchmarks 'simulated-mouse-*-rsa'",
    name="export-upstream",
)
_add(
    _PAPER,
    neurn_comparison,
    "neurn-comparison comparison --dataset simulated-mouse",
    name="neurn-comparison",
    kept=_SCORES_KEPT,
)
_add(_PAPER, still_working(architectures), "architectures")
_add(_PAPER, still_working(select_maps), "select-maps simulated-mouse --output maps", name="select-maps")
add_plugin_option(app)


_ERRORS_OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
# Of paths that a user gave: a folder where a file is to be, a file where a folder is to be, and so on.
_ERRORS_OF_PATHS = (errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.EACCES)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"brainscore-mouse {importlib.metadata.version('brainscore-mouse')}")
        raise typer.Exit


@app.callback()
def options_of_all_commands(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, and errors only.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Report what is done in more detail.")] = False,
) -> None:
    """Score any vision model against recordings from mouse visual cortex."""
    if quiet:
        os.environ["TQDM_DISABLE"] = "1"  # also in worker processes
    level = logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING
    logging.basicConfig(format="%(message)s")
    logging.getLogger(__package__.partition(".")[0]).setLevel(level)


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
        path = error.filename2 or error.filename or "a file"  # where a file is moved, it is the second
        if error.errno in _ERRORS_OF_DISKS:
            print(f"Error: {path} cannot be written: {error.strerror}.", file=sys.stderr)
        elif error.errno in _ERRORS_OF_PATHS:
            print(f"Error: {path} cannot be used: {error.strerror}. Choose another path.", file=sys.stderr)
        else:
            raise
        sys.exit(1)
