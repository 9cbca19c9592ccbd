"""Tables of scores: many models on many benchmarks, wherever they are computed."""

import concurrent.futures
import contextlib
import logging
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pandas as pd

from ..core.cache import cache_limit_bytes
from ..core.errors import InvalidParameterError, NotWritableError
from ..core.terminal.progress import progress
from ..models.model_name import ModelName
from ..plugins.discovery import load_benchmark
from ..results.store import (
    behaviour_of,
    check_store,
    confirmed_record,
    forget_failure,
    pair_folder,
    read_record,
    result_path,
    score_files_of,
    store_failure,
    write_record,
)
from ..results.view import current_scores
from .jobs import Job, JobQueue, KnownScore, Outcome, do_job, forget_table
from .keeping_failure import failure_of
from .score_model import explaining_submitted
from .workers import DaskWorkers, LocalProcesses, ThisProcess, WorkerDiedError, Workers

_logger = logging.getLogger(__name__)

COLUMNS = ("score", "error", "raw", "ceiling", "layer", "n_neuroids", "n_mice", "from_cache", "failure", "not_stored")
MAXIMAL_N_DEATHS = 3
_SECONDS_BETWEEN_LOOKS = 2.0  # for workers that have come or gone


def score_table(
    models: Sequence[str], benchmarks: Sequence[str], processes: int = 1, scheduler: str | None = None
) -> pd.DataFrame:
    """Score every model on every benchmark.

    Each score is stored as soon as it is made, so that an interrupted table resumes where it stopped. What cannot be
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
        there is no score, else None; `not_stored` is the message where the store could not be written. A score on
        other data than the last score of its benchmark in this table, as of a worker with recordings of its own, is a
        failure here, though it is stored.

    Raises
    ------
    UnknownIdentifierError
        If there is no such model or benchmark.
    InvalidParameterError
        If a model is given by something else than its name, `processes` is less than one, or both places are given.
    """
    jobs = table_jobs(models, benchmarks)
    outcomes: dict[Job, Outcome] = {}
    with (
        chosen_workers(processes, scheduler) as workers,
        progress(total=len(jobs), desc="scores", unit="score") as bar,
    ):
        for job, outcome in run_jobs(jobs, workers):
            outcomes[job] = outcome
            if outcome.status == "failed":
                bar.write(f"failed: {job.model} on {job.benchmark}: {outcome.record['message']}", file=sys.stderr)
            bar.set_postfix_str(f"{job.model} on {job.benchmark}")
            bar.update()
    outcomes = comparable_outcomes(outcomes)
    return pd.DataFrame([_row(job, outcomes[job]) for job in jobs], columns=["model", "benchmark", *COLUMNS])


def table_jobs(models: Sequence[str], benchmarks: Sequence[str]) -> list[Job]:
    """Return the jobs of a table, each once, after looking up all names.

    Raises
    ------
    UnknownIdentifierError
        If there is no such model or benchmark.
    InvalidParameterError
        If `models` or `benchmarks` is not a list of identifiers.
    """
    for what, given in (("models", models), ("benchmarks", benchmarks)):
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise InvalidParameterError(f"{what} is {given!r}; give a list of identifiers, such as [{str(given)!r}].")
    names = []
    for identifier in models:
        if not isinstance(identifier, str):
            raise InvalidParameterError(
                f"A table takes names of models, and got a model of the class {type(identifier).__name__}: each job "
                "loads its model by name. Call score_model(model, benchmark) for each benchmark, or register the model "
                "(docs/submission.md: Plugin packages)."
            )
        with explaining_submitted(identifier):
            names.append(ModelName.parse(identifier).canonical)
    for identifier in benchmarks:
        if not isinstance(identifier, str):
            raise InvalidParameterError(
                f"A table takes identifiers of benchmarks, and got {identifier!r}; call score_model(model, benchmark) "
                "for a benchmark that is not registered."
            )
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
    check_store()
    cache_limit_bytes()  # a wrong limit would be noticed only when something is cached
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


def comparable_outcomes(outcomes: Mapping[Job, Outcome]) -> dict[Job, Outcome]:
    """Turn scores into failures that cannot be compared with the others of their benchmark.

    Workers with recordings of their own may have other ones; what is current is decided as for stored scores.

    Parameters
    ----------
    outcomes : mapping of Job to Outcome
        All of a table.
    """
    scored = {job: outcome.record for job, outcome in outcomes.items() if outcome.status != "failed"}
    made_on = ("benchmark_version", "data_sha256", "metric_settings", "created")
    table = pd.DataFrame([{name: record.get(name) for name in made_on} for record in scored.values()], columns=made_on)
    table["benchmark"] = [job.benchmark for job in scored]
    outdated = [job for job, is_current in zip(scored, current_scores(table), strict=True) if not is_current]
    return {**outcomes, **{job: Outcome("failed", _outdated(job, scored[job])) for job in outdated}}


def _outdated(job: Job, record: Mapping[str, Any]) -> dict[str, Any]:
    message = (
        f"{job.model} was scored on other data, or with another version or other settings of {job.benchmark}, than the "
        f"last score in this table (data {str(record.get('data_sha256'))[:12]}, version "
        f"{record.get('benchmark_version')}). "
        "Give all workers the same recordings, and run the same again."
    )
    _logger.warning("%s", message)
    return {"error": "DataError", "message": message}


def _hand_out(table: str, queue: JobQueue, workers: Workers, running: dict[Future[Outcome], tuple[str, Job]]) -> None:
    busy = {place for place, _ in running.values()}
    for place in workers.places():
        if place in busy:
            continue
        job = queue.take(place)
        if job is None:
            continue
        future = workers.submit(place, do_job, table, replace(job, known=_known_scores(job)))
        running[future] = (place, job)


def _ended(running: dict[Future[Outcome], tuple[str, Job]]) -> set[Future[Outcome]]:
    if not running:  # a cluster without workers as yet
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        return set()
    first = concurrent.futures.FIRST_COMPLETED
    return concurrent.futures.wait(running, timeout=_SECONDS_BETWEEN_LOOKS, return_when=first).done


def _known_scores(job: Job) -> tuple[KnownScore, ...]:
    known = []
    for path in score_files_of(job.model, job.benchmark):
        record = read_record(path)
        behaviour = None if record is None else behaviour_of(record)
        if record is not None and behaviour is not None and "key" in record:
            known.append(KnownScore(path.name, record["key"], behaviour))
    return tuple(known)


def _stored(job: Job, outcome: Outcome) -> Outcome:
    """Store what a job has come to where it is not stored yet; return it with the whole record."""
    record = {name: value for name, value in outcome.record.items() if name != "not_stored"}
    try:
        if outcome.status == "failed":
            store_failure(job.model, job.benchmark, record)
            return outcome
        if outcome.status == "known":
            record = read_record(pair_folder(job.model, job.benchmark) / record["file"]) or record
        elif (behaviour := behaviour_of(record)) is not None:
            found_by = (record["model_identifier"], record["benchmark_identifier"], record["key"], behaviour)
            if confirmed_record(*found_by) is None:  # made on a machine with a home of its own, or not stored there
                write_record(record, result_path(*found_by))
        forget_failure(job.model, job.benchmark)
    except NotWritableError as error:
        _logger.warning("What came of %s on %s is not stored: %s", job.model, job.benchmark, error)
        record["not_stored"] = str(error)
    if outcome.status == "failed":
        return replace(outcome, record=record)
    return replace(outcome, record=record | {"from_cache": outcome.status == "known"})


def _row(job: Job, outcome: Outcome) -> dict[str, Any]:
    names = {"model": job.model, "benchmark": job.benchmark}
    if outcome.status == "failed":
        reasons = {"failure": outcome.record["message"], "not_stored": outcome.record.get("not_stored")}
        return names | {"score": float("nan"), "error": float("nan")} | reasons
    return names | {column: outcome.record.get(column) for column in COLUMNS}
