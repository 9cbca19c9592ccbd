"""How long the jobs of a table take, by what stored scores took."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any, Self, TypeVar

from ..core.host import host_kind
from ..models.model_name import ModelName
from ..models.untrained_networks import WEIGHT_SEEDS
from ..plugins.identifiers import benchmark_parts
from .jobs import Job

_N_ROUNDS = 30
# Of `host_kind`, what makes a machine as fast as another. Jobs take one thread anyway.
_MACHINE = ("processor", "n_cores", "device")
_Name = TypeVar("_Name", str, "_Benchmark")


@dataclass(frozen=True)
class JobCost:
    """What a job takes.

    Attributes
    ----------
    seconds : float
        Of the wall clock, by itself.
    is_of_other_benchmarks : bool
        Whether its benchmark has no stored score, so that the time is that of others of its metric.
    """

    seconds: float
    is_of_other_benchmarks: bool


class JobCosts:
    """A model of durations, fitted to stored scores.

    A score takes three steps: the model is loaded and sees the stimuli, once for each dataset; the recordings are
    loaded and prepared, once for each benchmark; layers are chosen and compared, which is a number of the benchmark
    times a number of the model and metric. The order in which scores were made shows which had to do the first two.
    What is unknown of a model is the mean of the others, what is unknown of a benchmark that of its metric and dataset,
    or else of its metric.

    A score that is stored is looked up and confirmed: for that, too, the model and the recordings are loaded once in
    each table. Each score says how long that took (`lookup_s`; those of earlier versions do not, and count nothing).

    Parameters
    ----------
    records : iterable of mapping
        Stored scores. Those of this kind of machine count, or all if there are none.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]]):
        timed = _timed(records)
        by_metric: dict[str, list[_Timed]] = {}
        for score in timed:
            by_metric.setdefault(score.benchmark.metric, []).append(score)
        self._comparing = {metric: _Product.fitted(_comparing_only(scores)) for metric, scores in by_metric.items()}
        self._shown = {(score.model, score.benchmark.stimuli) for score in timed}
        self._scored = {score.benchmark.name for score in timed}
        rests: dict[tuple[str, ...], list[float]] = {}
        for score in timed:
            if score.prepares and not score.shows_stimuli:
                for group in score.benchmark.groups[1:]:
                    rests.setdefault(group, []).append(self._rest(score))
        # The median: code of PLS is compiled, or loaded, for the first benchmark only.
        self._preparing = {group: median(values) for group, values in rests.items()}
        rests = {}
        for score in timed:
            if score.shows_stimuli:
                rest = self._rest(score) - (self._preparation(score.benchmark) if score.prepares else 0)
                for names in _of_showing(score.model, score.benchmark):
                    rests.setdefault(names, []).append(max(rest, 0))
        self._showing = _means(rests)
        self._lookups = _Lookups.fitted(timed)

    def of_jobs(self, jobs: Sequence[Job], stored: Collection[Job] = ()) -> list[JobCost | None]:
        """Return what jobs take if they are done in this order; None where no score by the metric is stored.

        Parameters
        ----------
        jobs : sequence of Job
            All of a table.
        stored : collection of Job
            Those of them whose scores are stored, and are confirmed only.
        """
        benchmarks = {name: _Benchmark.named(name) for name in dict.fromkeys(job.benchmark for job in jobs)}
        names = dict.fromkeys(job.model for job in jobs)
        n_networks = {name: len(WEIGHT_SEEDS) if ModelName.parse(name).is_mean_over_seeds else 1 for name in names}
        shown, prepared = set(self._shown), set(self._scored)
        models: set[str] = set()  # those that this table has loaded
        read: set[str] = set()
        found: list[JobCost | None] = []
        for job in jobs:
            benchmark = benchmarks[job.benchmark]
            if benchmark.metric not in self._comparing:
                found.append(None)
                continue
            is_stored = job in stored
            comparing = self._comparing[benchmark.metric]
            seconds = self._lookups.seconds if is_stored else comparing.of(job.model, benchmark)
            # Showing and preparing have the loading in them.
            if not is_stored and (job.model, benchmark.stimuli) not in shown:
                seconds += _first_known(self._showing, _of_showing(job.model, benchmark))
                shown.add((job.model, benchmark.stimuli))
            elif job.model not in models:
                seconds += _first_known(self._lookups.of_models, _of_showing(job.model, benchmark))
            seconds *= n_networks[job.model]
            if not is_stored and job.benchmark not in prepared:
                seconds += self._preparation(benchmark)
                prepared.add(job.benchmark)
            elif job.benchmark not in read:
                seconds += _first_known(self._lookups.of_benchmarks, benchmark.groups)
            models.add(job.model)
            read.add(job.benchmark)
            found.append(JobCost(seconds, job.benchmark not in self._scored))
        return found

    def _rest(self, score: "_Timed") -> float:
        return max(score.seconds - self._comparing[score.benchmark.metric].of(score.model, score.benchmark), 0)

    def _preparation(self, benchmark: "_Benchmark") -> float:
        return _first_known(self._preparing, benchmark.groups[1:])


@dataclass(frozen=True)
class _Benchmark:
    """What the time of a benchmark's scores depends on.

    Attributes
    ----------
    name, metric : str
        Its identifier, and its metric's.
    stimuli : str
        Its dataset, in its variant.
    groups : tuple of tuple
        Benchmarks whose scores take about as long: the closest first.
    """

    name: str
    metric: str
    stimuli: str
    groups: tuple[tuple[str, ...], ...]

    @classmethod
    def named(cls, name: str) -> Self:
        parts = benchmark_parts(name)
        groups = (name,), (parts.dataset, parts.metric), ("*", parts.metric)
        return cls(name, parts.metric, f"{parts.dataset}@{parts.variant}", groups)


@dataclass(frozen=True)
class _Timed:
    """A stored score: seconds for each of its networks, those of its lookup, and whether it did what is done once."""

    model: str
    benchmark: _Benchmark
    seconds: float
    lookup_seconds: float | None
    shows_stimuli: bool
    prepares: bool


@dataclass(frozen=True)
class _Lookups:
    """What looking up takes: of each score, and beside that the loading of each model and of each benchmark."""

    seconds: float
    of_models: Mapping[tuple[str, ...], float]
    of_benchmarks: Mapping[tuple[str, ...], float]

    @classmethod
    def fitted(cls, scores: Sequence[_Timed]) -> Self:
        known = [(score, score.lookup_seconds) for score in scores if score.lookup_seconds is not None]
        # The median: of what was scored in several tables, each began with a loading that the order does not show.
        later = [seconds for score, seconds in known if not (score.shows_stimuli or score.prepares)]
        each = median(later) if later else 0.0
        rests: dict[tuple[str, ...], list[float]] = {}
        for score, seconds in known:
            if score.prepares and not score.shows_stimuli:
                for group in score.benchmark.groups:
                    rests.setdefault(group, []).append(max(seconds - each, 0))
        of_benchmarks = _means(rests)
        rests = {}
        for score, seconds in known:
            if score.shows_stimuli:
                reading = _first_known(of_benchmarks, score.benchmark.groups) if score.prepares else 0
                for names in _of_showing(score.model, score.benchmark):
                    rests.setdefault(names, []).append(max(seconds - each - reading, 0))
        return cls(each, _means(rests), of_benchmarks)


@dataclass(frozen=True)
class _Product:
    """Seconds as a number of the benchmark, or of a group of them, times a number of the model: 1 on average."""

    of_benchmarks: Mapping[tuple[str, ...], float]
    of_model: Mapping[str, float]

    @classmethod
    def fitted(cls, scores: Sequence[_Timed]) -> Self:
        """Fit the two in turn, so that the sums over each model and each benchmark are right."""
        of_model = dict.fromkeys((score.model for score in scores), 1.0)
        of_benchmark: dict[_Benchmark, float] = {}
        for _ in range(_N_ROUNDS):
            of_benchmark = _ratios([(score.benchmark, score.seconds, of_model[score.model]) for score in scores])
            of_model = _ratios([(score.model, score.seconds, of_benchmark[score.benchmark]) for score in scores])
            mean = fmean(of_model.values()) or 1.0
            of_model = {name: value / mean for name, value in of_model.items()}
            of_benchmark = {name: value * mean for name, value in of_benchmark.items()}
        of_group: dict[tuple[str, ...], list[float]] = {}
        for benchmark, seconds in of_benchmark.items():
            for group in benchmark.groups:
                of_group.setdefault(group, []).append(seconds)
        return cls(_means(of_group), of_model)

    def of(self, model: str, benchmark: _Benchmark) -> float:
        return _first_known(self.of_benchmarks, benchmark.groups) * self.of_model.get(model, 1.0)


def _ratios(terms: Sequence[tuple[_Name, float, float]]) -> dict[_Name, float]:
    sums: dict[_Name, tuple[float, float]] = {}
    for name, seconds, factor in terms:
        above, below = sums.get(name, (0.0, 0.0))
        sums[name] = above + seconds, below + factor
    return {name: above / below if below else 0.0 for name, (above, below) in sums.items()}


def _means(found: Mapping[tuple[str, ...], Sequence[float]]) -> dict[tuple[str, ...], float]:
    return {names: fmean(values) for names, values in found.items()}


def _first_known(known: Mapping[tuple[str, ...], float], names: Iterable[tuple[str, ...]]) -> float:
    return next((known[name] for name in names if name in known), 0.0)


def _of_showing(model: str, benchmark: _Benchmark) -> tuple[tuple[str, ...], ...]:
    """Return whose loading and showing takes about as long as that of a model: the closest first."""
    return ("model", model), ("stimuli", benchmark.stimuli), ()


def _timed(records: Iterable[Mapping[str, Any]]) -> list[_Timed]:
    """Return stored scores in the order in which they were made."""
    kept = [record for record in records if record.get("duration_s") is not None]
    here = host_kind()
    ours = [record for record in kept if all((record.get("host") or {}).get(name) == here[name] for name in _MACHINE)]
    timed = []
    seen: set[tuple[str, ...]] = set()
    benchmarks = {name: _Benchmark.named(name) for name in {record["benchmark_identifier"] for record in kept}}
    for record in sorted(ours or kept, key=lambda record: str(record.get("created"))):
        model, benchmark = record["model_identifier"], benchmarks[record["benchmark_identifier"]]
        n_networks, lookup = len(record.get("weight_seeds") or [None]), record.get("lookup_s")
        seconds, lookup = record["duration_s"] / n_networks, None if lookup is None else lookup / n_networks
        # Another version of a library computes all again.
        versions = json.dumps(record.get("versions"), sort_keys=True)
        showing = "model", str(record.get("model_fingerprint", model)), benchmark.stimuli, versions
        preparing = "benchmark", benchmark.name, str(record.get("benchmark_version")), versions
        timed.append(_Timed(model, benchmark, seconds, lookup, showing not in seen, preparing not in seen))
        seen |= {showing, preparing}
    return timed


def _comparing_only(scores: Sequence[_Timed]) -> list[_Timed]:
    """Leave out scores that did what is done once; where none is left, those that did the least."""
    for left in (
        [score for score in scores if not score.shows_stimuli and not score.prepares],
        [score for score in scores if not score.shows_stimuli],
        [score for score in scores if not score.prepares],
    ):
        if left:
            return left
    return list(scores)
