"""``brainscore-mouse run``."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.terminal.counted import counted
from .expanded_path import expanded_path
from .output.interruption import on_interruption
from .output.json_output import JsonOption, print_json, records_of
from .output.sign_of_life import sign_of_life
from .plugin_option import given_plugin_options

_FEW = 5
_MOST_LISTED = 20

if TYPE_CHECKING:
    import pandas as pd

    from ..scoring.jobs import Job
    from ..scoring.plan import TablePlan
    from ..scoring.table_file import TableRequest


def run(
    models: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL", help="Model to score, or a pattern such as 'resnet*' or 'timm:*dinov2*'; can be repeated."
        ),
    ] = None,
    benchmarks: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BENCHMARK", help="Benchmark, or a pattern such as 'simulated-mouse-*-rsa'; can be repeated."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="A TOML file that holds these options, instead of the options.", parser=expanded_path, metavar="PATH"
        ),
    ] = None,
    processes: Annotated[int, typer.Option(help="Number of scores to compute in parallel.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler whose workers compute the scores.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be computed and downloaded, and stop.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Score many models on many benchmarks. Run the command again to resume after an interruption."""
    with sign_of_life("Loading libraries"):
        from ..plugins.discovery import list_benchmarks
        from ..scoring.plan import table_plan
        from ..scoring.score_table import score_table, table_jobs
        from .patterns import is_pattern, matching, matching_models

    request = _request(models, benchmarks, table, processes, scheduler)
    chosen_models = matching_models(request.models)
    if any(map(is_pattern, request.models)):
        print(f"{counted(len(chosen_models), 'model')}: {_shortened(chosen_models)}", file=sys.stderr)
    chosen_benchmarks = matching("benchmark", request.benchmarks, list_benchmarks())
    jobs = table_jobs(chosen_models, chosen_benchmarks)
    if dry_run:
        with sign_of_life("Looking up stored scores, weights and recordings"):
            plan = table_plan(jobs)
        if as_json:
            print_json(_plan_as_json(plan))
        else:
            _print_plan(plan, request.processes)
        return
    print(
        f"Scoring {counted(len(jobs), 'pair')} of model and benchmark; each score is stored as soon as it is done",
        file=sys.stderr,
    )
    with on_interruption(lambda: _what_is_kept(jobs)):
        scores = score_table(chosen_models, chosen_benchmarks, request.processes, request.scheduler)
    if as_json:
        print_json(records_of(scores))
    else:
        _print_scores(scores)
    not_stored = scores["not_stored"].dropna()
    if len(not_stored):
        print(f"Error: {len(not_stored)} could not be stored: {not_stored.iloc[0]}", file=sys.stderr)
    if scores["failure"].notna().any() or len(not_stored):
        raise typer.Exit(1)


def _request(
    models: list[str] | None, benchmarks: list[str] | None, table: Path | None, processes: int, scheduler: str | None
) -> "TableRequest":
    from ..core.errors import InvalidParameterError
    from ..scoring.table_file import TableRequest, read_table_file

    if table is not None:
        if models or benchmarks or processes != 1 or scheduler is not None:
            raise InvalidParameterError("Give either --table or the options that it holds, not both.")
        return read_table_file(table)
    if not models or not benchmarks:
        raise InvalidParameterError("Give --models and --benchmarks, or a --table.")
    return TableRequest(models, benchmarks, processes, scheduler)


def _shortened(names: Sequence[str]) -> str:
    return ", ".join(names if len(names) <= _FEW else [*names[: _FEW - 1], "...", names[-1]])


def _print_rest(items: Sequence[object]) -> None:
    if len(items) > _MOST_LISTED:
        print(f"  ... and {len(items) - _MOST_LISTED} more (all of them: --json)")


def _what_is_kept(jobs: "Sequence[Job]") -> str:
    from ..scoring.plan import table_plan

    n_stored = len(table_plan(jobs).stored)
    return f"{n_stored} of {len(jobs)} scores are stored; run the same command again to compute the rest."


def _print_scores(scores: "pd.DataFrame") -> None:
    from ..analyses.score_grid import score_grid

    print(score_grid(scores.to_dict("records"), shutil.get_terminal_size().columns))
    n_failed = int(scores["failure"].notna().sum())
    n_stored = int((scores["from_cache"] == True).sum())  # noqa: E712, None where it failed
    print(f"\n{len(scores) - n_stored - n_failed} scored, {n_stored} stored before, {n_failed} failed")
    not_stored = scores[scores["not_stored"].notna()]
    for row in not_stored[not_stored["failure"].isna()].itertuples():
        print(f"not stored: {row.model} on {row.benchmark}: {row.score:z.3f} ± {row.error:z.3f}")
    print(f"Next: {_next_command(scores)}")


def _next_command(scores: "pd.DataFrame") -> str:
    """Return what people do next: look at failures, compare the two best models, or see everything as web pages.

    Mice as models are on other mice than models are, so that `compare` refuses them; `inter-animal` has both on the
    same.
    """
    from ..models.mouse_models.each_mouse_alone import MOUSE_MODEL
    from ..plugins.discovery import list_benchmarks, metrics_with_benchmarks
    from ..plugins.identifiers import benchmark_parts
    from .patterns import matching

    if scores["failure"].notna().any():
        return "brainscore-mouse results failures    # then run the same command again to retry them"
    parts = {name: benchmark_parts(name) for name in scores["benchmark"].unique()}
    # Others, such as distributions of tuning, have no scores without a stimulus, which comparing needs.
    can_be_compared = metrics_with_benchmarks()
    benchmarks = [name for name, part in parts.items() if part.is_whole_area and part.metric in can_be_compared]
    of_mice = scores["model"].str.startswith(MOUSE_MODEL)
    with_mice = [name for name in benchmarks if name in set(scores[of_mice]["benchmark"])]
    if with_mice:
        others = scores[~of_mice]["model"].unique()[:_FEW]
        options = [part for name in others for part in ("--models", name)] + given_plugin_options()
        return shlex.join(["brainscore-mouse", "inter-animal", with_mice[0], *options])
    if benchmarks and scores["model"].nunique() > 1:
        first = parts[benchmarks[0]]
        same = [
            name for name in benchmarks if (parts[name].dataset, parts[name].metric) == (first.dataset, first.metric)
        ]
        means = scores[scores["benchmark"].isin(same)].groupby("model")["score"].mean().sort_values(ascending=False)
        pattern = f"{first.dataset}-*-{first.metric}"
        # A pattern is shorter, but `compare` on more benchmarks than these may find something else.
        named = [pattern] if {*matching("benchmark", [pattern], list_benchmarks())} == {*same} else same
        options = [part for name in named for part in ("--benchmarks", name)] + given_plugin_options()
        # Names of files may have spaces.
        return shlex.join(["brainscore-mouse", "compare", *means.index[:2], *options])
    pages = shlex.join(["brainscore-mouse", "leaderboard", "--output", "leaderboard", *given_plugin_options()])
    return f"{pages}    # all stored scores as web pages"


def _plan_as_json(plan: "TablePlan") -> dict[str, object]:
    return {
        "to_do": [{"model": job.model, "benchmark": job.benchmark} for job in plan.to_do],
        "stored": [{"model": job.model, "benchmark": job.benchmark} for job in plan.stored],
        "downloads": list(plan.downloads),
        "seconds": plan.seconds,
        "n_without_time": plan.n_without_time,
        "peak_memory_bytes": plan.peak_memory_bytes,
    }


def _print_plan(plan: "TablePlan", processes: int) -> None:
    for job in plan.to_do[:_MOST_LISTED]:
        print(f"  {job.model} on {job.benchmark}")
    _print_rest(plan.to_do)
    for download in plan.downloads[:_MOST_LISTED]:
        print(f"To download: {download}")
    _print_rest(plan.downloads)
    to_do, downloads = counted(len(plan.to_do), "score"), counted(len(plan.downloads), "download")
    print(f"{to_do} to compute, {len(plan.stored)} stored before, {downloads}")
    print(f"Time: {_time(plan, max(processes, 1))}")
    if plan.peak_memory_bytes is None:
        print("Memory: unknown, because no score of these models is stored yet")
    else:
        each = f" in each of {processes} processes" if processes > 1 else ""
        print(f"Memory: up to {plan.peak_memory_bytes / 1e9:.1f} GB{each}")


def _time(plan: "TablePlan", processes: int) -> str:
    if not plan.to_do:
        return "none"
    if plan.seconds is None:
        return "unknown, because no score by these metrics is stored yet"
    text = f"about {plan.seconds / 60 / processes:.1f} min without downloads"
    if plan.n_estimated:
        text += f"; {plan.n_estimated} scores are estimated from other benchmarks of the same metric"
    if plan.n_without_time:
        text += f"; plus {plan.n_without_time} scores of unknown time, because none by their metrics is stored yet"
    return text
