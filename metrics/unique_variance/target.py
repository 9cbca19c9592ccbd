"""A population whose neuroids are predicted from a model and a baseline."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from ...uncertainty.leave_one_out import LeaveOneOutScores, kept_neuroids
from ..feature_gram import FeatureGram
from ..layerwise import ChosenLayers, Fold, LayerEvaluation
from ..regression.pooled import explained_share, pooled_correlation
from ..regression.regression_target import FOLDS_FOR_ALL_LAYERS, RegressionTarget
from ..regression.ridge import RELATIVE_ALPHAS
from ..regression.scored_half import ScoredHalf
from ..regression.two_test_sets import two_test_sets
from .banded_ridge import (
    BASELINE_ALONE,
    MODEL_ALONE,
    SHARES,
    held_out_banded_ridge,
    leave_one_out_banded_error,
)

if TYPE_CHECKING:
    from .metric import UniqueVariance

_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")
# Fine enough to tell layers apart.
_SELECTION_SHARES, _SELECTION_ALPHAS = SHARES[::2], RELATIVE_ALPHAS[::2]


class UniqueVarianceTarget(RegressionTarget):
    """As a RegressionTarget, with the square of correlations, and a baseline whose share is subtracted."""

    def __init__(
        self,
        metric: "UniqueVariance",
        trials: np.ndarray,
        subjects: np.ndarray,
        folds: Sequence[Fold],
        baseline: np.ndarray,
    ):
        self._baseline = baseline  # inner products, shape (n_stimuli, n_stimuli)
        super().__init__(metric, trials, subjects, folds)

    def _ceiling(self, reliability: np.ndarray) -> np.ndarray:
        """Return what a perfect prediction would explain: the share of the variance that is signal."""
        return np.maximum(reliability, 0.0)

    @_one_blas_thread
    def selection_scores(self, grams: Sequence[FeatureGram]) -> np.ndarray:
        """Return how much layer and baseline explain of every fold's selection part, (n_folds, n_layers)."""
        scores = np.full((len(self._folds), len(grams)), np.nan)
        for folds in self._folds_fitted_together():
            neuroids = np.unique(np.concatenate([self._selection_neuroids[fold] for fold in folds]))
            for layer, gram in enumerate(grams):
                if gram.varies_over_stimuli():
                    explained = self._explained_in_selection(gram, folds[0], neuroids)
                    for fold in folds:
                        of_fold = np.searchsorted(neuroids, self._selection_neuroids[fold])
                        scores[fold, layer] = np.nanmean(explained[of_fold])
        return scores

    def _explained_in_selection(self, gram: FeatureGram, fold: int, neuroids: np.ndarray) -> np.ndarray:
        part = self._folds[fold].selection
        square, groups = np.ix_(part.stimuli, part.stimuli), part.groups[part.stimuli]
        both = gram.linear()[square], self._baseline[square]
        responses = self._responses[np.ix_(part.stimuli, neuroids)]
        if len(np.unique(groups)) == len(groups):
            errors = leave_one_out_banded_error(*both, responses, _SELECTION_SHARES, _SELECTION_ALPHAS)
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.asarray(1 - errors / ((responses - responses.mean(axis=0)) ** 2).sum(axis=0))
        tests = two_test_sets(np.arange(len(responses)), groups, self._metric.seed + fold)
        predicted = held_out_banded_ridge(*both, responses, tests, _SELECTION_SHARES, groups, _SELECTION_ALPHAS)
        return explained_share(pooled_correlation(predicted, responses[tests]))

    def _held_out(
        self, gram: FeatureGram, stimuli: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray
    ) -> np.ndarray:
        """Predict test sets from a layer and the baseline."""
        return self._banded(gram.linear(), SHARES, stimuli, responses, tests, groups)

    def _banded(
        self,
        linear: np.ndarray,
        shares: Sequence[float],
        stimuli: np.ndarray,
        responses: np.ndarray,
        tests: np.ndarray,
        groups: np.ndarray,
    ) -> np.ndarray:
        square = np.ix_(stimuli, stimuli)
        return held_out_banded_ridge(linear[square], self._baseline[square], responses, tests, shares, groups)

    def _alone(self, linear: np.ndarray, shares: Sequence[float], halves: Sequence[ScoredHalf]) -> list[np.ndarray]:
        """Predict the test sets of scored halves from one of the two."""
        readouts = list(dict.fromkeys(self._readout(half) for half in halves))
        found = self._predicted(readouts, lambda *what: self._banded(linear, shares, *what))
        return self._of_halves(found, halves)

    @cached_property
    def _of_baseline(self) -> list[np.ndarray]:
        """What the baseline alone predicts of each scored half."""
        return self._alone(np.zeros_like(self._baseline), BASELINE_ALONE, self.scored)

    @_one_blas_thread
    def evaluate(self, grams: Sequence[FeatureGram], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Explain the scoring part of every fold; layers that are not chosen, only in the first partition."""
        by_both, by_baseline, by_model = np.full((3, len(self.scored), len(grams)), np.nan)
        for layer, gram in enumerate(grams):
            if not gram.varies_over_stimuli():
                continue
            is_chosen = [chosen is not None and chosen[half.fold] == layer for half in self.scored]
            wanted = [
                number
                for number, half in enumerate(self.scored)
                if chosen is None or is_chosen[number] or half.fold < FOLDS_FOR_ALL_LAYERS
            ]
            predictions = self._predictions(gram, [self.scored[number] for number in wanted])
            for number, predicted in zip(wanted, predictions, strict=True):
                by_both[number, layer] = self.scored[number].explained(predicted).mean()
                by_baseline[number, layer] = self.scored[number].explained(self._of_baseline[number]).mean()
            wanted = [number for number in wanted if is_chosen[number]]
            predictions = self._alone(gram.linear(), MODEL_ALONE, [self.scored[number] for number in wanted])
            for number, predicted in zip(wanted, predictions, strict=True):
                by_model[number, layer] = self.scored[number].explained(predicted).mean()
        if chosen is not None:
            self._forget_unused(grams, chosen)
        both, baseline, model = (self._mean_of_folds(values) for values in (by_both, by_baseline, by_model))
        return LayerEvaluation(
            raw=both - baseline,
            ceiled=(both - baseline) / self.ceiling,
            ceiling=self.ceiling,
            details=self.details,
            measures={
                "explained_by_both": both / self.ceiling,
                "explained_by_baseline": baseline / self.ceiling,
                "explained_by_model": model / self.ceiling,
            },
        )

    def _mean_of_folds(self, of_halves: np.ndarray) -> np.ndarray:
        """Average over the scored halves of each fold, shape (n_folds, n_layers)."""
        folds = np.array([half.fold for half in self.scored])
        return np.stack([of_halves[folds == fold].mean(axis=0) for fold in range(len(self._folds))])

    @_one_blas_thread
    def left_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.LeftOutTarget.left_out`; ceilings leave out the same."""
        raw = self._left_out_raw(models, ScoredHalf.left_out_explained)
        kept = kept_neuroids(self._subjects)
        of_baseline = [
            half.left_out_explained(predicted, kept, len(self._responses))
            for half, predicted in zip(self.scored, self._of_baseline, strict=True)
        ]
        raw -= np.stack(of_baseline)[:, None]
        ceilings = self._left_out_ceilings
        with np.errstate(invalid="ignore", divide="ignore"):
            return LeaveOneOutScores(self.over_folds(raw) / ceilings.values, ceilings.mice)
