"""Taking over the results of another machine's store."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.errors import DataError
from ..core.home import results_folder
from ..core.terminal.progress import progress
from .store import (
    behaviour_of,
    confirmed_record,
    failure_files,
    pair_folder,
    read_record,
    result_files,
    result_path,
    store_failure,
    write_record,
)

# Scores of the same content on another kind of processor differ by rounding; see docs/tables.md.
TOLERANCE = 1e-6
# Of two results of the same content key, only these may differ otherwise.
TIMES_AND_HOST = ("created", "duration_s", "lookup_s", "peak_memory_bytes", "host")


@dataclass(frozen=True)
class Conflict:
    """Two results of the same content key and behaviour with different contents.

    Attributes
    ----------
    model, benchmark : str
        Their identifiers.
    fields : tuple of str
        What they differ in.
    ours, theirs : float
        The two scores; ours was kept.
    other : Path
        The file of theirs.
    """

    model: str
    benchmark: str
    fields: tuple[str, ...]
    ours: float
    theirs: float
    other: Path

    def __str__(self) -> str:
        return (
            f"{self.model} on {self.benchmark}: {self.ours:.6g} here, {self.theirs:.6g} in {self.other} "
            f"(they differ in {', '.join(self.fields)}); the one here was kept"
        )


@dataclass
class MergeReport:
    """What a merge did.

    Attributes
    ----------
    n_added : int
        Results that were not here.
    n_same : int
        Results that were here already, alike within `TOLERANCE` but for times and host.
    n_failures : int
        Failures taken over: of pairs that had neither result nor failure here.
    conflicts : list of Conflict
        Results that were here already and differ. Nothing was overwritten.
    damaged : list of Path
        Files that are not results; left out.
    """

    n_added: int = 0
    n_same: int = 0
    n_failures: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    damaged: list[Path] = field(default_factory=list)


def merge_results(others: Sequence[Path]) -> MergeReport:
    """Copy results of other stores into the store in the package's home. Nothing that is here is overwritten.

    Parameters
    ----------
    others : sequence of Path
        Homes of this package, or their folders ``results``.

    Raises
    ------
    DataError
        If one of them is not such a folder, before anything is copied.
    """
    folders = [_results_of(other) for other in others]
    report = MergeReport()
    files = [path for folder in folders for path in result_files(folder)]
    for path in progress(files, desc="results", unit="file", leave=False):
        _merge_result(path, report)
    for path in (path for folder in folders for path in failure_files(folder)):
        _merge_failure(path, report)
    return report


def differing_fields(ours: dict[str, Any], theirs: dict[str, Any], tolerance: float = TOLERANCE) -> tuple[str, ...]:
    """Return in what two results of the same key and behaviour differ, times and host aside.

    Parameters
    ----------
    ours, theirs : dict
        Of :func:`~brainscore_mouse.results.store.read_record`.
    tolerance : float
        Numbers this close, absolutely or relatively, are alike.
    """
    # Not in scores of earlier versions: `left_out_effects`, which follow from the rest.
    ignored = {*TIMES_AND_HOST, "from_cache", "behaviour", "reference_behaviour", "left_out_effects"}
    names = sorted((set(ours) | set(theirs)) - ignored)
    return tuple(
        name for name in names if (name in ours) != (name in theirs) or not _alike(ours[name], theirs[name], tolerance)
    )


def _results_of(other: Path) -> Path:
    folder = other / "results" if (other / "results").is_dir() else other
    if not folder.is_dir():
        raise DataError(f"{other} is not a folder; give the home of a brainscore-mouse, or its folder 'results'.")
    if folder.resolve() == results_folder().resolve():
        raise DataError(f"{other} is the store that was to be merged into.")
    if not result_files(folder) and not failure_files(folder):
        raise DataError(f"{folder} holds no results; give the home of a brainscore-mouse, or its folder 'results'.")
    return folder


def _merge_result(path: Path, report: MergeReport) -> None:
    theirs = read_record(path)
    if theirs is None or not isinstance(theirs.get("key"), str) or not isinstance(theirs.get("score"), float | int):
        report.damaged.append(path)
        return
    behaviour = behaviour_of(theirs)
    if behaviour is None:
        report.damaged.append(path)
        return
    model, benchmark = theirs["model_identifier"], theirs["benchmark_identifier"]
    ours = confirmed_record(model, benchmark, theirs["key"], behaviour)
    if ours is None:
        write_record(theirs, result_path(model, benchmark, theirs["key"], behaviour))
        report.n_added += 1
    elif differing := differing_fields(ours, theirs):
        report.conflicts.append(Conflict(model, benchmark, differing, ours["score"], theirs["score"], path))
    else:
        report.n_same += 1


def _merge_failure(path: Path, report: MergeReport) -> None:
    theirs = read_record(path)
    if theirs is None:
        report.damaged.append(path)
        return
    model, benchmark = theirs.pop("model_identifier"), theirs.pop("benchmark_identifier")
    if not any(pair_folder(model, benchmark).glob("[!.]*.json")):
        store_failure(model, benchmark, theirs)
        report.n_failures += 1


def _alike(first: Any, second: Any, tolerance: float) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_alike(first[key], second[key], tolerance) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(
            _alike(one, other, tolerance) for one, other in zip(first, second, strict=True)
        )
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=tolerance, abs_tol=tolerance)
    return type(first) is type(second) and first == second
