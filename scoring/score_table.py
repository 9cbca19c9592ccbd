"""Tables of scores: many models on many benchmarks, wherever they are computed."""

import concurrent.futures
import contextlib
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pandas as pd
from tqdm import tqdm

from ..core.errors import InvalidParameterError
from ..core.home import check_home_is_writable
from ..models.loading import ModelName
from ..plugins.discovery import load_benchmark
from ..results.store import forget_failure, read_record, result_path, score_files_of, store_failure, write_record
from .jobs import Job, JobQueue, Outcome, do_job, failure_of, forget_table
from .workers import DaskWorkers, LocalProcesses, ThisProcess, WorkerDiedError, Workers

COLUMNS = ("score", "error", "raw", "ceiling", "layer", "n_neuroids", "n_mice", "from_cache", "failure")
MAXIMAL_N_DEATHS = 3
_SECONDS_BETWEEN_LOOKS = 2.0  # for workers that have come or gone


def score_table(
    models: Sequence[str], benchmarks: Sequence[str], processes: int = 1, scheduler: str | None = None
) -> pd.DataFrame:
    """Score every model on every benchmark.

    Each score is stored as soon as it is made, so that an interrupted table goes on where it stopped. What cannot be
    scored is stored as a failure and does not stop the rest. Every job is done on one thread: the scores are the same
    wherever they are computed.

    Parameters
    ----------
    models, benchmarks : sequence of str
        Identifiers, not models themselves: a job loads its model by name, wherever it is done. All are looked up before
        the first model is loaded.
    processes : int
        How many jobs to do at the same time: 1 does them in this process, more in processes of their own.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers do the jobs instead.

    Returns
    -------
    pandas.DataFrame
        One row per pair, by model and in the order given, with the columns model, benchmark and those of `COLUMNS`, see
        :func:`brainscore_mouse.score_model`; None where a benchmark has no such number. `failure` is the message where
        there is no score, else None.

    Raises
    ------
    UnknownIdentifierError
        If there is no such model or benchmark.
    InvalidParameterError
        If a model is given by something else than its name, `processes` is less than one, or both places are given.
    """
    jobs = table_jobs(models, benchmarks)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    with (
        chosen_workers(processes, scheduler) as workers,
        tqdm(total=len(jobs), desc="scores", unit="score") as progress,
    ):
        for job, outcome in run_jobs(jobs, workers):
            rows[job.model, job.benchmark] = _row(job, outcome)
            if outcome.status == "failed":
                progress.write(f"failed: {job.model} on {job.benchmark}: {outcome.record['message']}")
            progress.set_postfix_str(f"{job.model} on {job.benchmark}")
            progress.update()
    return pd.DataFrame([rows[job.model, job.benchmark] for job in jobs], columns=["model", "benchmark", *COLUMNS])


def table_jobs(models: Sequence[str], benchmarks: Sequence[str]) -> list[Job]:
    """Return the jobs of a table, each once, after looking up all names.

    Raises
    ------
    UnknownIdentifierError
        If there is no such model or benchmark.
    InvalidParameterError
        If a model is given by something else than its name.
    """
    names = []
    for identifier in models:
        if not isinstance(identifier, str):
            raise InvalidParameterError(
                f"A table takes names of models, and got a model of the class {type(identifier).__name__}: each job "
                "loads its model by name. Call score_model(model, benchmark) for each benchmark, or register the model "
                "(docs/submission.md: Plugin packages)."
            )
        names.append(ModelName.parse(identifier).canonical)
    for identifier in benchmarks:
        load_benchmark(identifier)
    return [Job(model, benchmark) for model in dict.fromkeys(names) for benchmark in dict.fromkeys(benchmarks)]


@contextlib.contextmanager
def chosen_workers(processes: int, scheduler: str | None) -> Iterator[Workers]:
    """Give the workers that were asked for; on an error inside the block, Ctrl-C too, they are ended at once."""
    if scheduler is not None and processes != 1:
        raise InvalidParameterError(
            "Choose either a number of processes or a scheduler: a cluster has its own workers."
        )
    workers: Workers
    if scheduler is not None:
        workers = DaskWorkers(scheduler)
    else:
        workers = ThisProcess() if processes == 1 else LocalProcesses(processes)
    try:
        yield workers
    except BaseException:
        workers.close(at_once=True)
        raise
    workers.close(at_once=False)


def run_jobs(jobs: Sequence[Job], workers: Workers) -> Iterator[tuple[Job, Outcome]]:
    """Do jobs, and store what comes of them.

    Parameters
    ----------
    jobs : sequence of Job
        Of `table_jobs`.
    workers : Workers
        Where they are done. A job whose process dies is done again, elsewhere if there is another place; after
        `MAXIMAL_N_DEATHS` deaths it has failed.

    Yields
    ------
    Job, Outcome
        As they end, stored already. The `record` of a job that was known is the stored one.
    """
    check_home_is_writable()
    table = uuid.uuid4().hex
    queue = JobQueue(jobs)
    running: dict[Future[Outcome], tuple[str, Job]] = {}
    deaths: Counter[Job] = Counter()
    try:
        while queue or running:
            _hand_out(table, queue, workers, running)
            for future in _ended(running):
                _, job = running.pop(future)
                error = future.exception()
                if error is not None and workers.died(error):
                    deaths[job] += 1
                    if deaths[job] < MAXIMAL_N_DEATHS:
                        queue.put_back(job)
                        continue
                    error = WorkerDiedError(
                        f"the process that scored it died {MAXIMAL_N_DEATHS} times: it was killed, perhaps because "
                        "memory had run out, or it crashed"
                    )
                outcome = future.result() if error is None else Outcome("failed", failure_of(error))
                queue.note_done(job)
                yield job, _stored(job, outcome)
    finally:
        forget_table()


def pivoted(table: pd.DataFrame) -> pd.DataFrame:
    """Lay a table out for reading: models in rows, benchmarks in columns, 'score ± error' in the cells."""
    cells = table.assign(
        cell=["failed" if row.failure else f"{row.score:.2f} ± {row.error:.2f}" for row in table.itertuples()]
    )
    wide = cells.pivot(index="model", columns="benchmark", values="cell")
    return wide.reindex(index=table["model"].unique(), columns=table["benchmark"].unique())


def _hand_out(table: str, queue: JobQueue, workers: Workers, running: dict[Future[Outcome], tuple[str, Job]]) -> None:
    busy = {place for place, _ in running.values()}
    for place in workers.places():
        if place in busy:
            continue
        job = queue.take(place)
        if job is None:
            continue
        future = workers.submit(place, do_job, table, replace(job, known_keys=_known_keys(job)))
        running[future] = (place, job)


def _ended(running: dict[Future[Outcome], tuple[str, Job]]) -> set[Future[Outcome]]:
    if not running:  # a cluster without workers as yet
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        return set()
    first = concurrent.futures.FIRST_COMPLETED
    return concurrent.futures.wait(running, timeout=_SECONDS_BETWEEN_LOOKS, return_when=first).done


def _known_keys(job: Job) -> tuple[str, ...]:
    records = [read_record(path) for path in score_files_of(job.model, job.benchmark)]
    return tuple(record["key"] for record in records if record is not None and "key" in record)


def _stored(job: Job, outcome: Outcome) -> Outcome:
    """Store what a job has come to where it is not stored yet; return it with the whole record."""
    if outcome.status == "failed":
        store_failure(job.model, job.benchmark, outcome.record)
        return outcome
    record = outcome.record
    if outcome.status == "known":
        record = read_record(result_path(job.model, job.benchmark, record["key"])) or record
    elif "key" in record:
        path = result_path(record["model_identifier"], record["benchmark_identifier"], record["key"])
        if not path.is_file():  # it was made on a machine with a home of its own
            write_record(record, path)
    forget_failure(job.model, job.benchmark)
    return replace(outcome, record=record | {"from_cache": outcome.status == "known"})


def _row(job: Job, outcome: Outcome) -> dict[str, Any]:
    names = {"model": job.model, "benchmark": job.benchmark}
    if outcome.status == "failed":
        return names | {"score": float("nan"), "error": float("nan"), "failure": outcome.record["message"]}
    return names | {column: outcome.record.get(column) for column in COLUMNS}
