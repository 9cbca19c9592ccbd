"""``brainscore-mouse run``."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .expanded_path import expanded_path

_FEW = 5
_MOST_LISTED = 40

if TYPE_CHECKING:
    from ..scoring.plan import TablePlan
    from ..scoring.table_file import TableRequest


def run(
    models: Annotated[
        list[str] | None, typer.Option(help="Identifier or pattern, such as 'timm:*dinov2*'; can be repeated.")
    ] = None,
    benchmarks: Annotated[list[str] | None, typer.Option(help="Identifier or pattern; can be repeated.")] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="A TOML file with these options as keys, instead.", parser=expanded_path, metavar="PATH"),
    ] = None,
    processes: Annotated[int, typer.Option(help="Jobs at the same time, each in a process of its own.")] = 1,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler, to use its workers.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what there is to do.")] = False,
) -> None:
    """Score many models on many benchmarks; the same command goes on where it was interrupted."""
    from ..plugins.discovery import list_benchmarks
    from ..scoring.plan import table_plan
    from ..scoring.score_table import score_table, table_jobs
    from .patterns import is_pattern, matching, matching_models

    request = _request(models, benchmarks, table, processes, scheduler)
    chosen_models = matching_models(request.models)
    if any(map(is_pattern, request.models)):
        print(f"{len(chosen_models)} models: {_shortened(chosen_models)}")
    chosen_benchmarks = matching("benchmark", request.benchmarks, list_benchmarks())
    if dry_run:
        _print_plan(table_plan(table_jobs(chosen_models, chosen_benchmarks)), request.processes)
        return
    scores = score_table(chosen_models, chosen_benchmarks, request.processes, request.scheduler)
    n_failed = int(scores["failure"].notna().sum())
    n_stored = int((scores["from_cache"] == True).sum())  # noqa: E712, None where it failed
    print(f"{len(scores) - n_stored - n_failed} scored, {n_stored} stored before, {n_failed} failed")
    not_stored = scores[scores["not_stored"].notna()]
    for row in not_stored[not_stored["failure"].isna()].itertuples():
        print(f"not stored: {row.model} on {row.benchmark}: {row.score:.3f} ± {row.error:.3f}")
    if len(not_stored):
        print(f"Error: {len(not_stored)} could not be stored: {not_stored['not_stored'].iloc[0]}", file=sys.stderr)
    if n_failed or len(not_stored):
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
        print(f"  ... and {len(items) - _MOST_LISTED} more")


def _print_plan(plan: "TablePlan", processes: int) -> None:
    print(f"{len(plan.to_do)} scores to make, {len(plan.stored)} stored before")
    for job in plan.to_do[:_MOST_LISTED]:
        print(f"  {job.model} on {job.benchmark}")
    _print_rest(plan.to_do)
    print(f"Downloads: {len(plan.downloads) or 'none'}")
    for download in plan.downloads[:_MOST_LISTED]:
        print(f"  {download}")
    _print_rest(plan.downloads)
    if plan.seconds is None:
        print("Time: not known, no score of these benchmarks is stored yet")
    else:
        left_out = f", without {plan.n_without_time} scores of which none is stored yet" if plan.n_without_time else ""
        print(f"Time: about {plan.seconds / 60 / max(processes, 1):.1f} min{left_out}")
    if plan.peak_memory_bytes is None:
        print("Memory: not known, no score of these models is stored yet")
    else:
        each = plan.peak_memory_bytes / 1e9
        print(f"Memory: up to {each:.1f} GB in each of {processes} processes")
