"""Representational similarity analysis (RSA) as a Brain-Score metric and for whole layer sweeps."""

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from threadpoolctl import threadpool_limits

from ...core.errors import InvalidParameterError, TooNoisyError, UnreliableDataError
from ...core.terminal.counted import counted
from ...core.threads import in_threads
from ...plugins.foreign_code import foreign_code
from ...uncertainty.leave_one_out import LeaveOneOutScores, jackknife, mouse_names
from ...uncertainty.resampling import bootstrap_counts
from ..assemblies import aligned_matrices
from ..feature_gram import FeatureGram
from ..kept_preparation import LARGEST_KEPT_BYTES, current_keep
from ..layerwise import ChosenLayers, Fold, LayerEvaluation, LayerwiseMetric
from ..regression.regression_target import MIN_STIMULI as MIN_STIMULI_OF_REGRESSION
from ..trial_sums import TrialSums
from .bootstrap import bootstrapped_comparison
from .compare_pairs import CORRELATIONS, Correlation, compare_pairs
from .fold_halves import FoldHalves, arrays_of_halves, halves_of_arrays, layer_pairs
from .leave_one_mouse_out import leave_one_mouse_out, nili_upper_bound
from .left_out import ModelRdms, left_out_ceilings, left_out_correlations
from .noise_corrected import half_correlations, standardized
from .rdm import pairs_of_rdm, rdm_from_gram, rdm_of_patterns
from .rdm_picture import encoded_rdm
from .rsa_population import RSAPopulation

# A fold scores half of them; without two of five, three pairs are left to correlate.
MIN_STIMULI = 10
# Below, the correction for noise is biased by more than 0.02, see docs/calibration.md.
MIN_HALF_CORRELATION = 0.5
# Where some half has a single trial, which does not show its noise.
MIN_HALF_CORRELATION_OF_SINGLE_TRIALS = 0.8
_LEAST_TRIALS_FOR_NOISE = 4
_HALVES_OF_STIMULI = 2  # of a partition


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
        If the correlation is not one of those above, or there is no split.
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
        if n_half_splits < 1:
            raise InvalidParameterError(f"n_half_splits is {n_half_splits}; it must be at least 1.")
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

    def population(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> RSAPopulation:
        """See :meth:`brainscore_mouse.metrics.layerwise.PopulationMetric.population`."""
        return RSAPopulation(self.prepare(trials, subjects, folds))


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
        trial_sums = TrialSums.of_trials(trials)
        self._means = trial_sums.means
        self._subjects = subjects
        self._keep = current_keep(trials, subjects, folds)
        self._kept_settings = {
            "target": type(self).__qualname__,
            **foreign_code(type(metric)),
            "n_half_splits": metric.n_half_splits,
            "correlation": metric.correlation,
            "seed": metric.seed,
        }
        if _bytes_of_half_rdms(folds, subjects) > LARGEST_KEPT_BYTES:
            self.parts = self._halves_of_folds(trials)
        else:
            of_folds = self._keep(
                "half RDMs of folds", self._kept_settings, lambda: arrays_of_halves(self._halves_of_folds(trials))
            )
            self.parts = halves_of_arrays(of_folds, [fold.scoring.stimuli for fold in folds], metric.correlation)
        between_halves = np.array([part.statistics.mean_product.sum() for part in self.parts])
        population = f"{len(subjects)} neuroids of {counted(len(set(subjects)), 'mouse')}"
        if np.isnan(between_halves).any():
            raise UnreliableDataError(
                "Some stimulus gets the same response from all neuroids of one half of the mice (none at all, or there "
                f"is only one neuroid): its RDM is undefined. There are {population}; use more."
            )
        self.half_correlation = float(between_halves.mean())
        n_trials = int(trial_sums.counts.min())
        single = n_trials < _LEAST_TRIALS_FOR_NOISE
        least = MIN_HALF_CORRELATION_OF_SINGLE_TRIALS if single else MIN_HALF_CORRELATION
        if self.half_correlation < least:
            raise TooNoisyError(
                f"The RDMs of two halves of the repetitions correlate by {self.half_correlation:z.3f} ({population}): "
                f"too noisy for RSA, whose correction for noise is biased below {least} with {n_trials} trials of a "
                "stimulus.",
                "ridge" if trials.shape[1] >= MIN_STIMULI_OF_REGRESSION else None,
            )
        self.ceiling = float(np.sqrt(np.maximum(between_halves, 0.0)).mean())
        self.details: dict[str, Any] = {
            "n_neuroids": len(subjects),
            "half_correlation": self.half_correlation,
            **self._mouse_consistency(),
        }

    def _halves_of_folds(self, trials: np.ndarray) -> list[FoldHalves]:
        metric, generators = self._metric, np.random.default_rng(self._metric.seed).spawn(len(self._folds))

        def of_fold(fold: Fold, generator: np.random.Generator) -> FoldHalves:
            return FoldHalves.of_recordings(
                trials, self._subjects, fold, metric.n_half_splits, metric.correlation, generator
            )

        with threadpool_limits(limits=1, user_api="blas"):
            return in_threads(lambda drawn: of_fold(*drawn), zip(self._folds, generators, strict=True))

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
    def left_out_ceilings(self) -> tuple[np.ndarray, np.ndarray]:
        """The ceiling without each mouse and stimulus, and without two stimuli."""

        def computed() -> dict[str, np.ndarray]:
            values, pairs = left_out_ceilings(self.parts, len(self._means), self.mice)
            return {"values": values, "pairs": pairs}

        found = self._keep("RSA ceilings without stimuli and mice", self._kept_settings, computed)
        return found["values"], found["pairs"]

    def _left_out_scores(self, models_of: ModelRdms, n_models: int) -> LeaveOneOutScores:
        """Return scores relative to ceilings that leave out the same."""
        values, pairs = left_out_correlations(self.parts, models_of, n_models, len(self._means), self.mice)
        ceilings, ceilings_of_pairs = self.left_out_ceilings
        with np.errstate(invalid="ignore", divide="ignore"):
            values /= ceilings
            pairs /= ceilings_of_pairs
        return LeaveOneOutScores(values, self.mice, pairs)

    @property
    def n_stimuli(self) -> int:
        """How many stimuli there are."""
        return len(self._means)

    @property
    def mice(self) -> tuple[str, ...]:
        """Names of the mice to leave out."""
        return mouse_names(self._subjects)

    @cached_property
    def ceiling_error(self) -> float:
        """Standard error of the ceiling over stimuli and mice."""
        values, pairs = self.left_out_ceilings
        ceilings = LeaveOneOutScores(values[None], self.mice, pairs[None])
        return jackknife(ceilings, ceilings.over).error

    @cached_property
    def _encoded_rdm(self) -> dict[str, Any]:
        return encoded_rdm(rdm_of_patterns(self._means))

    def _standardized_layers(self, grams: Sequence[FeatureGram]) -> Callable[[np.ndarray], np.ndarray]:
        """Return what gives the layers' standardized RDMs of some stimuli, once for all folds that share them.

        Such folds follow one another, and share two halves of the stimuli: what is older is forgotten, since thousands
        of stimuli have millions of pairs.
        """
        of_stimuli: dict[bytes, np.ndarray] = {}

        def layers_on(stimuli: np.ndarray) -> np.ndarray:
            key = stimuli.tobytes()
            if key not in of_stimuli:
                if len(of_stimuli) == _HALVES_OF_STIMULI:
                    del of_stimuli[next(iter(of_stimuli))]
                of_stimuli[key] = standardized(layer_pairs(grams, stimuli), self._metric.correlation)
            return of_stimuli[key]

        return layers_on

    def selection_scores(self, grams: Sequence[FeatureGram]) -> np.ndarray:
        """Compare layers on every fold's selection part, shape (n_folds, n_layers), NaN where a layer has no RDM."""
        layers_on, scores = self._standardized_layers(grams), []
        for fold in self._folds:
            part = fold.selection
            neural = pairs_of_rdm(rdm_of_patterns(self._means[np.ix_(part.stimuli, part.neuroids)]))
            of_layers = layers_on(part.stimuli) @ standardized(neural, self._metric.correlation)
            # A layer must have an RDM of the scored stimuli, too. No response of a mouse to them enters here.
            undefined = np.isnan(layers_on(fold.scoring.stimuli)).any(axis=1)
            scores.append(np.where(undefined, np.nan, of_layers))
        return np.array(scores)

    def evaluate(self, grams: Sequence[FeatureGram], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold; here all of them, whichever are chosen."""
        layers_on = self._standardized_layers(grams)
        raw = np.stack([half_correlations(layers_on(part.stimuli), part.statistics)[0] for part in self.parts])

        def illustration(chosen: Sequence[int]) -> dict[str, Any]:
            gram = grams[Counter(chosen).most_common(1)[0][0]]
            return {"rdm": encoded_rdm(rdm_from_gram(gram.row_centred)), "mouse_rdm": self._encoded_rdm}

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            details=self.details,
            illustration=illustration,
        )

    def left_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.LeftOutTarget.left_out`; ceilings leave out the same."""

        @functools.lru_cache(maxsize=1)  # folds follow one another
        def of_fold(fold: int) -> np.ndarray:
            return self.parts[fold].standardized_layers([model.of_fold(fold) for model in models])

        return self._left_out_scores(lambda fold, mouse: of_fold(fold), len(models))


def _bytes_of_half_rdms(folds: Sequence[Fold], subjects: np.ndarray) -> int:
    """Return how much the half RDMs of all folds take, with and without each mouse."""
    n_numbers = 0
    for part in (fold.scoring for fold in folds):
        n_pairs = len(part.stimuli) * (len(part.stimuli) - 1) // 2
        n_numbers += 3 * n_pairs * (1 + len(np.unique(subjects[part.neuroids])))
    return 8 * n_numbers
