"""How consistent the mice of an area are with each other, and whether a model is as close to a mouse as they are."""

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.errors import InvalidParameterError, UnreliableDataError
from ..core.interfaces import ModelLike
from ..core.terminal.progress import progress
from ..metrics.mouse_populations import MousePopulations
from ..models.loading import load_model
from ..models.mouse_models.mouse_model import MouseModel
from ..models.untrained_networks import networks_of
from ..plugins.discovery import load_benchmark
from ..results.store import nan_to_none
from ..uncertainty.leave_one_out import Estimate, LeaveOneOutScores, check_level, jackknife, mean_over_networks
from .neural_benchmark import MouseNeuralBenchmark

_N_DRAWS = 2
_FEWEST_NEUROIDS = 10
_SEED = 0


@dataclass(frozen=True)
class ModelBesideMice:
    """A model on the same targets as other mice.

    Attributes
    ----------
    score : Estimate
        Of the model on each mouse alone, averaged over mice.
    minus_pairwise : Estimate
        That, less the consistency of pairs of mice: at or above zero, the model is as close to a mouse as another
        mouse is.
    minus_pooled : Estimate
        The same, less that of all other mice together.
    """

    score: Estimate
    minus_pairwise: Estimate
    minus_pooled: Estimate


@dataclass(frozen=True)
class CurvePoint:
    """Consistency of a mouse with some neuroids of the other mice.

    Attributes
    ----------
    n_neuroids : int
        Of the source.
    value, sd : float
        Mean and standard deviation over draws of the neuroids; NaN where so few are too noisy.
    """

    n_neuroids: int
    value: float
    sd: float


@dataclass(frozen=True)
class InterAnimalConsistency:
    """How consistent mice are with each other; 1: as similar as two noise-free populations that are the same.

    Attributes
    ----------
    benchmark : str
        Identifier of the benchmark whose recordings, metric and seed these are.
    n_neuroids : dict of str to int
        The mice that are compared, and how many neuroids each has.
    left_out_mice : dict of str to str
        The mice that are too noisy alone, and why.
    n_stimuli : int
    over : {'both', 'stimuli'}
        What errors generalize to: stimuli and mice, or with two mice stimuli only.
    pairwise : Estimate
        One mouse on one other, averaged over all pairs and both directions.
    pooled : Estimate
        All other mice together on one mouse, averaged over mice.
    pairs : array of shape (n_sources, n_targets)
        Each pair, mice in the order of `n_neuroids`; NaN on the diagonal.
    curve : tuple of CurvePoint
        By the number of neuroids drawn from all other mice; the last point is `pooled`, at their mean number.
    models : dict of str to ModelBesideMice
        Models on the same targets.
    """

    benchmark: str
    n_neuroids: dict[str, int]
    left_out_mice: dict[str, str]
    n_stimuli: int
    over: str
    pairwise: Estimate
    pooled: Estimate
    pairs: np.ndarray
    curve: tuple[CurvePoint, ...]
    models: dict[str, ModelBesideMice]

    def as_record(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it; None where a number is undefined."""
        record: dict[str, Any] = nan_to_none(dataclasses.asdict(self) | {"pairs": self.pairs.tolist()})
        record["curve"] = [nan_to_none(dataclasses.asdict(point)) for point in self.curve]
        return record


def inter_animal_consistency(
    benchmark: str | MouseNeuralBenchmark, models: "Sequence[str | ModelLike]" = (), level: float = 0.95
) -> InterAnimalConsistency:
    """Compare the mice of an area with each other, and models with each mouse.

    Models are scored on each mouse alone, as the other mice are: the score of a benchmark, on the mice pooled, is on
    another scale. See "Inter-animal consistency" in docs/methods.md.

    Parameters
    ----------
    benchmark : str or MouseNeuralBenchmark
        A benchmark of a single area by a metric that compares mice: rsa, ridge, pls, cka, or a metric of your own with
        a split-half ceiling.
    models : sequence of str or ImageModel or BrainModel
        As of :func:`brainscore_mouse.score_model`.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InvalidParameterError
        If it is not such a benchmark, a model is a mouse, two models have one name, or the level is none.
    UnreliableDataError
        If fewer than two mice can be compared.
    UnknownIdentifierError, DatasetNotFoundError, WeightsUnavailableError, ModelOutputError
        As of :func:`brainscore_mouse.score_model`.
    """
    check_level(level)
    loaded = load_benchmark(benchmark) if isinstance(benchmark, str) else benchmark
    if not isinstance(loaded, MouseNeuralBenchmark):
        raise InvalidParameterError(
            f"{getattr(loaded, 'identifier', loaded)} is not a benchmark of a single area; choose one such as "
            "simulated-mouse-VISp-rsa."
        )
    neural_models = [load_model(model) if isinstance(model, str) else as_neural_model(model) for model in models]
    names = [model.identifier for model in neural_models]
    mouse_models = [model.identifier for model in neural_models if isinstance(model, MouseModel)]
    if mouse_models:
        raise InvalidParameterError(
            f"{mouse_models[0]} is a mouse; mice are compared with each other anyway. Give networks as models."
        )
    if len(set(names)) < len(names):
        raise InvalidParameterError(f"Two models have the same name: {', '.join(sorted(names))}.")
    mice = loaded.load().mouse_populations
    networks = [networks_of(model) for model in neural_models]
    rows = [mice.pairwise(), mice.pooled()]
    rows += mice.of_models(list(itertools.chain.from_iterable(networks)))
    scores = mean_over_networks(_together(rows), [1, 1, *map(len, networks)])
    over = scores.over

    def difference(first: int, second: int) -> Estimate:
        return jackknife(scores.of_difference(first, second), over, level)

    pairwise, pooled = (jackknife(scores.of_model(row), over, level) for row in range(2))
    return InterAnimalConsistency(
        benchmark=loaded.identifier,
        n_neuroids=mice.n_neuroids,
        left_out_mice=mice.left_out_mice,
        n_stimuli=mice.n_stimuli,
        over=over,
        pairwise=pairwise,
        pooled=pooled,
        pairs=mice.pair_scores(),
        curve=_curve(mice, pooled.value),
        models={
            name: ModelBesideMice(jackknife(scores.of_model(row), over, level), difference(row, 0), difference(row, 1))
            for row, name in enumerate(names, 2)
        },
    )


def _together(rows: Sequence[LeaveOneOutScores]) -> LeaveOneOutScores:
    pairs = [row.pairs for row in rows if row.pairs is not None]
    values = np.concatenate([row.values for row in rows])
    return LeaveOneOutScores(values, rows[0].mice, np.concatenate(pairs) if len(pairs) == len(rows) else None)


def _curve(mice: MousePopulations, pooled: float) -> tuple[CurvePoint, ...]:
    """Draw 10, 40, 160, ... neuroids from the other mice of each target, as long as all have so many."""
    in_all = sum(mice.n_neuroids.values())
    of_others = [in_all - n_neuroids for n_neuroids in mice.n_neuroids.values()]
    sizes = list(itertools.takewhile(lambda size: size < min(of_others), (_FEWEST_NEUROIDS * 4**k for k in range(16))))
    points = []
    for size in progress(sizes, desc="numbers of neuroids", unit="number"):
        try:
            values = [mice.with_few_neuroids(size, np.random.default_rng([_SEED, size, k])) for k in range(_N_DRAWS)]
        except UnreliableDataError:
            values = [float("nan")] * _N_DRAWS
        points.append(CurvePoint(size, float(np.mean(values)), float(np.std(values, ddof=1))))
    return (*points, CurvePoint(round(float(np.mean(of_others))), pooled, float("nan")))
