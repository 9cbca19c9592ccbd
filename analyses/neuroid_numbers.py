"""Scores at equal numbers of neuroids: areas with more neuroids score higher by some metrics, whatever the model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.errors import InvalidParameterError, UnreliableDataError
from ..core.interfaces import Benchmark, ModelLike, NeuralModel, NeuroidSampling, SampledBenchmark
from ..core.terminal.progress import progress
from ..models.loading import load_model
from ..models.untrained_networks import unchanged_networks
from ..plugins.discovery import load_benchmark
from ..plugins.identifiers import benchmark_parts
from ..uncertainty.leave_one_out import Estimate, jackknife, mean_leave_one_out, mean_over_networks
from ..uncertainty.neuroid_sample import SMALL_AREA, neuroid_sample


@dataclass(frozen=True)
class NeuroidNumbers:
    """What :func:`neuroid_numbers` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per model, benchmark and number of neuroids: `model`, `benchmark`, `area`, `n_neuroids_compared`,
        `n_neuroids` (how many the metric counts in the recordings), `n_mice`, `n_draws`, `score` (mean over draws),
        `error`, `low` and `high` (95 %; over stimuli and mice, or over stimuli only where there is a single mouse),
        `draws_sd` (standard deviation between draws; NaN for a single one), `ceiling`, and `problem`: why there is no
        score, empty where there is one.
    equal : int
        The number of neuroids at which areas compare: that of the smallest one, of those with `SMALL_AREA` or more.
    numbers : tuple of int
        All numbers that were asked for, ascending.
    """

    table: pd.DataFrame
    equal: int
    numbers: tuple[int, ...]

    def problems(self) -> list[str]:
        """Return a line for each benchmark and number without scores, which says why."""
        rows = self.table[self.table["problem"] != ""].drop_duplicates(["benchmark", "n_neuroids_compared"])
        return [f"{row.benchmark} at {row.n_neuroids_compared} neuroids: {row.problem}" for row in rows.itertuples()]


def neuroid_numbers(
    models: "Sequence[str | ModelLike]",
    benchmarks: Sequence[str | Benchmark],
    numbers: Sequence[int] = (),
    n_draws: int = 10,
    seed: int = 0,
) -> NeuroidNumbers:
    """Score models at equal numbers of neuroids, and at the number that each area has.

    Parameters
    ----------
    models : sequence of str or ImageModel or BrainModel or module of timm
        As `score_model` takes them. They see the stimuli once for each benchmark; only the neuroids are drawn.
    benchmarks : sequence of str or MouseNeuralBenchmark
        Benchmarks of single areas by one metric.
    numbers : sequence of int
        Further numbers of neuroids, for the curve. The number of the smallest area is always among them.
    n_draws : int
        Random draws of neuroids for each number. Each mouse keeps its share of the neuroids that the metric counts (by
        ridge and PLS the reliable ones); where all are taken there is one draw.
    seed : int
        Seed of the draws. Of the same draw, fewer neuroids are part of more.

    Raises
    ------
    InvalidParameterError
        If a number or the number of draws is not positive, a benchmark is not of a single area, or they are by
        different metrics.
    UnreliableDataError
        If all areas have fewer than `SMALL_AREA` neuroids.
    """
    if n_draws < 1:
        raise InvalidParameterError(f"n_draws is {n_draws}; it must be at least 1.")
    if any(number < 1 for number in numbers):
        raise InvalidParameterError(f"numbers are {list(numbers)}; each must be at least 1.")
    if not models or not benchmarks:
        raise InvalidParameterError("Give at least one model and one benchmark.")
    of_areas = [_of_area(load_benchmark(one) if isinstance(one, str) else one) for one in benchmarks]
    metrics = sorted({benchmark_parts(benchmark.identifier).metric for benchmark in of_areas})
    if len(metrics) > 1:
        raise InvalidParameterError(
            f"The benchmarks are by {', '.join(metrics)}; scores by different metrics do not compare. Give one."
        )
    for benchmark in of_areas:
        benchmark.load()  # before any weights
    counted = {benchmark.identifier: benchmark.counted_neuroids for benchmark in of_areas}
    available = {identifier: int(of_area.sum()) for identifier, of_area in counted.items()}
    large = [number for number in available.values() if number >= SMALL_AREA]
    if not large:
        raise UnreliableDataError(f"No area has {SMALL_AREA} neuroids: {available}. Record more.")
    equal = min(large)
    wanted = tuple(sorted({equal, *numbers}))
    loaded = [load_model(model) if isinstance(model, str) else as_neural_model(model) for model in models]
    rows = []
    with unchanged_networks(loaded) as networks:
        for benchmark in progress(of_areas, desc="benchmarks", unit="benchmark"):
            names = [model.identifier for model in loaded]
            sampled = _SampledScores(benchmark, counted[benchmark.identifier], names, networks, n_draws, seed)
            for number in sorted({*wanted, available[benchmark.identifier]}):
                rows += list(sampled.rows(number))
    return NeuroidNumbers(pd.DataFrame(rows), equal, wanted)


def _of_area(benchmark: Benchmark) -> SampledBenchmark:
    if not isinstance(benchmark, NeuroidSampling):
        raise InvalidParameterError(
            f"{benchmark.identifier} is not a benchmark of a single area, whose neuroids can be drawn: choose such as "
            "simulated-mouse-VISp-rsa."
        )
    return cast(SampledBenchmark, benchmark)


class _SampledScores:
    """Models that have seen the stimuli of a benchmark, to be scored with any number of its neuroids."""

    def __init__(
        self,
        benchmark: SampledBenchmark,
        counted: np.ndarray,
        names: Sequence[str],
        networks: Sequence[Sequence[NeuralModel]],
        n_draws: int,
        seed: int,
    ):
        self._benchmark = benchmark
        self._names = names
        self._n_networks = [len(of_model) for of_model in networks]
        self._n_draws = n_draws
        self._seed = seed
        self._counted = counted
        of_networks = [network for of_model in networks for network in of_model]
        self._network_names = [str(network.identifier) for network in of_networks]
        self._responses: list[Mapping[str, Any]] = [benchmark.layer_responses(network) for network in of_networks]

    def rows(self, number: int) -> Iterator[dict[str, Any]]:
        """Yield the row of each model at a number of neuroids."""
        n_neuroids = int(self._counted.sum())
        n_draws = 1 if number == n_neuroids else self._n_draws
        common = {
            "benchmark": self._benchmark.identifier,
            "area": self._benchmark.area,
            "n_neuroids_compared": number,
            "n_neuroids": n_neuroids,
            "n_mice": len(np.unique(self._benchmark.subjects)),
            "n_draws": n_draws,
        }
        try:
            found = self._scores(number, n_draws)
        except UnreliableDataError as error:
            undefined = dict.fromkeys(("score", "error", "low", "high", "draws_sd", "ceiling"), float("nan"))
            for name in self._names:
                yield {"model": name, **common, **undefined, "problem": str(error)}
            return
        estimates, deviations, ceiling = found
        for name, estimate, deviation in zip(self._names, estimates, deviations, strict=True):
            yield {
                "model": name,
                **common,
                "score": estimate.value,
                "error": estimate.error,
                "low": estimate.low,
                "high": estimate.high,
                "draws_sd": deviation,
                "ceiling": ceiling,
                "problem": "",
            }

    def _scores(self, number: int, n_draws: int) -> tuple[list[Estimate], Sequence[float], float]:
        """Return each model's mean over draws with its error, the deviation between draws, and the mean ceiling.

        A draw that the metric refuses is not left out of the mean: the others would be those with the best neuroids.
        """
        scores, ceilings = [], []
        for draw in range(n_draws):
            generator = np.random.default_rng([self._seed, draw])
            neuroids = neuroid_sample(self._benchmark.subjects, self._counted, number, generator)
            part = self._benchmark.with_neuroids(neuroids)
            of_networks = part.leave_one_out_scores_of(self._network_names, self._responses)
            scores.append(mean_over_networks(of_networks, self._n_networks))
            ceilings.append(float(part.ceiling))
        mean = mean_leave_one_out(scores)
        measured = np.array([of_draw.values[:, 0, 0] for of_draw in scores])
        deviations = measured.std(axis=0, ddof=1) if n_draws > 1 else np.full(measured.shape[1], np.nan)
        of_models = [mean.of_model(model) for model in range(len(self._names))]
        estimates = [jackknife(of_model, of_model.over) for of_model in of_models]
        return estimates, deviations.tolist(), float(np.mean(ceilings))
