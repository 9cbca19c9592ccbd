"""Single-neuron regression as Brain-Score metrics and for whole layer sweeps."""

import itertools
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import torch
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from sklearn.model_selection import ShuffleSplit
from threadpoolctl import threadpool_limits

from ...core.errors import InvalidParameterError, UnreliableDataError
from ...uncertainty.correlation import pearson
from ...uncertainty.leave_one_out import jackknife, leave_one_out, leave_one_out_scores
from ...uncertainty.resampling import DistinctResamples, Resamples, distinct_resamples
from ...uncertainty.split_half import spearman_brown
from ..assemblies import aligned_matrices
from ..feature_gram import FeatureGram
from ..layerwise import ChosenLayers, Fold, LayerEvaluation, LayerwiseMetric, mean_over_folds
from .pls import held_out_pls
from .pooled import pooled_correlation, pooled_reliability, signal_share
from .repetition_halves import TrialSummary, halves_of_repetitions, summarized_trials
from .ridge import held_out_ridge, leave_one_out_ridge, ridge_alphas

# These matrices are too small to share between threads, and the result must not depend on how many there are.
_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")
_TEST_FRACTION = 0.1  # where two assemblies are compared
# A layer is chosen on half of the stimuli, of which half is predicted by the rest: ten by ten.
MIN_STIMULI = 40
# Below, the correction for noise is biased by more than 0.02, see docs/calibration.md.
MIN_CEILING = 0.5
# The first partition: a curve over layers need not be as exact as the score.
_FOLDS_FOR_ALL_LAYERS = 4
# Enough to spread the cost of each step, few enough to stay in the cache.
_LAYERS_AT_A_TIME = 9


class Regression(LayerwiseMetric):
    """Predict each neuroid's responses to held-out stimuli from features; correlate with the measured ones.

    Of two assemblies, per split the median over neuroids is taken, then the mean over splits (Brain-Score's order).
    Benchmarks use a better estimator, see docs/methods.md.

    Parameters
    ----------
    n_splits : int
        Random 90/10 splits of the stimuli where two assemblies are compared.
    n_test_sets : int
        Sets that benchmarks share out the stimuli of a part between; each is predicted by a readout of its own.
    n_half_splits : int
        Random halves of the repetitions, by one of which benchmarks choose neuroids that are scored by the other.
    min_reliability : float
        Neuroids whose mean over all repetitions is less reliable are left out by benchmarks.
    seed : int
        Seed of all splits.
    """

    def __init__(
        self,
        n_splits: int = 10,
        n_test_sets: int = 2,
        n_half_splits: int = 5,
        min_reliability: float = 0.3,
        seed: int = 0,
    ):
        if not 0 < min_reliability < 1:
            raise InvalidParameterError(f"min_reliability is {min_reliability}; it must be between 0 and 1.")
        self.n_splits = n_splits
        if n_test_sets < 2:
            raise InvalidParameterError(f"n_test_sets is {n_test_sets}; it must be at least 2.")
        self.n_test_sets = n_test_sets
        self.n_half_splits = n_half_splits
        self.min_reliability = min_reliability
        self.seed = seed

    def predictions(self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray) -> Iterator[np.ndarray]:
        """Fit a readout to all other stimuli and predict each split's test stimuli, layer by layer.

        Parameters
        ----------
        grams : array of shape (n_layers, n_stimuli, n_stimuli)
            Inner products of features, see :meth:`FeatureGram.linear`.
        responses : array of shape (n_stimuli, n_neuroids)
            Trial-averaged responses.
        tests : array of int, shape (n_splits, n_test)
            The stimuli predicted in each split.

        Yields
        ------
        array of shape (n_splits, n_test, n_neuroids)
        """
        raise NotImplementedError

    def test_sets(self, stimuli: np.ndarray, seed: int) -> np.ndarray:
        """Share out stimuli at random between equally large test sets; what is left over is in none.

        Returns
        -------
        array of int, shape (n_sets, n_test)
            Each set is predicted by a readout that was fitted without it.
        """
        n_test = len(stimuli) // self.n_test_sets
        order = np.random.default_rng(seed).permutation(stimuli)
        return order[: self.n_test_sets * n_test].reshape(self.n_test_sets, n_test)

    def of_predictions(
        self,
        reduce: Callable[[np.ndarray], Any],
        grams: np.ndarray,
        responses: np.ndarray,
        stimuli: np.ndarray,
        tests: np.ndarray,
    ) -> list[Any]:
        """Predict test stimuli from each layer by readouts fitted to all other of some stimuli.

        Parameters
        ----------
        reduce : callable
            Takes the predictions of a layer, shape (n_sets, n_test, n_neuroids), and returns what is kept of them.
        grams : array of shape (n_layers, n_stimuli, n_stimuli)
            Inner products of features.
        responses : array of shape (n_stimuli, n_neuroids)
            Trial-averaged responses.
        stimuli : array of int
            Stimuli to fit on, those of each test set excepted; ascending.
        tests : array of int, shape (n_sets, n_test)
            Of these stimuli.

        Returns
        -------
        list
            What is kept, by layer.
        """
        within = np.searchsorted(stimuli, tests)

        def reduced(start: int) -> list[Any]:
            some = grams[start : start + _LAYERS_AT_A_TIME][:, stimuli[:, None], stimuli]
            return [reduce(predicted) for predicted in self.predictions(some, responses[stimuli], within)]

        # Which layers are fitted together does not depend on the number of threads, so that neither does the result.
        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            return list(itertools.chain(*threads.map(reduced, range(0, len(grams), _LAYERS_AT_A_TIME))))

    def selection_scores(self, grams: np.ndarray, responses: np.ndarray, seed: int) -> np.ndarray:
        """Compare layers by how well they predict responses, to choose one of them.

        Parameters
        ----------
        grams : array of shape (n_layers, n_stimuli, n_stimuli)
            Inner products of features.
        responses : array of shape (n_stimuli, n_neuroids)
            Trial-averaged responses.
        seed : int
            Seed of test sets.

        Returns
        -------
        array of shape (n_layers,)
            The mean correlation over neuroids.
        """
        tests = np.random.default_rng(seed).permutation(len(responses) // 2 * 2).reshape(2, -1)
        once = np.ones((1, *tests.shape), dtype=np.int64)

        def mean_correlation(predicted: np.ndarray) -> float:
            return float(np.nanmean(pooled_correlation(predicted, responses[tests], once)))

        everything = np.arange(len(responses))
        return np.array(self.of_predictions(mean_correlation, grams, responses, everything, tests))

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
        n_test = len(responses) - int((1 - _TEST_FRACTION) * len(responses))
        shuffle = ShuffleSplit(n_splits=self.n_splits, test_size=n_test, random_state=self.seed)
        tests = np.stack([test for _, test in shuffle.split(responses)])
        (predicted,) = self.predictions(FeatureGram.of_features(features).linear()[None], responses, tests)
        measured = responses[tests]
        correlations = pearson(predicted, measured, axis=1)
        constant_prediction = np.isnan(correlations) & ~np.isnan(pearson(measured, measured, axis=1))
        correlations[constant_prediction] = 0.0
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

    def predictions(self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray) -> Iterator[np.ndarray]:
        """See :func:`brainscore_mouse.metrics.regression.ridge.held_out_ridge`."""
        for gram in grams:
            alphas = ridge_alphas(gram) if self.alpha is None else np.array([self.alpha])
            predicted, _ = held_out_ridge(gram, responses, tests, alphas)
            yield predicted

    def selection_scores(self, grams: np.ndarray, responses: np.ndarray, seed: int) -> np.ndarray:
        """See :meth:`Regression.selection_scores`; each stimulus is predicted from all others, which needs no seed."""

        def mean_correlation(gram: np.ndarray) -> float:
            # Every second penalty is fine enough to tell layers apart.
            alphas = ridge_alphas(gram)[::2] if self.alpha is None else np.array([self.alpha])
            predicted = leave_one_out_ridge(gram, responses, alphas)
            correlation = pearson(predicted, responses, axis=0)
            constant_prediction = np.isnan(correlation) & (responses != responses[0]).any(axis=0)
            return float(np.nanmean(np.where(constant_prediction, 0.0, correlation)))

        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            return np.array(list(threads.map(mean_correlation, grams)))


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

    def predictions(self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray) -> Iterator[np.ndarray]:
        """See :func:`brainscore_mouse.metrics.regression.pls.held_out_pls`."""
        yield from held_out_pls(grams, responses, tests, self.n_components)


class RegressionTarget:
    """One population's responses and what can be explained of them; a NeuralTarget.

    Neuroids are chosen for their reliability in one half of the repetitions, and scored in the other half, and the
    other way round: those that are reliable by luck in one half are not in the other.
    """

    def __init__(self, metric: Regression, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(
                f"Regression needs at least {MIN_STIMULI} stimuli, so that some can be held out twice; there are "
                f"{trials.shape[1]}."
            )
        self._metric = metric
        self._subjects = subjects
        self._folds = folds
        self._responses = np.nanmean(trials, axis=0, dtype=np.float64)
        self._halves = halves_of_repetitions(trials, subjects, metric.n_half_splits, np.random.default_rng(metric.seed))
        everything = summarized_trials(trials)
        reliable = signal_share(everything.means, everything.noise) >= metric.min_reliability  # False for NaN
        self._selection_neuroids = [fold.selection.neuroids[reliable[fold.selection.neuroids]] for fold in folds]
        self._views = list(self._make_views(everything))
        # Errors need the predictions that the score was made of; they are kept as long as the layer.
        self._kept: dict[int, tuple[weakref.ref[FeatureGram], dict[bytes, np.ndarray]]] = {}
        n_reliable = int(reliable.sum())
        if not self._views or min(map(len, self._selection_neuroids)) == 0:
            raise UnreliableDataError(
                f"Only {n_reliable} of {len(subjects)} neuroids reach a reliability of {metric.min_reliability}, none "
                "in one half of the mice. Use more neuroids or repetitions."
            )
        reliability = float(np.mean([view.reliability.mean() for view in self._views]))
        # The mean of square roots is below the root of the mean, by their spread.
        spread = float(np.mean([view.covariance_of_reliabilities() for view in self._views]))
        self._below_root = 1 - max(spread, 0.0) / max(reliability, 1e-9) ** 2 / 8
        if not reliability > MIN_CEILING**2:
            raise UnreliableDataError(
                f"The ceiling is {np.sqrt(max(reliability, 0.0)):.3f} ({n_reliable} of {len(subjects)} neuroids reach "
                f"a reliability of {metric.min_reliability}); below {MIN_CEILING} the correction for noise is biased. "
                "Use more reliable neuroids, or more repetitions."
            )
        self.ceiling = self._ceiling(reliability)
        self.details: dict[str, Any] = {
            "n_neuroids": n_reliable,
            "n_neuroids_below_reliability": len(subjects) - n_reliable,
            "min_reliability": metric.min_reliability,
            "n_constant_in_test_stimuli": len({n for view in self._views for n in view.constant}),
        }

    def _make_views(self, everything: TrialSummary) -> Iterator["_View"]:
        """Yield each fold's responses to score, once for each half of the repetitions that can be scored."""
        numbers: dict[bytes, int] = {}
        for fold_number, fold in enumerate(self._folds):
            stimuli, neuroids = fold.scoring.stimuli, fold.scoring.neuroids
            # The folds that score the same stimuli (in other mice) share their readouts.
            number = numbers.setdefault(stimuli.tobytes(), len(numbers))
            tests = self._metric.test_sets(stimuli, self._metric.seed + number)
            if not self._halves:  # too few trials to choose by some and score by others
                yield from _View.of_all_trials(fold_number, tests, neuroids, everything)
                continue
            halves = self._halves[number % len(self._halves)]
            for chosen_by, scored in itertools.permutations(halves):
                yield from _View.of_halves(
                    fold_number, tests, neuroids, chosen_by, scored, self._metric.min_reliability
                )

    def _ceiling(self, reliability: Any) -> Any:
        return np.sqrt(np.maximum(reliability, 0.0)) * self._below_root

    @cached_property
    def ceiling_error(self) -> float:
        """Standard error of the ceiling over stimuli and mice."""
        n_stimuli = len(self._responses)
        ceilings = self._ceilings(distinct_resamples(leave_one_out(n_stimuli, self._subjects)))
        left_out = leave_one_out_scores(ceilings, n_stimuli, self._subjects)
        return jackknife(left_out.values[0], "both" if left_out.mice else "stimuli").error

    @_one_blas_thread
    def selection_scores(self, grams: Sequence[FeatureGram], fold: int) -> np.ndarray:
        """Compare layers on a fold's selection part, shape (n_layers,), NaN for a layer that does not vary."""
        stimuli = self._folds[fold].selection.stimuli
        responses = self._responses[np.ix_(stimuli, self._selection_neuroids[fold])]
        scores = np.full(len(grams), np.nan)
        varying, linear = _varying(grams)
        scores[varying] = self._metric.selection_scores(
            linear[:, stimuli[:, None], stimuli], responses, self._metric.seed + fold
        )
        return scores

    def _predictions(self, gram: FeatureGram, numbers: Sequence[int]) -> list[np.ndarray | None]:
        """Predict the test sets of some views from a layer.

        Returns
        -------
        list of array of shape (n_sets, n_test, n_neuroids), or None
            Of each view's neuroids; None where the layer does not vary over stimuli.
        """
        if not gram.varies_over_stimuli():
            return [None] * len(numbers)
        kept = self._kept_predictions(gram)
        # Views of the same stimuli share their readouts, which are fitted to the neuroids of all mice.
        missing = {self._views[number].sets: self._views[number].tests for number in numbers}
        missing = {sets: tests for sets, tests in missing.items() if sets not in kept}
        if missing:
            stimuli = self._folds[0].scoring.fit_stimuli
            within = np.searchsorted(stimuli, np.concatenate(list(missing.values())))
            linear = gram.linear()[np.ix_(stimuli, stimuli)]
            (predicted,) = self._metric.predictions(linear[None], self._responses[stimuli], within)
            kept.update(zip(missing, np.split(predicted, len(missing)), strict=True))
        return [kept[self._views[number].sets][:, :, self._views[number].neuroids] for number in numbers]

    def _kept_predictions(self, gram: FeatureGram) -> dict[bytes, np.ndarray]:
        self._kept = {key: entry for key, entry in self._kept.items() if entry[0]() is not None}
        if id(gram) not in self._kept:
            self._kept[id(gram)] = weakref.ref(gram), {}
        return self._kept[id(gram)][1]

    @_one_blas_thread
    def evaluate(self, grams: Sequence[FeatureGram], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold; those not chosen there on the first folds only."""
        correlations: list[dict[int, np.ndarray]] = [{} for _ in self._views]
        for layer, gram in enumerate(grams):
            numbers = [
                number
                for number, view in enumerate(self._views)
                if chosen is None or chosen[view.fold] == layer or view.fold < _FOLDS_FOR_ALL_LAYERS
            ]
            for number, predicted in zip(numbers, self._predictions(gram, numbers), strict=True):
                if predicted is not None:
                    correlations[number][layer] = self._views[number].correlation(predicted)
        folds = np.array([view.fold for view in self._views])
        of_views = np.full((len(self._views), len(grams)), np.nan)
        for number, of_view in enumerate(correlations):
            for layer, of_layer in of_view.items():
                of_views[number, layer] = of_layer.mean()
        raw = np.full((len(self._folds), len(grams)), np.nan)
        for fold in np.unique(folds):
            raw[fold] = of_views[folds == fold].mean(axis=0)

        def illustration(chosen: Sequence[int]) -> dict[str, Any]:
            neuroids = [view.neuroids for view in self._views]
            of_chosen = [correlations[chosen[view.fold]][number][None] for number, view in enumerate(self._views)]
            n_neuroids = len(self._subjects)
            correlation = neuroid_means(of_chosen, neuroids, n_neuroids)
            reliability = neuroid_means([view.reliability[None] for view in self._views], neuroids, n_neuroids)
            reliability = np.where(reliability > 0, reliability, np.nan)
            return {"neuroid_scores": (correlation / np.sqrt(reliability)).round(4).tolist()}

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            ceiling_error=self.ceiling_error,
            details=self.details,
            illustration=illustration,
        )

    @_one_blas_thread
    def resampled(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """See :meth:`brainscore_mouse.metrics.layerwise.ResampledTarget.resampled`; ceilings are those of each draw."""
        distinct = distinct_resamples(resamples)
        raw = np.full((len(self._views), len(models), len(resamples.stimuli)), np.nan)
        for row, model in enumerate(models):
            for layer in sorted(set(model.chosen)):
                numbers = [number for number, view in enumerate(self._views) if model.chosen[view.fold] == layer]
                for number, predicted in zip(numbers, self._predictions(model.layers[layer], numbers), strict=True):
                    if predicted is not None:
                        raw[number, row] = self._views[number].mean_correlation(predicted, distinct)
        with np.errstate(invalid="ignore", divide="ignore"):
            return mean_over_folds(raw) / self._ceilings(distinct)

    def _ceilings(self, distinct: DistinctResamples) -> np.ndarray:
        """Return the ceiling in each draw, shape (1, n_draws)."""
        reliability = np.stack([view.mean_reliability(distinct)[None] for view in self._views])
        return self._ceiling(mean_over_folds(reliability))


class _View:
    """The responses of some neuroids to the test sets of a fold, in one half of the repetitions.

    Parameters
    ----------
    fold : int
        Number of the fold.
    tests : array of int, shape (n_sets, n_test)
        The stimuli to predict.
    neuroids : array of int, shape (n_neuroids,)
        Those that are scored.
    summary : TrialSummary
        Means over the trials that are scored, of all neuroids.
    other_reliability : array of shape (n_neuroids,), optional
        An estimate from other trials. Without it, the two halves of the test sets have to do.
    """

    def __init__(
        self,
        fold: int,
        tests: np.ndarray,
        neuroids: np.ndarray,
        summary: TrialSummary,
        other_reliability: np.ndarray | None,
    ):
        self.fold = fold
        self.tests = tests
        self.sets = tests.tobytes()
        index = tests[:, :, None], neuroids
        measured, noise = summary.means[index], summary.noise[index]
        reliability = pooled_reliability(measured, noise, np.ones((1, *tests.shape), dtype=np.int64))[0]
        defined = ~np.isnan(reliability)
        self.constant = neuroids[~defined].tolist()
        self.neuroids = neuroids[defined]
        self.reliability = reliability[defined]
        self._measured, self._noise = measured[:, :, defined], noise[:, :, defined]
        self._other_reliability = None if other_reliability is None else other_reliability[defined]

    @classmethod
    def of_all_trials(
        cls, fold: int, tests: np.ndarray, neuroids: np.ndarray, everything: TrialSummary
    ) -> Iterator["_View"]:
        """Yield a view of all neuroids, unless all are constant."""
        view = cls(fold, tests, neuroids, everything, None)
        if len(view.neuroids):
            yield view

    @classmethod
    def of_halves(
        cls,
        fold: int,
        tests: np.ndarray,
        neuroids: np.ndarray,
        chosen_by: TrialSummary,
        scored: TrialSummary,
        min_reliability: float,
    ) -> Iterator["_View"]:
        """Yield a view of the neuroids that one half says are reliable in all repetitions, as the other has them."""
        of_half = signal_share(chosen_by.means[:, neuroids], chosen_by.noise[:, neuroids])
        n_times = 1 + scored.n_trials / chosen_by.n_trials
        chosen = (of_half > 0) & (spearman_brown(np.maximum(of_half, 0.0), n_times) >= min_reliability)
        if chosen.any():
            view = cls(fold, tests, neuroids[chosen], scored, of_half[chosen])
            if len(view.neuroids):
                yield view

    def covariance_of_reliabilities(self) -> float:
        """Estimate the variance of the true reliability over neuroids, by two independent estimates of each."""
        if len(self.neuroids) < 2:
            return 0.0
        if self._other_reliability is not None:
            return float(np.cov(self._other_reliability, self.reliability)[0, 1])
        half = len(self.tests) // 2
        halves = [
            pooled_reliability(measured, noise, np.ones((1, *measured.shape[:2]), dtype=np.int64))[0]
            for measured, noise in (
                (self._measured[:half], self._noise[:half]),
                (self._measured[half:], self._noise[half:]),
            )
        ]
        defined = ~np.isnan(halves).any(axis=0)
        return float(np.cov(halves[0][defined], halves[1][defined])[0, 1]) if defined.sum() > 1 else 0.0

    def correlation(self, predicted: np.ndarray) -> np.ndarray:
        """Correlate predictions with responses, shape (n_neuroids,)."""
        once = np.ones((1, *self.tests.shape), dtype=np.int64)
        return pooled_correlation(predicted, self._measured, once)[0]

    def mean_correlation(self, predicted: np.ndarray, distinct: DistinctResamples) -> np.ndarray:
        """Average correlations over neuroids in each draw, shape (n_draws,)."""
        return self._mean(lambda counts: pooled_correlation(predicted, self._measured, counts), distinct)

    def mean_reliability(self, distinct: DistinctResamples) -> np.ndarray:
        """Average reliabilities over neuroids in each draw, shape (n_draws,)."""
        return self._mean(lambda counts: pooled_reliability(self._measured, self._noise, counts), distinct)

    def _mean(self, of_counts: Callable[[np.ndarray], np.ndarray], distinct: DistinctResamples) -> np.ndarray:
        values = of_counts(distinct.stimuli[:, self.tests])
        weights = distinct.neuroids[:, self.neuroids].astype(np.float64)
        defined = ~np.isnan(values)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(defined, values, 0.0) @ weights.T / (defined @ weights.T)
        return means[distinct.stimuli_of_draw, distinct.neuroids_of_draw]


def _varying(grams: Sequence[FeatureGram]) -> tuple[list[int], np.ndarray]:
    """Return the layers that vary over stimuli, and their inner products."""
    varying = [layer for layer, gram in enumerate(grams) if gram.varies_over_stimuli()]
    return varying, np.array([grams[layer].linear() for layer in varying])


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
