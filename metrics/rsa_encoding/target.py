"""A population whose predicted responses are compared with it by RSA."""

import functools
from collections.abc import Iterable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from ...core.errors import UnreliableDataError
from ...uncertainty.leave_one_out import LeaveOneOutScores
from ..feature_gram import FeatureGram
from ..layerwise import ChosenLayers, Fold, LayerEvaluation, Part
from ..regression.regression_target import FOLDS_FOR_ALL_LAYERS, MIN_STIMULI
from ..regression.ridge import held_out_ridge, leave_one_out_ridge, ridge_alphas
from ..regression.two_test_sets import two_test_sets
from ..rsa.metric import RSA, RSATarget
from ..rsa.noise_corrected import half_correlations, standardized
from ..rsa.rdm import pairs_of_rdm, rdm_of_patterns

_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")


class EncodingRSATarget(RSATarget):
    """As an RSATarget, with the RDMs of responses that a readout of each layer predicts."""

    def __init__(self, metric: RSA, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(
                f"Encoding RSA needs at least {MIN_STIMULI} stimuli, half of them to fit a readout; there are "
                f"{trials.shape[1]}."
            )
        super().__init__(metric, trials, subjects, folds)

    @_one_blas_thread
    def selection_scores(self, grams: Sequence[FeatureGram]) -> np.ndarray:
        """Compare layers on every fold's selection part, (n_folds, n_layers), NaN for a layer that does not vary."""
        scores = np.full((len(self._folds), len(grams)), np.nan)
        for layer, gram in enumerate(grams):
            if not gram.varies_over_stimuli():
                continue
            predictions: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}
            for number, fold in enumerate(self._folds):
                part = fold.selection
                key = part.stimuli.tobytes()
                if key not in predictions:
                    predictions[key] = self._predicted_in_selection(gram, part, number)
                stimuli, predicted = predictions[key]
                measured = self._means[np.ix_(stimuli, part.neuroids)]
                scores[number, layer] = self._rdm(predicted[:, part.neuroids]) @ self._rdm(measured)
        return scores

    def _predicted_in_selection(self, gram: FeatureGram, part: Part, fold: int) -> tuple[np.ndarray, np.ndarray]:
        """Return stimuli of a part, and what the part's other stimuli predict of them."""
        linear = gram.linear()[np.ix_(part.stimuli, part.stimuli)]
        responses, groups = self._means[part.stimuli], part.groups[part.stimuli]
        alphas = ridge_alphas(linear)[::2]  # fine enough to tell layers apart
        if len(np.unique(groups)) == len(groups):
            return part.stimuli, leave_one_out_ridge(linear, responses, alphas) + responses.mean(axis=0)
        tests = two_test_sets(np.arange(len(responses)), groups, self._metric.seed + fold)
        predicted, _ = held_out_ridge(linear, responses, tests, alphas, groups)
        return part.stimuli[tests.ravel()], predicted.reshape(-1, responses.shape[1])

    def _predicted(self, gram: FeatureGram, folds: Iterable[int]) -> dict[bytes, np.ndarray]:
        """Predict the scored stimuli of folds from all others, each (n_scored, n_neuroids), by the stimuli."""
        scored = [self._folds[fold].scoring.stimuli for fold in folds]
        groups = self._folds[0].scoring.groups
        linear = gram.linear()
        found: dict[bytes, np.ndarray] = {}
        for size in sorted({len(stimuli) for stimuli in scored}):  # the halves of an odd number differ
            tests = {stimuli.tobytes(): stimuli for stimuli in scored if len(stimuli) == size}
            of_tests = held_out_ridge(
                linear, self._means, np.stack(list(tests.values())), ridge_alphas(linear), groups
            )[0]
            found.update(zip(tests, of_tests, strict=True))
        return found

    def _rdm(self, patterns: np.ndarray) -> np.ndarray:
        """Return the standardized RDM of patterns, shape (n_stimuli, n_neuroids)."""
        return standardized(pairs_of_rdm(rdm_of_patterns(patterns)), self._metric.correlation)

    @_one_blas_thread
    def evaluate(self, grams: Sequence[FeatureGram], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold; those not chosen, only in the first partition."""
        raw = np.full((len(self._folds), len(grams)), np.nan)
        for layer, gram in enumerate(grams):
            if not gram.varies_over_stimuli():
                continue
            folds = [
                fold
                for fold in range(len(self._folds))
                if chosen is None or chosen[fold] == layer or fold < FOLDS_FOR_ALL_LAYERS
            ]
            predicted = self._predicted(gram, folds)
            for fold in folds:
                part = self._folds[fold].scoring
                rdm = self._rdm(predicted[part.stimuli.tobytes()][:, part.neuroids])
                raw[fold, layer] = half_correlations(rdm[None], self.parts[fold].statistics)[0][0]
        return LayerEvaluation(raw=raw, ceiled=raw / self.ceiling, ceiling=self.ceiling, details=self.details)

    @_one_blas_thread
    def left_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.LeftOutTarget.left_out`; readouts stay as they were fitted.

        The predictions for a mouse's neuroids are left out with the mouse.
        """

        @functools.cache
        def predicted(model: int, layer: int) -> dict[bytes, np.ndarray]:
            folds = [fold for fold, of_fold in enumerate(models[model].chosen) if of_fold == layer]
            return self._predicted(models[model].layers[layer], folds)

        def models_of(fold: int, mouse: str | None) -> np.ndarray:
            part = self._folds[fold].scoring
            neuroids = part.neuroids[self._subjects[part.neuroids].astype(str) != mouse]
            rdms = []
            for number, model in enumerate(models):
                layer = model.chosen[fold]
                if model.layers[layer].varies_over_stimuli():
                    rdms.append(self._rdm(predicted(number, layer)[part.stimuli.tobytes()][:, neuroids]))
                else:
                    rdms.append(np.full(len(part.stimuli) * (len(part.stimuli) - 1) // 2, np.nan))
            return np.stack(rdms)

        return self._left_out_scores(models_of, len(models))
