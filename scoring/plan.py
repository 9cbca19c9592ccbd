"""What a table of scores will take, estimated before anything starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core.interfaces import Benchmark
from ..core.versions import package_versions
from ..data_packaging.on_disk.datasets_here import list_datasets
from ..models.loading import needed_file
from ..models.model_name import BRAIN_SCORE, ModelName
from ..plugins.discovery import load_benchmark
from ..results.store import read_record, result_records, score_files_of
from .job_costs import JobCosts
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
        Recordings and weights that are not on this machine, and models that do not say.
    seconds : float or None
        The sum of all jobs, one after the other, by the durations of stored scores; see `JobCosts`. Those that are
        stored are confirmed, which takes time too. None if no job to do has any.
    n_estimated : int
        Jobs to do whose time is that of other benchmarks of the same metric.
    n_without_time : int
        Jobs to do that `seconds` leaves out, as no score by their metric is stored.
    peak_memory_bytes : int or None
        The most that a process has held for a stored result of these models; None if there is none.
    """

    to_do: tuple[Job, ...]
    stored: tuple[Job, ...]
    downloads: tuple[str, ...]
    seconds: float | None
    n_estimated: int
    n_without_time: int
    peak_memory_bytes: int | None


def table_plan(jobs: Sequence[Job]) -> TablePlan:
    """Look up what jobs will take; loads no weights and no recordings, and downloads nothing."""
    benchmarks = {name: load_benchmark(name) for name in dict.fromkeys(job.benchmark for job in jobs)}
    stored = tuple(job for job in jobs if _is_stored(job, benchmarks[job.benchmark].version))
    known = set(stored)
    to_do = tuple(job for job in jobs if job not in known)
    records = list(result_records())
    models = {job.model for job in to_do}
    peaks = [record.get("peak_memory_bytes") for record in records if record["model_identifier"] in models]
    costs = dict(zip(jobs, JobCosts(records).of_jobs(jobs, known), strict=True))
    known_costs = [cost for job in to_do if (cost := costs[job]) is not None]
    return TablePlan(
        to_do,
        stored,
        _downloads(to_do, benchmarks),
        sum(cost.seconds for cost in costs.values() if cost is not None) if known_costs else None,
        sum(cost.is_of_other_benchmarks for cost in known_costs),
        len(to_do) - len(known_costs),
        max(filter(None, peaks), default=None),
    )


def _is_stored(job: Job, benchmark_version: int) -> bool:
    records = [read_record(path) for path in score_files_of(job.model, job.benchmark)]
    is_mean = bool(records) and ModelName.parse(job.model).is_mean_over_seeds
    return any(
        record is not None
        and record.get("benchmark_version") == benchmark_version
        and record.get("versions") == package_versions()
        and ("weight_seeds" in record) == is_mean
        for record in records
    )


def _downloads(jobs: Sequence[Job], benchmarks: Mapping[str, Benchmark]) -> tuple[str, ...]:
    present = set(list_datasets())
    datasets = {name for job in jobs for name in benchmarks[job.benchmark].datasets}
    found = [f"recordings of {name}" for name in sorted(datasets - present)]
    for identifier in dict.fromkeys(job.model for job in jobs):
        name = ModelName.parse(identifier)
        if name.prefix == BRAIN_SCORE:
            found.append(f"weights of {name.base}, perhaps: a model of Brain-Score does not say")
        elif (needed := needed_file(name)) is not None and needed.path is None:
            found.append(f"weights of {name.without_normalization}")
    return tuple(dict.fromkeys(found))
