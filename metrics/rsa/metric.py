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
from ...uncertainty.leave_one_out import jackknife, leave_one_out, leave_one_out_scores
from ...uncertainty.resampling import Resamples, bootstrap_counts
from ...uncertainty.split_half import neuroids_of_the_same_presentations
from ..assemblies import aligned_matrices
from ..feature_gram import FeatureGram
from ..layerwise import ChosenLayers, Fold, LayerEvaluation, LayerwiseMetric, mean_over_folds
from .bootstrap import bootstrapped_comparison
from .ceiling import leave_one_mouse_out, nili_upper_bound
from .comparison import CORRELATIONS, Correlation, compare_pairs
from .half_rdms import half_patterns, half_rdms, together
from .noise_corrected import HalfStatistics, half_correlations, standardized
from .rdm import pairs_of_rdm, rdm_from_gram, rdm_of_patterns
from .rdm_picture import encoded_rdm

MIN_STIMULI = 8
# Below, the correction for noise is biased by more than 0.02, see docs/calibration.md.
MIN_HALF_CORRELATION = 0.5


class RSA(LayerwiseMetric):
    """Correlate the upper triangles of two RDMs (1 - Pearson over neuroids of trial-averaged responses).

    Parameters
    ----------
    correlation : {'spearman', 'pearson', 'kendall'}
        How RDMs are compared.
    n_half_splits : int
        Random halves of the repetitions, for each part of the recordings that a benchmark scores.
    n_bootstraps : int
        Draws of stimuli for the standard error where two assemblies are compared.
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
        n_half_splits: int = 3,
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
    """RDMs of two halves of one population's trials; a :class:`~brainscore_mouse.metrics.layerwise.NeuralTarget`."""

    def __init__(self, metric: RSA, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(f"RSA needs at least {MIN_STIMULI} stimuli; there are {trials.shape[1]}.")
        if metric.correlation == "kendall":
            raise InvalidParameterError(
                "correlation is 'kendall', which cannot be corrected for noise; benchmarks need 'spearman' or "
                "'pearson'."
            )
        self._metric = metric
        self._folds = folds
        self._means = np.nanmean(trials, axis=0, dtype=np.float64)
        self._subjects = subjects
        generators = np.random.default_rng(metric.seed).spawn(len(folds))
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(torch.get_num_threads()) as threads:
            self._parts = list(
                threads.map(
                    lambda fold, generator: _FoldHalves(metric, trials, subjects, fold, generator), folds, generators
                )
            )
        everything = Resamples.as_recorded(len(self._means), len(subjects))
        half_correlations = self._half_correlations(everything)[:, 0]
        population = f"{len(subjects)} neuroids of {len(set(subjects))} mice"
        if np.isnan(half_correlations).any():
            raise UnreliableDataError(
                "Some stimulus gets the same response from all neuroids of one half of the mice (none at all, or there "
                f"is only one neuroid): its RDM is undefined. There are {population}; use more."
            )
        self.half_correlation = float(half_correlations.mean())
        if self.half_correlation < MIN_HALF_CORRELATION:
            raise UnreliableDataError(
                f"The RDMs of two halves of the repetitions correlate by {self.half_correlation:.3f} ({population}): "
                f"too noisy for RSA, whose correction for noise is biased below {MIN_HALF_CORRELATION}. Use more "
                "neuroids or repetitions."
            )
        self.ceiling = float(np.sqrt(np.maximum(half_correlations, 0.0)).mean())
        self.details: dict[str, Any] = {
            "n_neuroids": len(subjects),
            "half_correlation": self.half_correlation,
            **self._mouse_consistency(),
        }

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

    def _half_correlations(self, resamples: Resamples) -> np.ndarray:
        """Correlate the RDMs of the two halves in each fold, shape (n_folds, n_draws)."""
        return np.stack([part.correlations([], resamples)[1] for part in self._parts])

    @cached_property
    def ceiling_error(self) -> float:
        """Standard error of the ceiling over stimuli and mice."""
        n_stimuli = len(self._means)
        draws = self._half_correlations(leave_one_out(n_stimuli, self._subjects))
        ceilings = mean_over_folds(np.sqrt(np.maximum(draws, 0.0))[:, None])
        left_out = leave_one_out_scores(ceilings, n_stimuli, self._subjects)
        return jackknife(left_out.values[0], "both" if left_out.mice else "stimuli").error

    @cached_property
    def _encoded_rdm(self) -> dict[str, Any]:
        return encoded_rdm(rdm_of_patterns(self._means))

    def selection_scores(self, grams: Sequence[FeatureGram], fold: int) -> np.ndarray:
        """Compare layers on a fold's selection part, shape (n_layers,), NaN where a layer has no RDM."""
        part = self._folds[fold].selection
        neural = pairs_of_rdm(rdm_of_patterns(self._means[np.ix_(part.stimuli, part.neuroids)]))
        return compare_pairs(_layer_pairs(grams, part.stimuli), neural, self._metric.correlation)

    def evaluate(self, grams: Sequence[FeatureGram], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold; here all of them, whichever are chosen."""
        everything = Resamples.as_recorded(len(self._means), len(self._subjects))
        raw = np.stack([part.correlations(grams, everything)[0][:, 0] for part in self._parts])

        def illustration(chosen: Sequence[int]) -> dict[str, Any]:
            gram = grams[Counter(chosen).most_common(1)[0][0]]
            return {"rdm": encoded_rdm(rdm_from_gram(gram.row_centred)), "mouse_rdm": self._encoded_rdm}

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            ceiling_error=self.ceiling_error,
            details=self.details,
            illustration=illustration,
        )

    def resampled(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """See :meth:`brainscore_mouse.metrics.layerwise.ResampledTarget.resampled`; ceilings are those of each draw."""

        def of_fold(number: int) -> np.ndarray:
            with_models, between_halves = self._parts[number].correlations(
                [model.of_fold(number) for model in models], resamples
            )
            return np.vstack([with_models, np.sqrt(np.maximum(between_halves, 0.0))])

        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(torch.get_num_threads()) as threads:
            means = mean_over_folds(np.stack(list(threads.map(of_fold, range(len(self._folds))))))
        with np.errstate(invalid="ignore", divide="ignore"):
            return means[:-1] / means[-1]


class _FoldHalves:
    """The halves of the trials of a fold's scoring part, by mouse."""

    def __init__(
        self, metric: RSA, trials: np.ndarray, subjects: np.ndarray, fold: Fold, generator: np.random.Generator
    ):
        part = fold.scoring
        self._correlation = metric.correlation
        self._stimuli = part.stimuli
        of_part = trials[:, part.stimuli][:, :, part.neuroids]
        mice = subjects[part.neuroids]
        self._first_neuroids, self._patterns = [], []
        for mouse in np.unique(mice):
            of_mouse = np.flatnonzero(mice == mouse)
            # Neuroids that lack trials which others of their mouse have were recorded at other times.
            for group in neuroids_of_the_same_presentations(of_part[:, :, of_mouse]):
                neuroids = of_mouse[group]
                self._first_neuroids.append(part.neuroids[neuroids[0]])
                self._patterns.append(half_patterns(of_part[:, :, neuroids], metric.n_half_splits, generator))
        self._statistics: dict[tuple[int, ...], HalfStatistics | None] = {}

    def _of_groups(self, kept: tuple[int, ...]) -> HalfStatistics | None:
        if kept not in self._statistics:
            patterns = [self._patterns[group] for group in kept]
            rdms = half_rdms(together(patterns)) if patterns else None
            self._statistics[kept] = None if rdms is None else HalfStatistics.of_rdms(rdms, self._correlation)
        return self._statistics[kept]

    def correlations(self, grams: Sequence[FeatureGram], resamples: Resamples) -> tuple[np.ndarray, np.ndarray]:
        """Correlate layers with the halves, (n_layers, n_draws), and the halves, (n_draws,); NaN without any mouse."""
        pairs = _layer_pairs(grams, self._stimuli)
        models = standardized(pairs, self._correlation)
        groups, group_of_draw = np.unique(resamples.neuroids[:, self._first_neuroids], axis=0, return_inverse=True)
        n_draws = len(resamples.stimuli)
        with_models, between_halves = np.full((len(models), n_draws), np.nan), np.full(n_draws, np.nan)
        for number, kept in enumerate(groups):
            statistics = self._of_groups(tuple(np.flatnonzero(kept).tolist()))
            draws = np.flatnonzero(group_of_draw.ravel() == number)
            if statistics is not None:
                stimuli, where = np.unique(resamples.stimuli[draws][:, self._stimuli], axis=0, return_inverse=True)
                found = half_correlations(models, statistics, stimuli)
                with_models[:, draws], between_halves[draws] = found[0][:, where.ravel()], found[1][where.ravel()]
        return with_models, between_halves


def _layer_pairs(grams: Sequence[FeatureGram], stimuli: np.ndarray) -> np.ndarray:
    """Upper triangles of the layers' RDMs of some stimuli, shape (n_layers, n_pairs)."""
    n_pairs = len(stimuli) * (len(stimuli) - 1) // 2
    pairs = [pairs_of_rdm(rdm_from_gram(gram.row_centred[np.ix_(stimuli, stimuli)])) for gram in grams]
    return np.reshape(pairs, (len(grams), n_pairs))
