"""Single-neuron regression as Brain-Score metrics and for whole layer sweeps."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from threadpoolctl import threadpool_limits

from ...core.errors import InvalidParameterError, UnreliableDataError
from ...uncertainty.correlation import pearson
from ...uncertainty.grouped_splits import grouped_tests
from ...uncertainty.resampling import Resamples
from ...uncertainty.split_half import split_half_reliability
from ...uncertainty.weighted import weighted_median, weighted_pearson
from ..assemblies import aligned_matrices
from ..feature_gram import FeatureGram
from ..layerwise import ChosenLayers, Claim, Fold, LayerEvaluation, LayerwiseMetric, Part, mean_over_folds
from .pls import held_out_pls
from .ridge import held_out_ridge, ridge_alphas

# These matrices are too small to share between threads, and the result must not depend on how many there are.
_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")
_TEST_FRACTION = 0.1
# A layer is chosen on half of the stimuli, of which a tenth is predicted: with 40, two responses, which always
# correlate by 1 or -1; with 42, three.
MIN_STIMULI = 42
# Each fold brings stimuli and mice of its own, so that few splits of each do.
_SPLITS_PER_SCORING_PART = 2
# Enough to spread the cost of each step, few enough to stay in the cache.
_LAYERS_AT_A_TIME = 9


class Regression(LayerwiseMetric):
    """Predict each neuroid's responses to held-out stimuli from features; correlate with the measured ones.

    Per split the median over neuroids is taken, then the mean over splits (Brain-Score's order).

    Parameters
    ----------
    n_splits : int
        Random 90/10 splits of the stimuli, when all stimuli are predicted and when a layer is chosen.
    n_half_splits : int
        Random halves of the repetitions for the neuroids' reliability.
    min_reliability : float
        Neuroids whose Spearman-Brown corrected split-half reliability is lower are left out by benchmarks.
    seed : int
        Seed of all splits.
    """

    def __init__(self, n_splits: int = 10, n_half_splits: int = 50, min_reliability: float = 0.3, seed: int = 0):
        if not 0 < min_reliability < 1:
            raise InvalidParameterError(f"min_reliability is {min_reliability}; it must be between 0 and 1.")
        self.n_splits = n_splits
        self.n_half_splits = n_half_splits
        self.min_reliability = min_reliability
        self.seed = seed

    def predictions(
        self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray
    ) -> Iterator[np.ndarray]:
        """Fit a readout to all other stimuli and predict each split's test stimuli, layer by layer.

        Parameters
        ----------
        grams : array of shape (n_layers, n_stimuli, n_stimuli)
            Inner products of features, see :meth:`FeatureGram.linear`.
        responses : array of shape (n_stimuli, n_neuroids)
            Trial-averaged responses.
        tests : array of int, shape (n_splits, n_test)
            The stimuli predicted in each split.
        groups : array of int, shape (n_stimuli,)
            The same number for stimuli that show the same image, see `Part`.

        Yields
        ------
        array of shape (n_splits, n_test, n_neuroids)
        """
        raise NotImplementedError

    def tests(self, part: Part, n_splits: int, seed: int) -> np.ndarray:
        """Draw the stimuli to predict: about as many as a tenth of the fitted ones, always of the part's own.

        Returns
        -------
        array of int, shape (n_splits, n_test)
            The readout of each split is fitted to all other of the part's `fit_stimuli`.
        """
        n_test = len(part.fit_stimuli) - int((1 - _TEST_FRACTION) * len(part.fit_stimuli))
        # The draws of scikit-learn's ShuffleSplit, where each stimulus has a picture of its own.
        generator = np.random.RandomState(seed)
        return part.stimuli[grouped_tests(part.groups[part.stimuli], n_test, n_splits, generator)]

    def neuroid_correlations(
        self, grams: np.ndarray, responses: np.ndarray, parts: Sequence[Part], n_splits: int, seeds: Sequence[int]
    ) -> list[np.ndarray]:
        """Correlate predicted with measured responses on parts of the data.

        Parameters
        ----------
        grams : array of shape (n_layers, n_stimuli, n_stimuli)
            Inner products of features, see :meth:`FeatureGram.linear`.
        responses : array of shape (n_stimuli, n_neuroids)
            Trial-averaged responses of all neuroids.
        parts : sequence of Part
            What to fit and predict.
        n_splits : int
            Random splits of each part's stimuli.
        seeds : sequence of int
            Seed of each part's splits.

        Returns
        -------
        list of array of shape (n_layers, n_splits, n_part_neuroids)
            Zero where the prediction is constant; NaN where the measured responses are.
        """
        return [
            self._correlations(grams, responses, part, part.neuroids, self.tests(part, n_splits, seed))
            for part, seed in zip(parts, seeds, strict=True)
        ]

    def _correlations(
        self, grams: np.ndarray, responses: np.ndarray, part: Part, neuroids: np.ndarray, tests: np.ndarray
    ) -> np.ndarray:
        """Correlate predicted with measured responses in each split, shape (n_layers, n_splits, n_chosen_neuroids)."""
        stimuli = part.fit_stimuli
        responses = responses[np.ix_(stimuli, neuroids)]
        tests = np.searchsorted(stimuli, tests)
        measured = responses[tests]
        measurable = ~np.isnan(pearson(measured, measured, axis=1))
        correlations = np.empty((len(grams), *measurable.shape))

        def correlate(start: int) -> None:
            some = grams[start : start + _LAYERS_AT_A_TIME][:, stimuli[:, None], stimuli]
            for layer, predicted in enumerate(self.predictions(some, responses, tests, part.groups[stimuli]), start):
                correlation = pearson(predicted, measured, axis=1)
                correlations[layer] = np.where(np.isnan(correlation) & measurable, 0.0, correlation)

        # Which layers are fitted together does not depend on the number of threads, so that neither does the result.
        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            list(threads.map(correlate, range(0, len(grams), _LAYERS_AT_A_TIME)))
        return correlations

    @_one_blas_thread
    def __call__(self, source: NeuroidAssembly, target: NeuroidAssembly) -> Score:
        """Cross-validate the prediction of one assembly from another of the same stimuli.

        Parameters
        ----------
        source, target : NeuroidAssembly
            presentation x neuroid; repeated presentations are averaged. All target neuroids take part.

        Returns
        -------
        Score
            Not ceiled; attrs: `error` (standard error over splits), `raw` (split x neuroid correlations).
        """
        features, responses = aligned_matrices(source, target)
        everything = np.arange(len(responses))
        part = Part(everything, everything, np.arange(responses.shape[1]), groups=everything)
        grams = FeatureGram.of_features(features).linear()[None]
        ((correlations,),) = self.neuroid_correlations(grams, responses, [part], self.n_splits, [self.seed])
        per_split = np.nanmedian(correlations, axis=1)
        score = Score(float(per_split.mean()))
        score.attrs["error"] = _standard_error(per_split)
        score.attrs["raw"] = Score(correlations, dims=["split", "neuroid"])
        return score

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> "RegressionTarget":
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`."""
        return RegressionTarget(self, trials, subjects, folds)


class Ridge(Regression):
    """Ridge regression; the penalty is chosen per neuroid by leave-one-out on the training stimuli.

    Parameters
    ----------
    alpha : float, optional
        A fixed penalty for all neuroids, as scikit-learn's. Default: chosen per neuroid from ten, which span six
        decades around the mean squared norm of the training features.
    **options
        See :class:`Regression`.
    """

    identifier = "ridge"

    def __init__(self, alpha: float | None = None, **options: Any):
        super().__init__(**options)
        if alpha is not None and not alpha > 0:
            raise InvalidParameterError(f"alpha is {alpha}; it must be positive.")
        self.alpha = alpha

    @property
    def claims(self) -> frozenset[Claim]:
        """See `LayerwiseMetric`; with a fixed penalty the scale of features matters."""
        return super().claims if self.alpha is None else super().claims - {"scale-invariant"}

    def predictions(
        self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray
    ) -> Iterator[np.ndarray]:
        """See :func:`brainscore_mouse.metrics.regression.ridge.held_out_ridge`."""
        for gram in grams:
            alphas = ridge_alphas(gram) if self.alpha is None else np.array([self.alpha])
            predicted, _ = held_out_ridge(gram, responses, tests, alphas, groups)
            yield predicted

    def neuroid_correlations(
        self, grams: np.ndarray, responses: np.ndarray, parts: Sequence[Part], n_splits: int, seeds: Sequence[int]
    ) -> list[np.ndarray]:
        """See :meth:`Regression.neuroid_correlations`."""
        stimuli = parts[0].fit_stimuli
        if any(not np.array_equal(part.fit_stimuli, stimuli) for part in parts):
            return super().neuroid_correlations(grams, responses, parts, n_splits, seeds)
        # Each neuroid is fitted on its own, so that parts which are fitted to the same stimuli share all but their
        # splits.
        neuroids = np.unique(np.concatenate([part.neuroids for part in parts]))
        tests = [self.tests(part, n_splits, seed) for part, seed in zip(parts, seeds, strict=True)]
        correlations = self._correlations(grams, responses, parts[0], neuroids, np.concatenate(tests))
        return [
            correlations[:, number * n_splits : (number + 1) * n_splits][:, :, np.searchsorted(neuroids, part.neuroids)]
            for number, part in enumerate(parts)
        ]


class PLS(Regression):
    """Partial least squares regression.

    Parameters
    ----------
    n_components : int
        Components; 25 as in Brain-Score.
    **options
        See :class:`Regression`.
    """

    identifier = "pls"

    def __init__(self, n_components: int = 25, **options: Any):
        super().__init__(**options)
        if n_components < 1:
            raise InvalidParameterError(f"n_components is {n_components}; it must be at least 1.")
        self.n_components = n_components

    def predictions(
        self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray
    ) -> Iterator[np.ndarray]:
        """See :func:`brainscore_mouse.metrics.regression.pls.held_out_pls`."""
        yield from held_out_pls(grams, responses, tests, self.n_components)


class RegressionTarget:
    """Reliable neuroids and their ceilings; a :class:`~brainscore_mouse.metrics.layerwise.NeuralTarget`."""

    def __init__(self, metric: Regression, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(
                f"Regression needs at least {MIN_STIMULI} stimuli, so that some can be held out twice; there are "
                f"{trials.shape[1]}."
            )
        self._metric = metric
        self._responses = np.nanmean(trials, axis=0, dtype=np.float64)
        reliability = split_half_reliability(trials, metric.n_half_splits, np.random.default_rng(metric.seed))
        reliable = reliability >= metric.min_reliability  # False for NaN
        self._folds = [Fold(_only(fold.selection, reliable), _only(fold.scoring, reliable)) for fold in folds]
        counts = [len(part.neuroids) for fold in self._folds for part in (fold.selection, fold.scoring)]
        if min(counts) == 0:
            raise UnreliableDataError(
                f"Only {int(reliable.sum())} of {len(subjects)} neuroids reach a split-half reliability of "
                f"{metric.min_reliability}, none in one half of the mice. Use more neuroids or repetitions."
            )
        # The correlation of a noise-free prediction with the trial average is the root of its reliability.
        self._neuroid_ceilings = np.sqrt(np.where(reliable, reliability, np.nan))
        fold_ceilings = [self._neuroid_ceilings[fold.scoring.neuroids] for fold in self._folds]
        self.ceiling = float(np.mean([np.median(ceilings) for ceilings in fold_ceilings]))
        generator = np.random.default_rng(metric.seed)
        self.ceiling_error = float(
            np.mean([_bootstrapped_median_error(ceilings, generator) for ceilings in fold_ceilings])
            / np.sqrt(len(folds))
        )
        self.details: dict[str, Any] = {
            "n_neuroids": int(reliable.sum()),
            "n_neuroids_below_reliability": int((~reliable).sum()),
            "min_reliability": metric.min_reliability,
        }

    @_one_blas_thread
    def selection_scores(self, grams: Sequence[FeatureGram], fold: int) -> np.ndarray:
        """Compare layers on a fold's selection part, shape (n_layers,), NaN for a layer that does not vary."""
        (correlations,) = self._correlations(grams, [fold], [self._folds[fold].selection], self._metric.n_splits)
        return _medians(correlations).mean(axis=1)

    def _correlations(
        self, grams: Sequence[FeatureGram], folds: Sequence[int], parts: Sequence[Part], n_splits: int
    ) -> list[np.ndarray]:
        """Correlate predictions with responses, per part, shape (n_layers, n_splits, n_neuroids)."""
        varies = np.array([gram.varies_over_stimuli() for gram in grams])
        linear = np.array([gram.linear() for gram, useful in zip(grams, varies, strict=True) if useful])
        seeds = [self._metric.seed + fold for fold in folds]  # so that the folds do not all split alike
        of_varying = self._metric.neuroid_correlations(linear, self._responses, parts, n_splits, seeds)
        correlations = [np.full((len(grams), *of_part.shape[1:]), np.nan) for of_part in of_varying]
        for of_part, of_part_varying in zip(correlations, of_varying, strict=True):
            of_part[varies] = of_part_varying
        return correlations

    @_one_blas_thread
    def evaluate(self, grams: Sequence[FeatureGram]) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold."""
        raw, ceiled, of_neuroids, n_constant = [], [], [], 0
        parts = [fold.scoring for fold in self._folds]
        of_parts = self._correlations(grams, range(len(parts)), parts, _SPLITS_PER_SCORING_PART)
        for part, correlations in zip(parts, of_parts, strict=True):
            raw.append(_medians(correlations))
            relative = correlations / self._neuroid_ceilings[part.neuroids]
            ceiled.append(_medians(relative))
            of_neuroids.append(relative)
            # A property of the recordings, the same for all layers that are compared.
            n_constant += int(np.isnan(correlations).sum(axis=(1, 2)).min())

        def standard_error(chosen: Sequence[int]) -> float:
            return _standard_error(np.concatenate([ceiled[fold][layer] for fold, layer in enumerate(chosen)]))

        def illustration(chosen: Sequence[int]) -> dict[str, Any]:
            of_chosen = [relative[layer] for relative, layer in zip(of_neuroids, chosen, strict=True)]
            neuroids = [part.neuroids for part in parts]
            return {"neuroid_scores": neuroid_means(of_chosen, neuroids, self._responses.shape[1]).round(4).tolist()}

        n_splits = len(self._folds) * _SPLITS_PER_SCORING_PART
        return LayerEvaluation(
            raw=np.mean(raw, axis=2),
            ceiled=np.mean(ceiled, axis=2),
            ceiling=self.ceiling,
            ceiling_error=self.ceiling_error,
            standard_error=standard_error,
            error_kind=f"standard error over {n_splits} cross-validation splits of the same recordings",
            details={**self.details, "n_constant_in_test_stimuli": n_constant},
            illustration=illustration,
        )

    @_one_blas_thread
    def resampled(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """See :meth:`brainscore_mouse.metrics.layerwise.NeuralTarget.resampled`; ceilings are held fixed."""
        draws = []
        for number, fold in enumerate(self._folds):
            part = fold.scoring
            tests = self._metric.tests(part, _SPLITS_PER_SCORING_PART, self._metric.seed + number)
            neuroids = resamples.neuroids[:, part.neuroids]
            predictions = [self._predictions(model.of_fold(number), part, tests) for model in models]
            for split, test in enumerate(tests):
                measured = self._responses[np.ix_(test, part.neuroids)]
                correlations = [
                    weighted_pearson(predicted[split], measured, resamples.stimuli[:, test])
                    for predicted in predictions
                ]
                ceilings = self._neuroid_ceilings[part.neuroids]
                draws.append(np.stack([weighted_median(of_model / ceilings, neuroids) for of_model in correlations]))
        return mean_over_folds(np.stack(draws))

    def _predictions(self, gram: FeatureGram, part: Part, tests: np.ndarray) -> np.ndarray:
        """Predict the test stimuli of each split from one layer, shape (n_splits, n_test, n_neuroids)."""
        stimuli = part.fit_stimuli
        linear = gram.linear()[np.ix_(stimuli, stimuli)]
        responses = self._responses[np.ix_(stimuli, part.neuroids)]
        own_tests = np.searchsorted(stimuli, tests)
        (predicted,) = self._metric.predictions(linear[None], responses, own_tests, part.groups[stimuli])
        return predicted


def _only(part: Part, reliable: np.ndarray) -> Part:
    return replace(part, neuroids=part.neuroids[reliable[part.neuroids]])


def _medians(correlations: np.ndarray) -> np.ndarray:
    """Return medians over neuroids, shape (n_layers, n_splits); NaN for a layer that has no correlations."""
    medians = np.full(correlations.shape[:2], np.nan)
    defined = ~np.isnan(correlations).all(axis=(1, 2))
    medians[defined] = np.nanmedian(correlations[defined], axis=2)
    return medians


def neuroid_means(scores: Sequence[np.ndarray], neuroids: Sequence[np.ndarray], n_neuroids: int) -> np.ndarray:
    """Average the scores of each neuroid over all splits of all parts that it is in.

    Parameters
    ----------
    scores : sequence of array of shape (n_splits, n_part_neuroids)
        By part; NaN where undefined.
    neuroids : sequence of array of int, shape (n_part_neuroids,)
        Which neuroids each part has.
    n_neuroids : int
        How many there are in all.

    Returns
    -------
    array of shape (n_neuroids,)
        NaN for a neuroid that has no score.
    """
    totals, counts = np.zeros(n_neuroids), np.zeros(n_neuroids)
    for of_part, indices in zip(scores, neuroids, strict=True):
        totals[indices] += np.nansum(of_part, axis=0)
        counts[indices] += np.isfinite(of_part).sum(axis=0)
    return np.divide(totals, counts, out=np.full(n_neuroids, np.nan), where=counts > 0)


def _standard_error(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def _bootstrapped_median_error(values: np.ndarray, generator: np.random.Generator) -> float:
    draws = generator.choice(values, size=(1000, len(values)))
    return float(np.std(np.median(draws, axis=1), ddof=1))
