"""Single-neuron regression as Brain-Score metrics and for whole layer sweeps."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from threadpoolctl import threadpool_limits

from ...core.errors import InvalidParameterError
from ...core.threads import in_threads
from ...uncertainty.correlation import pearson, pearson_with
from ...uncertainty.grouped_splits import grouped_tests
from ..assemblies import aligned_matrices
from ..feature_gram import FeatureGram
from ..layerwise import Claim, Fold, LayerwiseMetric
from .pls.held_out_pls import held_out_pls
from .pooled import pooled_correlation, rounding_of_predictions
from .regression_population import RegressionPopulation
from .regression_target import LAYERS_AT_A_TIME, RegressionTarget
from .repetition_halves import reliable_neuroids, summarized_trials
from .ridge import held_out_ridge, influences_of_similar_ridge, leave_one_out_ridge, ridge_alphas
from .training_influence import TrainingInfluence
from .two_test_sets import two_test_sets

# These matrices are too small to share between threads, and the result must not depend on how many there are.
_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")
_TEST_FRACTION = 0.1  # where two assemblies are compared


class Regression(LayerwiseMetric):
    """Predict each neuroid's responses to held-out stimuli from features; correlate with the measured ones.

    Of two assemblies, per split the median over neuroids is taken, then the mean over splits (Brain-Score's order).
    Benchmarks use a better estimator, see docs/methods.md.

    Parameters
    ----------
    n_splits : int
        Random 90/10 splits of the stimuli where two assemblies are compared.
    n_half_splits : int
        Random halves of the repetitions, by one of which benchmarks choose neuroids that are scored by the other.
    min_reliability : float
        Neuroids whose mean over all repetitions is less reliable are left out by benchmarks.
    seed : int
        Seed of all splits.

    Attributes
    ----------
    fits_neuroids_together : bool
        Whether a neuroid's readout depends on which other neuroids are fitted.
    """

    fits_neuroids_together: ClassVar[bool] = False
    # 7: errors leave stimuli out of the readouts, too.
    definition_version = 7

    def __init__(
        self,
        n_splits: int = 10,
        n_half_splits: int = 5,
        min_reliability: float = 0.3,
        seed: int = 0,
    ):
        if not 0 < min_reliability < 1:
            raise InvalidParameterError(f"min_reliability is {min_reliability}; it must be between 0 and 1.")
        for name, number in {"n_splits": n_splits, "n_half_splits": n_half_splits}.items():
            if number < 1:  # without halves, neuroids would be scored by the trials that they were chosen by
                raise InvalidParameterError(f"{name} is {number}; it must be at least 1.")
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

    def training_influences(
        self, gram: np.ndarray, responses: np.ndarray, tests: np.ndarray, predicted: np.ndarray
    ) -> Iterator[TrainingInfluence]:
        """Return what each training stimulus changes in the predictions from a layer, split by split.

        It is what it changes in the predictions of the most similar ridge regression, of ridge thus exact: to fit
        others again without each stimulus would take a hundred times as long.

        Parameters
        ----------
        gram : array of shape (n_stimuli, n_stimuli)
            Inner products of features.
        responses, tests
            As of :meth:`predictions`.
        predicted : array of shape (n_splits, n_test, n_neuroids)
            The predictions.
        """
        return influences_of_similar_ridge(gram, responses, tests, self._alphas(gram), predicted)

    def _alphas(self, gram: np.ndarray) -> np.ndarray:
        """Return the penalties of ridge regressions."""
        return ridge_alphas(gram)

    def selection_correlations(
        self, grams: np.ndarray, responses: np.ndarray, groups: np.ndarray, seed: int
    ) -> np.ndarray:
        """Correlate predicted with measured responses, to choose a layer.

        Parameters
        ----------
        grams : array of shape (n_layers, n_stimuli, n_stimuli)
            Inner products of features.
        responses : array of shape (n_stimuli, n_neuroids)
            Trial-averaged responses.
        groups : array of int, shape (n_stimuli,)
            The same number for stimuli that show the same picture.
        seed : int
            Seed of test sets.

        Returns
        -------
        array of shape (n_layers, n_neuroids)
            NaN for neuroids whose responses do not vary.
        """
        tests = two_test_sets(np.arange(len(responses)), groups, seed)

        def correlations(start: int) -> list[np.ndarray]:
            predictions = self.predictions(grams[start : start + LAYERS_AT_A_TIME], responses, tests, groups)
            return [pooled_correlation(predicted, responses[tests]) for predicted in predictions]

        # Which layers are fitted together does not depend on the number of threads, so that neither does the result.
        return np.array(list(itertools.chain(*in_threads(correlations, range(0, len(grams), LAYERS_AT_A_TIME)))))

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
        # The draws of scikit-learn's ShuffleSplit.
        generator = np.random.RandomState(self.seed)
        groups = np.arange(len(responses))
        tests = grouped_tests(groups, n_test, self.n_splits, generator)
        (predicted,) = self.predictions(FeatureGram.of_features(features).linear()[None], responses, tests, groups)
        correlations = _zero_where_constant(pearson(predicted, responses[tests], axis=1), responses[tests])
        per_split = np.nanmedian(correlations, axis=1)
        score = Score(float(per_split.mean()))
        score.attrs["error"] = _standard_error(per_split)
        score.attrs["raw"] = Score(correlations, dims=["split", "neuroid"])
        return score

    def counted_neuroids(self, trials: np.ndarray) -> np.ndarray:
        """Tell which neuroids' means over all repetitions are reliable enough."""
        return reliable_neuroids(summarized_trials(trials), self.min_reliability)

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> RegressionTarget:
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`."""
        return RegressionTarget(self, trials, subjects, folds)

    def population(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> RegressionPopulation:
        """See :meth:`brainscore_mouse.metrics.layerwise.PopulationMetric.population`."""
        return RegressionPopulation(self, trials, subjects, folds)


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
            predicted, _ = held_out_ridge(gram, responses, tests, self._alphas(gram), groups)
            yield predicted

    def _alphas(self, gram: np.ndarray) -> np.ndarray:
        return super()._alphas(gram) if self.alpha is None else np.array([self.alpha])

    def selection_correlations(
        self, grams: np.ndarray, responses: np.ndarray, groups: np.ndarray, seed: int
    ) -> np.ndarray:
        """See :meth:`Regression.selection_correlations`; where all pictures differ, each from all others."""
        if len(np.unique(groups)) < len(groups):
            return super().selection_correlations(grams, responses, groups, seed)

        measured = pearson_with(responses, axis=0)
        varies = ~np.isnan(measured(responses))
        rounding = rounding_of_predictions(responses[None])

        def correlations(gram: np.ndarray) -> np.ndarray:
            # Every second penalty is fine enough to tell layers apart.
            alphas = self._alphas(gram)[::2]
            predicted = leave_one_out_ridge(gram, responses, alphas)
            predicted[:, np.ptp(predicted, axis=0) <= rounding] = 0.0  # rounding errors are related to the responses
            found = measured(predicted)
            return np.where(np.isnan(found) & varies, 0.0, found)  # of constant predictions

        return np.array(in_threads(correlations, grams))


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
    fits_neuroids_together = True

    def __init__(self, n_components: int = 25, **options: Any):
        super().__init__(**options)
        if n_components < 1:
            raise InvalidParameterError(f"n_components is {n_components}; it must be at least 1.")
        self.n_components = n_components

    def predictions(
        self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray
    ) -> Iterator[np.ndarray]:
        """See :func:`brainscore_mouse.metrics.regression.pls.held_out_pls.held_out_pls`."""
        yield from held_out_pls(grams, responses, tests, self.n_components)


def _zero_where_constant(correlations: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Let constant predictions of responses (n_splits, n_test, n_neuroids) that do vary correlate by zero."""
    constant_prediction = np.isnan(correlations) & ~np.isnan(pearson(measured, measured, axis=1))
    return np.where(constant_prediction, 0.0, correlations)


def _standard_error(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))
