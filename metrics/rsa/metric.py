"""Representational similarity analysis (RSA) as a Brain-Score metric and for whole layer sweeps."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import torch
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from threadpoolctl import threadpool_limits

from ...core.errors import InvalidParameterError, UnreliableDataError
from ...uncertainty.resampling import Resamples, bootstrap_counts
from ...uncertainty.split_half import half_means
from ..assemblies import aligned_matrices
from ..feature_gram import FeatureGram
from ..layerwise import ChosenLayers, Fold, LayerEvaluation, LayerwiseMetric, mean_over_folds
from .bootstrap import bootstrapped_comparison
from .ceiling import ceiling_of_halves, leave_one_mouse_out, nili_upper_bound
from .compare_pairs import CORRELATIONS, Correlation, compare_pairs
from .rdm import pairs_of_rdm, rdm_from_gram, rdm_of_patterns, rdms_of_drawn_units
from .rdm_picture import encoded_rdm

MIN_STIMULI = 8


class RSA(LayerwiseMetric):
    """Correlate the upper triangles of two RDMs (1 - Pearson over neuroids of trial-averaged responses).

    Parameters
    ----------
    correlation : {'spearman', 'pearson', 'kendall'}
        How RDMs are compared.
    n_half_splits : int
        Random halves of the repetitions for the ceiling.
    n_bootstraps : int
        Draws of stimuli for the standard error.
    seed : int
        Seed of splits and draws.

    Raises
    ------
    InvalidParameterError
        If the correlation is not one of those above.
    """

    identifier = "rsa"

    def __init__(
        self,
        correlation: Correlation = "spearman",
        n_half_splits: int = 50,
        n_bootstraps: int = 1000,
        seed: int = 0,
    ):
        if correlation not in CORRELATIONS:
            raise InvalidParameterError(f"correlation is {correlation!r}; use one of {CORRELATIONS}.")
        self.correlation: Correlation = correlation
        self.n_half_splits = n_half_splits
        self.n_bootstraps = n_bootstraps
        self.seed = seed

    def __call__(self, source: NeuroidAssembly, target: NeuroidAssembly) -> Score:
        """Compare two assemblies of the same stimuli.

        Parameters
        ----------
        source, target : NeuroidAssembly
            presentation x neuroid; repeated presentations are averaged.

        Returns
        -------
        Score
            The correlation of RDMs, not ceiled; attrs: `error` (bootstrap over stimuli).
        """
        source_pairs, target_pairs = (
            pairs_of_rdm(rdm_of_patterns(matrix)) for matrix in aligned_matrices(source, target)
        )
        n_stimuli = len(np.unique(target["stimulus_id"].values))
        counts = bootstrap_counts(n_stimuli, self.n_bootstraps, np.random.default_rng(self.seed))
        draws = bootstrapped_comparison(source_pairs[None], target_pairs, counts, self.correlation)
        score = Score(float(compare_pairs(source_pairs, target_pairs, self.correlation)))
        score.attrs["error"] = float(np.std(draws, ddof=1))
        return score

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> "RSATarget":
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`."""
        return RSATarget(self, trials, subjects, folds)


class RSATarget:
    """RDMs and RDM ceilings of one population; a :class:`~brainscore_mouse.metrics.layerwise.NeuralTarget`."""

    def __init__(self, metric: RSA, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(f"RSA needs at least {MIN_STIMULI} stimuli; there are {trials.shape[1]}.")
        self._metric = metric
        self._folds = folds
        self._means = np.nanmean(trials, axis=0, dtype=np.float64)
        self._subjects = subjects
        first, second = half_means(trials, metric.n_half_splits, np.random.default_rng(metric.seed))
        half_correlations = [
            compare_pairs(self._pairs(first, fold), self._pairs(second, fold), metric.correlation).mean()
            for fold in folds
        ]
        # One split per fold, each another one: the spread over stimuli dwarfs that over splits.
        self._half_pairs = [
            (
                self._pairs(first[[number % metric.n_half_splits]], fold)[0],
                self._pairs(second[[number % metric.n_half_splits]], fold)[0],
            )
            for number, fold in enumerate(folds)
        ]
        self._scoring_pairs = [self._pairs(self._means[None], fold)[0] for fold in folds]
        # The two parts of an odd number of stimuli have different numbers of pairs.
        undefined = [np.isnan(pairs).any() for pairs in self._scoring_pairs]
        if np.isnan(half_correlations).any() or any(undefined):
            raise UnreliableDataError(
                "Some stimulus gets the same response from all neuroids of one half of the mice (none at all, or there "
                f"is only one neuroid): its RDM is undefined. There are {len(subjects)} neuroids of "
                f"{len(set(subjects))} mice; use more."
            )
        # Halves that agree by less than two standard errors would make a ceiling, and scores, of noise.
        if np.mean(half_correlations) < 2 * np.nanstd(self._half_correlation_draws, ddof=1):
            raise UnreliableDataError(
                f"The RDMs of two halves of the repetitions correlate by {np.mean(half_correlations):.3f}: too noisy "
                f"for RSA ({len(subjects)} neuroids of {len(set(subjects))} mice). Use more neuroids or repetitions."
            )
        self.ceiling = float(ceiling_of_halves(np.mean(half_correlations)))
        self.ceiling_error = float(np.nanstd(self._ceiling_draws, ddof=1))
        self.details: dict[str, Any] = {"n_neuroids": len(subjects), **self._mouse_consistency()}

    def _pairs(self, responses: np.ndarray, fold: Fold) -> np.ndarray:
        """Upper triangles of the RDMs of a fold's scoring part, one per leading index."""
        part = responses[:, fold.scoring.stimuli][:, :, fold.scoring.neuroids]
        return np.stack([pairs_of_rdm(rdm_of_patterns(patterns)) for patterns in part])

    def _mouse_consistency(self) -> dict[str, float]:
        """Compare the mice with each other, on all stimuli."""
        mice = np.unique(self._subjects)
        mouse_pairs = np.stack(
            [pairs_of_rdm(rdm_of_patterns(self._means[:, self._subjects == mouse])) for mouse in mice]
        )
        correlation = self._metric.correlation
        return {
            "leave_one_mouse_out": leave_one_mouse_out(mouse_pairs, correlation),
            "nili_upper_bound": nili_upper_bound(mouse_pairs, correlation),
        }

    @cached_property
    def _counts(self) -> np.ndarray:
        """How often each stimulus is in each bootstrap draw: the folds share the draws, as they share the stimuli."""
        generator = np.random.default_rng(self._metric.seed + 1)
        return bootstrap_counts(len(self._means), self._metric.n_bootstraps, generator)

    def _mean_draws(self, pairs_of_folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        """Compare two RDMs of each fold's scoring part in each bootstrap draw, averaged over folds, (n_bootstraps,)."""

        def draws(fold: Fold, compared: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
            counts = self._counts[:, fold.scoring.stimuli]
            return bootstrapped_comparison(compared[0][None], compared[1], counts, self._metric.correlation)[0]

        # One BLAS thread for each fold: their products are small. NaN in a draw that leaves a part without pairs.
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(torch.get_num_threads()) as threads:
            return np.mean(list(threads.map(draws, self._folds, pairs_of_folds)), axis=0)

    @cached_property
    def _half_correlation_draws(self) -> np.ndarray:
        """The correlation between half RDMs in each bootstrap draw, averaged over folds, shape (n_bootstraps,)."""
        return self._mean_draws(self._half_pairs)

    @property
    def _ceiling_draws(self) -> np.ndarray:
        return np.asarray(ceiling_of_halves(self._half_correlation_draws))

    @cached_property
    def _encoded_rdm(self) -> dict[str, Any]:
        return encoded_rdm(rdm_of_patterns(self._means))

    def selection_scores(self, grams: Sequence[FeatureGram], fold: int) -> np.ndarray:
        """Compare layers on a fold's selection part, shape (n_layers,), NaN where a layer has no RDM."""
        part = self._folds[fold].selection
        neural = pairs_of_rdm(rdm_of_patterns(self._means[np.ix_(part.stimuli, part.neuroids)]))
        return compare_pairs(_layer_pairs(grams, part.stimuli), neural, self._metric.correlation)

    def evaluate(self, grams: Sequence[FeatureGram]) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold."""
        layer_pairs = [_layer_pairs(grams, fold.scoring.stimuli) for fold in self._folds]
        raw = np.stack(
            [
                compare_pairs(model, neural, self._metric.correlation)
                for model, neural in zip(layer_pairs, self._scoring_pairs, strict=True)
            ]
        )

        def standard_error(chosen: Sequence[int]) -> float:
            of_chosen = [model[layer] for model, layer in zip(layer_pairs, chosen, strict=True)]
            draws = self._mean_draws(list(zip(of_chosen, self._scoring_pairs, strict=True)))
            return float(np.nanstd(draws / self._ceiling_draws, ddof=1))

        def illustration(chosen: Sequence[int]) -> dict[str, Any]:
            gram = grams[Counter(chosen).most_common(1)[0][0]]
            return {"rdm": encoded_rdm(rdm_from_gram(gram.row_centred)), "mouse_rdm": self._encoded_rdm}

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            ceiling_error=self.ceiling_error,
            standard_error=standard_error,
            error_kind=f"standard error by bootstrap over stimuli ({self._metric.n_bootstraps} draws)",
            details=self.details,
            illustration=illustration,
        )

    def resampled(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """See :meth:`brainscore_mouse.metrics.layerwise.NeuralTarget.resampled`; the ceiling is held fixed."""
        draws = []
        for number, (fold, neural) in enumerate(zip(self._folds, self._scoring_pairs, strict=True)):
            part = fold.scoring
            neuroids = resamples.neuroids[:, part.neuroids]
            if (neuroids != 1).any():
                responses = self._means[np.ix_(part.stimuli, part.neuroids)]
                neural = pairs_of_rdm(rdms_of_drawn_units(responses, neuroids))
            layers = _layer_pairs([model.of_fold(number) for model in models], part.stimuli)
            stimuli = resamples.stimuli[:, part.stimuli]
            draws.append(bootstrapped_comparison(layers, neural, stimuli, self._metric.correlation))
        return mean_over_folds(np.stack(draws)) / self.ceiling


def _layer_pairs(grams: Sequence[FeatureGram], stimuli: np.ndarray) -> np.ndarray:
    """Upper triangles of the layers' RDMs of some stimuli, shape (n_layers, n_pairs)."""
    return np.stack([pairs_of_rdm(rdm_from_gram(gram.row_centred[np.ix_(stimuli, stimuli)])) for gram in grams])
