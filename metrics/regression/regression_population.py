"""A population whose neuroids are predicted from another population, corrected for the noise of both."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from ...core.errors import UnreliableDataError
from ...uncertainty.leave_one_out import LeaveOneOutScores, kept_neuroids, mouse_names
from ..layerwise import ChosenLayers, Fold
from ..similarity_metric import gram_of_responses
from .regression_target import RegressionTarget
from .repetition_halves import halves_of_repetitions
from .scored_half import ScoredHalf

if TYPE_CHECKING:
    from .metric import Regression

# These matrices are too small to share between threads, and the result must not depend on how many there are.
_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")


class RegressionPopulation:
    """Means over halves of the repetitions; a :class:`~brainscore_mouse.metrics.layerwise.Population`.

    A readout is fitted in one half of the repetitions, of the source and of this population, and scored in the other
    half of this population. The same readout fitted in the other half says how reliable its predictions are.

    Parameters
    ----------
    metric : Regression
        Ridge or PLS.
    trials, subjects, folds
        As of :meth:`~brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`.

    Raises
    ------
    UnreliableDataError
        If some stimulus has fewer than four trials.
    """

    def __init__(self, metric: "Regression", trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        self._metric = metric
        self._subjects = subjects
        self._folds = folds
        self._trials = trials
        halves = halves_of_repetitions(trials, subjects, metric.n_half_splits, np.random.default_rng(metric.seed))
        if not halves:
            raise UnreliableDataError(
                "Mice are compared by halves of the repetitions of which each has at least two trials; some stimulus "
                "has fewer than four trials."
            )
        self._means = [(first.means, second.means) for first, second in halves]

    @cached_property
    def target(self) -> RegressionTarget:
        """What models are compared with; UnreliableDataError where too few neuroids are reliable."""
        return self._metric.prepare(self._trials, self._subjects, self._folds)

    @_one_blas_thread
    def left_out(self, sources: "Sequence[RegressionPopulation | ChosenLayers]") -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.Population.left_out`."""
        scored, n_stimuli = self.target.scored, len(self._means[0][0])
        kept = kept_neuroids(self._subjects)
        shape = (len(scored), len(sources), len(kept), 1 + n_stimuli)
        raw, agreement = np.full(shape, np.nan), np.full(shape, np.nan)
        reliability = np.stack([half.left_out_reliability(kept, n_stimuli)[None] for half in scored])
        # Variance over neuroids of the agreement, and its covariance with the reliability of the responses.
        spread = np.full((len(scored), len(sources), 2), np.nan)
        for row, source in enumerate(sources):
            for number, (predicted, other) in self._predictions(source):
                half = scored[number]
                raw[number, row] = half.left_out_correlation(predicted, kept, n_stimuli)
                agreement[number, row] = half.left_out_agreement(predicted, other, kept, n_stimuli)
                spread[number, row] = half.spread_of_agreement(predicted, other)
        of_source, of_target = self.target.over_folds(agreement), self.target.over_folds(reliability)
        variance, covariance = self.target.over_folds(spread).T[:, :, None, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            of_both = np.sqrt(np.where((of_source > 0) & (of_target > 0), of_source * of_target, np.nan))
            measured_source, measured_target = of_source[:, :1, :1], of_target[:, :1, :1]
            below_root = self.target.below_root - np.maximum(variance, 0.0) / measured_source**2 / 8
            below_root += covariance / (measured_source * measured_target) / 4
            # Readouts stay as they were fitted: these intervals are wide enough, see docs/calibration.md.
            return LeaveOneOutScores(self.target.over_folds(raw) / (of_both * below_root), mouse_names(self._subjects))

    def _predictions(
        self, source: "RegressionPopulation | ChosenLayers"
    ) -> Iterator[tuple[int, tuple[np.ndarray, np.ndarray]]]:
        """Yield number and predictions of each scored half: fitted in the half that is not scored, and in the other.

        Of a layer that does not vary over stimuli nothing can be predicted.
        """
        of_fit: dict[Any, list[int]] = {}
        for number, half in enumerate(self.target.scored):
            if isinstance(source, ChosenLayers) and not source.of_fold(half.fold).varies_over_stimuli():
                continue
            layer = source.chosen[half.fold] if isinstance(source, ChosenLayers) else 0
            fitted = self._folds[half.fold].scoring.neuroids.tobytes() if self._metric.fits_neuroids_together else None
            split, _ = half.trials_of or (0, 0)
            of_fit.setdefault((split, layer, fitted, half.tests.shape[1]), []).append(number)
        for (split, layer, fitted, _), numbers in of_fit.items():
            halves = [self.target.scored[number] for number in numbers]
            tests = {half.tests.tobytes(): half.tests for half in halves}
            neuroids = np.arange(len(self._subjects)) if fitted is None else np.frombuffer(fitted, dtype=np.int64)
            part = self._folds[0].scoring
            within = np.searchsorted(part.fit_stimuli, np.concatenate(list(tests.values())))
            predicted = []
            for of_half in range(2):
                gram = self._gram(source, split, of_half, layer)[np.ix_(part.fit_stimuli, part.fit_stimuli)]
                responses = self._means[split][of_half][np.ix_(part.fit_stimuli, neuroids)]
                groups = part.groups[part.fit_stimuli]
                (found,) = self._metric.predictions(gram[None], responses, within, groups)
                predicted.append(dict(zip(tests, np.split(found, len(tests)), strict=True)))
            for number, half in zip(numbers, halves, strict=True):
                columns = np.searchsorted(neuroids, half.neuroids)
                first, second = (of_half[half.tests.tobytes()][:, :, columns] for of_half in predicted)
                yield number, (second, first) if _is_scored_first(half) else (first, second)

    @staticmethod
    def _gram(source: "RegressionPopulation | ChosenLayers", split: int, of_half: int, layer: int) -> np.ndarray:
        if isinstance(source, ChosenLayers):
            linear: np.ndarray = source.layers[layer].linear()
            return linear
        return gram_of_responses(source._means[split][of_half]).linear()


def _is_scored_first(half: ScoredHalf) -> bool:
    return half.trials_of is not None and half.trials_of[1] == 0
