"""What a table of scores will take, told before anything starts."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.versions import package_versions
from ..data_packaging.datasets import list_datasets
from ..models.torchvision_networks.architectures import ARCHITECTURES
from ..models.torchvision_networks.image_models import weights_on_this_machine
from ..plugins.discovery import list_models, load_benchmark
from ..plugins.identifiers import split_variant
from ..results.store import read_record, result_records, score_files_of
from .jobs import Job


@dataclass(frozen=True)
class TablePlan:
    """What is known of a table's jobs without loading models or recordings.

    Attributes
    ----------
    to_do, stored : tuple of Job
        A job counts as stored if its pair has a result of this benchmark's version and these package versions; whether
        weights and recordings are still the same is only known when it is its turn.
    downloads : tuple of str
        Recordings and weights that are not on this machine, and models of which that cannot be told.
    seconds : float or None
        The sum of the jobs to do, one after the other, each as long as the median of the stored results of its
        benchmark. None if no benchmark of theirs has any.
    n_without_time : int
        Jobs to do that `seconds` leaves out, as their benchmark has no stored result.
    peak_memory_bytes : int or None
        The most that a process has held for a stored result of these models; None if there is none.
    """

    to_do: tuple[Job, ...]
    stored: tuple[Job, ...]
    downloads: tuple[str, ...]
    seconds: float | None
    n_without_time: int
    peak_memory_bytes: int | None


def table_plan(jobs: Sequence[Job]) -> TablePlan:
    """Look up what jobs will take; loads no weights and no recordings, and downloads nothing."""
    benchmarks = {name: load_benchmark(name) for name in dict.fromkeys(job.benchmark for job in jobs)}
    stored = tuple(job for job in jobs if _is_stored(job, benchmarks[job.benchmark].version))
    to_do = tuple(job for job in jobs if job not in set(stored))
    durations: dict[str, list[float]] = {}
    peaks: list[int] = []
    models = {job.model for job in to_do}
    for record in result_records():
        if record.get("duration_s") is not None:
            durations.setdefault(record["benchmark_identifier"], []).append(record["duration_s"])
        if record["model_identifier"] in models and record.get("peak_memory_bytes"):
            peaks.append(record["peak_memory_bytes"])
    known = [statistics.median(durations[job.benchmark]) for job in to_do if job.benchmark in durations]
    return TablePlan(
        to_do,
        stored,
        _downloads(to_do, benchmarks),
        sum(known) if known else None,
        len(to_do) - len(known),
        max(peaks, default=None),
    )


def _is_stored(job: Job, benchmark_version: int) -> bool:
    records = [read_record(path) for path in score_files_of(job.model, job.benchmark)]
    return any(
        record is not None
        and record.get("benchmark_version") == benchmark_version
        and record.get("versions") == package_versions()
        for record in records
    )


def _downloads(jobs: Sequence[Job], benchmarks: Mapping[str, Any]) -> tuple[str, ...]:
    present = set(list_datasets())
    datasets = {name for job in jobs for name in _datasets_of(benchmarks[job.benchmark])}
    found = [f"recordings of {name}" for name in sorted(datasets - present)]
    registered, weights = set(list_models()), weights_on_this_machine()
    for model in dict.fromkeys(split_variant(job.model)[0] for job in jobs):
        architecture = model.removesuffix("-neurn")
        if architecture in ARCHITECTURES and architecture not in weights:
            found.append(f"weights of {architecture}")
        elif model not in registered:
            found.append(f"weights of {model}, perhaps: a model of Brain-Score does not tell")
    return tuple(dict.fromkeys(found))


def _datasets_of(benchmark: Any) -> list[str]:
    members = getattr(benchmark, "members", [benchmark])
    return [member.dataset for member in members if hasattr(member, "dataset")]
