"""The jobs of a table of scores, and how one is done: the same function in this process, in others and on a cluster."""

import contextlib
import functools
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ..brainscore_bridge.internals import installs_nothing
from ..core.behaviour import Behaviour
from ..core.interfaces import Benchmark, NeuralModel
from ..core.threads import one_thread
from ..models.loading import load_model
from ..plugins.discovery import load_benchmark
from ..results.store import record_of
from .keeping_failure import failure_of
from .score_model import stored_as, stored_score


@dataclass(frozen=True)
class Job:
    """One cell of a table.

    Attributes
    ----------
    model, benchmark : str
        Identifiers.
    known : tuple of KnownScore
        The results of this pair that are stored where the table is made: they need not be computed.
    """

    model: str
    benchmark: str
    known: "tuple[KnownScore, ...]" = ()


@dataclass(frozen=True)
class KnownScore:
    """A stored score, as a job needs to know it.

    Attributes
    ----------
    file : str
        Name of its file.
    key : str
        Its content key.
    behaviour : Behaviour
        What the model did with a few of the stimuli.
    """

    file: str
    key: str
    behaviour: Behaviour


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes
    ----------
    status : {'scored', 'known', 'failed'}
        'known': its result is one of `known`.
    record : dict
        'scored': as in the store, without `key` where the model has no fingerprint; 'known': only the `file`; 'failed':
        `error`, `message`, `created`, `versions`, `host`, and `traceback` of unexpected errors.
    """

    status: Literal["scored", "known", "failed"]
    record: dict[str, Any]


class JobQueue:
    """Schedules jobs: all jobs of a model go to the same worker, so that its features are computed only once.

    A place that has no model left helps with another's, once the first job of that model is done: its features are then
    in the cache.

    Parameters
    ----------
    jobs : iterable of Job
        All jobs, those of a model in the order in which they are to be done.
    """

    def __init__(self, jobs: Iterable[Job]):
        self._waiting: dict[str, deque[Job]] = {}
        for job in jobs:
            self._waiting.setdefault(job.model, deque()).append(job)
        self._model_at: dict[str, str] = {}
        self._begun: set[str] = set()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def take(self, place: str) -> Job | None:
        """Return the next job for a place; None if there is none for it now."""
        model = self._model_at.get(place)
        if not self._waiting.get(model or ""):
            model = self._next_model()
            if model is None:
                return None
            self._model_at[place] = model
        return self._waiting[model or ""].popleft()

    def put_back(self, job: Job) -> None:
        """Have a job done again, first of all of its model."""
        self._waiting[job.model].appendleft(job)
        self._forget(job.model)

    def note_done(self, job: Job) -> None:
        """Note that a job has come to an end."""
        self._begun.add(job.model)

    def _next_model(self) -> str | None:
        left = {model: len(jobs) for model, jobs in self._waiting.items() if jobs}
        free = next((model for model in left if model not in self._model_at.values()), None)
        return free or max((model for model in left if model in self._begun), key=left.__getitem__, default=None)

    def _forget(self, model: str) -> None:
        self._model_at = {place: other for place, other in self._model_at.items() if other != model}


class JobRunner:
    """Does jobs one after the other; keeps the benchmarks, and the last model.

    One table's: data or weights that change between two tables are seen by the second.
    """

    def __init__(self) -> None:
        self._model: tuple[str, NeuralModel] | None = None
        self._while_unchanged = contextlib.ExitStack()
        self._failed_model: tuple[str, BaseException] | None = None
        self._benchmarks: dict[str, Benchmark] = {}

    def run(self, job: Job) -> Outcome:
        """Do a job on one thread; errors become outcomes."""
        try:
            with one_thread(), installs_nothing():
                return self._scored(job)
        except (Exception, SystemExit) as error:
            return Outcome("failed", failure_of(error))

    def _scored(self, job: Job) -> Outcome:
        started = time.perf_counter()
        if job.benchmark not in self._benchmarks:
            self._benchmarks[job.benchmark] = load_benchmark(job.benchmark)
        benchmark = self._benchmarks[job.benchmark].load()  # before any weights
        model = self._loaded(job.model)
        found_by = stored_as(model, benchmark)
        if found_by is None:
            score = stored_score(model, benchmark, None, started)
            return Outcome("scored", {"score": float(score), **score.attrs})
        for known in job.known:
            if known.key == found_by.key and found_by.behaviour.agrees_with(known.behaviour):
                return Outcome("known", {"file": known.file})
        score = stored_score(model, benchmark, found_by, started)
        return Outcome("scored", record_of(score, found_by.key, found_by.behaviour))

    def _loaded(self, identifier: str) -> NeuralModel:
        if self._failed_model is not None and self._failed_model[0] == identifier:
            raise self._failed_model[1]
        if self._model is None or self._model[0] != identifier:
            self._model = None  # before the next is loaded: two may not fit
            self._while_unchanged.close()
            try:
                self._model = (identifier, load_model(identifier))
                # No one else has this model: it is hashed once, and probed once for each set of stimuli.
                self._while_unchanged.enter_context(self._model[1].unchanged(since_loaded=True))
            except (Exception, SystemExit) as error:
                self._failed_model = (identifier, error)  # an attempt to download is not to be made for each benchmark
                raise
        return self._model[1]


def do_job(table: str, job: Job) -> Outcome:
    """Do a job of a table; two threads of a process take turns.

    Parameters
    ----------
    table : str
        A name that no other table has: what is kept in memory is kept for one table.
    job : Job
        The job.
    """
    with _one_at_a_time:
        return _runner_of(table).run(job)


def forget_table() -> None:
    """Free what this process keeps of a table."""
    _runner_of.cache_clear()


_one_at_a_time = threading.Lock()


@functools.lru_cache(maxsize=1)
def _runner_of(table: str) -> JobRunner:
    return JobRunner()
