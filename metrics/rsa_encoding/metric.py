"""Encoding RSA: the RDM of predicted responses against that of the measured ones."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly

from ...uncertainty.grouped_splits import grouped_halves
from ..assemblies import aligned_matrices
from ..feature_gram import FeatureGram
from ..layerwise import Claim, Fold
from ..regression.ridge import held_out_ridge, ridge_alphas
from ..rsa.compare_pairs import Correlation, compare_pairs
from ..rsa.metric import RSA
from ..rsa.rdm import pairs_of_rdm, rdm_of_patterns
from .target import EncodingRSATarget


class EncodingRSA(RSA):
    """Predict each neuroid's responses from features; compare the RDM of the predictions with the neural RDM.

    RSA asks whether model and population find the same stimuli similar, each unit counting alike. Here features are
    first re-weighted, as by ridge (Conwell et al. 2024, https://doi.org/10.1038/s41467-024-53147-y): low RSA beside
    high encoding RSA says that a model has what the population encodes, in other proportions.

    Parameters
    ----------
    correlation : {'spearman', 'pearson'}
        How RDMs are compared.
    n_half_splits : int
        Random halves of the repetitions, for each part of the recordings that a benchmark scores.
    seed : int
        Seed of splits.

    Raises
    ------
    InvalidParameterError
        If the correlation is unknown.
    """

    identifier = "rsa-encoding"
    claims: ClassVar[frozenset[Claim]] = frozenset({"scale-invariant", "null-scores-zero"})
    # Mice are not compared with each other: what RSA says of them would be said in the name of another metric.
    population: ClassVar[None] = None  # type: ignore[assignment]

    def __init__(self, correlation: Correlation = "spearman", n_half_splits: int = 3, seed: int = 0):
        super().__init__(correlation, n_half_splits, seed=seed)

    def __call__(self, source: NeuroidAssembly, target: NeuroidAssembly) -> Score:
        """Compare two assemblies of the same stimuli.

        Parameters
        ----------
        source, target : NeuroidAssembly
            presentation x neuroid; repeated presentations are averaged.

        Returns
        -------
        Score
            The correlation of RDMs of a random half of the stimuli, predicted from the other, and of the other half;
            not ceiled.
        """
        features, responses = aligned_matrices(source, target)
        linear = FeatureGram.of_features(features).linear()
        correlations = []
        for half in grouped_halves(np.arange(len(responses)), np.random.default_rng(self.seed)):
            (predicted,), _ = held_out_ridge(linear, responses, half[None], ridge_alphas(linear))
            of_model, of_target = (pairs_of_rdm(rdm_of_patterns(patterns)) for patterns in (predicted, responses[half]))
            correlations.append(float(compare_pairs(of_model, of_target, self.correlation)))
        return Score(float(np.mean(correlations)))

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> EncodingRSATarget:
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`."""
        return EncodingRSATarget(self, trials, subjects, folds)
