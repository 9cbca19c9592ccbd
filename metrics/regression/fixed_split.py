"""Regression as Sensorium 2022 does it: fitted to images that were shown once, tested on those that were repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from ...core.errors import UnreliableDataError
from ...uncertainty.correlation import pearson
from ...uncertainty.nan_mean import nan_mean
from ..feature_gram import FeatureGram
from ..layerwise import Claim, Fold, LayerEvaluation
from ..trial_sums import TrialSums
from .fixed_split_ridge import FittedRidge
from .metric import Ridge
from .published_measures import published_measures
from .ridge import ridge_alphas

_MIN_FIT_STIMULI = 40
_MIN_TEST_STIMULI = 10
# One result on all machines, as of the other regressions.
_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")


class RidgeFixedSplit(Ridge):
    """Ridge regression on a fixed split of the stimuli, which the recordings themselves have.

    The readout is fitted to the responses to stimuli that a mouse saw once, without any average, and tested on the
    trials of those that it saw more than once. The penalty of each neuroid, and the layer, are chosen by
    leave-one-out on the former. The score is the single-trial correlation, which has no ceiling;
    `correlation_to_average` and `feve` are attributes. See
    :class:`~brainscore_mouse.metrics.regression.published_measures.PublishedMeasures` for their definitions.

    Parameters
    ----------
    **options
        See :class:`Ridge`. Benchmarks use all neuroids, so that they take no `min_reliability` and no `n_half_splits`.
    """

    identifier = "ridge-fixed-split"
    # Mice are not compared with each other: that would need trials of all stimuli.
    population: ClassVar[None] = None  # type: ignore[assignment]

    @property
    def claims(self) -> frozenset[Claim]:
        """See `LayerwiseMetric`; without a ceiling, the true responses do not score 1."""
        return super().claims - {"generator-scores-one"}

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> "FixedSplitTarget":  # type: ignore[override]
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`; the folds' parts play no role."""
        return FixedSplitTarget(self, trials, subjects, folds)


@dataclass(frozen=True)
class _Mouse:
    """The stimuli that a readout is fitted to, and those it is tested on, with the responses of one mouse."""

    neuroids: np.ndarray
    fit: np.ndarray
    test: np.ndarray
    fit_responses: np.ndarray
    test_sums: TrialSums


class FixedSplitTarget:
    """The recordings of mice that saw some stimuli once and others repeatedly; a NeuralTarget without folds."""

    def __init__(self, metric: RidgeFixedSplit, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        self._metric = metric
        self._n_folds = len(folds)
        groups = folds[0].scoring.groups
        self._mice = [
            _of_mouse(trials, np.flatnonzero(subjects == mouse), mouse, groups) for mouse in np.unique(subjects)
        ]
        self.ceiling, self.ceiling_error = 1.0, 0.0
        self.details: dict[str, Any] = {
            "ceiling_kind": "none",
            "n_neuroids": len(subjects),
            "n_fit_stimuli": int(sum(len(mouse.fit) for mouse in self._mice)),
            "n_test_stimuli": int(sum(len(mouse.test) for mouse in self._mice)),
        }

    @_one_blas_thread
    def selection_scores(self, grams: Sequence[FeatureGram]) -> np.ndarray:
        """Correlate left-out predictions of the fitted stimuli, the same for all folds, (n_folds, n_layers)."""
        scores = np.full(len(grams), np.nan)
        for layer, gram in enumerate(grams):
            if gram.varies_over_stimuli():
                scores[layer] = self._left_out_correlation(gram.linear())
        return np.tile(scores, (self._n_folds, 1))

    @_one_blas_thread
    def evaluate(self, grams: Sequence[FeatureGram], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Predict the repeated stimuli from the chosen layers, the same for all folds; NaN for the other layers."""
        names = ("single_trial_correlation", "correlation_to_average", "feve")
        measures = {name: np.full((self._n_folds, len(grams)), np.nan) for name in names}
        for layer in range(len(grams)) if chosen is None else sorted(set(chosen)):
            if not grams[layer].varies_over_stimuli():
                continue
            linear = grams[layer].linear()
            found = []
            for mouse in self._mice:
                predicted = self._fitted(linear, mouse, 1).predict(linear[np.ix_(mouse.test, mouse.fit)])
                found.append(published_measures(predicted[None], mouse.test_sums))
            for name, values in measures.items():
                of_neuroids = np.concatenate([getattr(of_mouse, name) for of_mouse in found])
                values[:, layer] = nan_mean(of_neuroids)
        raw = measures["single_trial_correlation"].copy()
        return LayerEvaluation(
            raw, raw, self.ceiling, self.details, measures=measures, has_other_layers=chosen is None or len(grams) == 1
        )

    def _left_out_correlation(self, linear: np.ndarray) -> float:
        """Average over neuroids; those that do not vary count as 0, so that all count for all layers."""
        of_mice = [
            pearson(self._fitted(linear, mouse, 2).left_out[None], mouse.fit_responses[None], axis=1)[0]
            for mouse in self._mice
        ]
        return float(np.nan_to_num(np.concatenate(of_mice)).mean())

    def _fitted(self, linear: np.ndarray, mouse: _Mouse, every: int) -> FittedRidge:
        """Fit a mouse's neuroids, with every or, to tell layers apart, every second penalty."""
        gram = linear[np.ix_(mouse.fit, mouse.fit)].astype(np.float64)
        alphas = ridge_alphas(gram)[::every] if self._metric.alpha is None else np.array([self._metric.alpha])
        return FittedRidge(gram, mouse.fit_responses, alphas)


def _of_mouse(trials: np.ndarray, neuroids: np.ndarray, mouse: str, groups: np.ndarray) -> _Mouse:
    counts = np.zeros((trials.shape[1], len(neuroids)), dtype=np.int32)
    for repetition in trials:  # one by one: a copy of all trials would be large
        counts += ~np.isnan(repetition[:, neuroids])
    once, repeated = ((counts == 1).all(axis=1), (counts >= 2).all(axis=1))
    if not (once | repeated | (counts == 0).all(axis=1)).all():
        raise UnreliableDataError(
            f"The neuroids of mouse {mouse} differ in which stimuli were shown once; a fixed split needs the same "
            "for all."
        )
    test = np.flatnonzero(repeated)
    fit = np.flatnonzero(once & ~np.isin(groups, groups[test]))  # no picture is on both sides
    if len(fit) < _MIN_FIT_STIMULI or len(test) < _MIN_TEST_STIMULI:
        raise UnreliableDataError(
            f"Mouse {mouse} has {len(fit)} stimuli that were shown once, to fit, and {len(test)} that were repeated, "
            f"to test; ridge-fixed-split needs at least {_MIN_FIT_STIMULI} and {_MIN_TEST_STIMULI}."
        )
    fit_responses = np.nanmax(trials[:, fit][:, :, neuroids], axis=0).astype(np.float64)  # the only one
    sums = TrialSums.of_trials(trials[:, test][:, :, neuroids])
    of_test = TrialSums(sums.counts[None], sums.sums[None], sums.squares[None])
    return _Mouse(neuroids, fit, test, fit_responses, of_test)
