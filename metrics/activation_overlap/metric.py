"""Overlap of single neuroids' and single units' activation distributions, with a ceiling and a floor.

The "bottom-up" comparison of arXiv 2505.06886. The paper says no more than that activation distributions of individual
units and neurons were compared by their overlap. So all else is our choice: activations are trial-averaged responses,
scaled to [0, 1] by each unit's own range; the distribution is over stimuli; a channel's response is its spatial mean;
overlap is the intersection of histograms; a neuroid's counterpart is the channel that overlaps most on other stimuli
than those that are scored; the score, its floor and its ceiling.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly

from ...core.errors import InvalidParameterError
from ..assemblies import aligned_matrices
from ..channelwise import ChannelwiseMetric, ChannelwiseTarget
from ..layerwise import Fold
from .population_view import PopulationView


class ActivationOverlap(ChannelwiseMetric):
    """Compare neuroids with the channels of a layer by the overlap of their activation distributions.

    **It does not compare what units respond to.** Responses shuffled over the stimuli have the same distribution, and
    the same overlap: a high score says that activations are as sparse or as skewed as the neuroids', not that a unit
    and a neuroid respond to the same scenes.

    With O the mean over neuroids of the overlap with their counterparts, the raw score is
    (O - O(exponential)) / (1 - O(exponential)). O(exponential) is the overlap with the quantiles of an exponential
    distribution: what a model reaches whose every unit is merely skewed as rates are, with no parameter. Quantiles
    of a normal and a uniform distribution overlap less with the recordings at hand, so they would be easier floors;
    `overlap_normal` and `overlap_uniform` tell them beside `overlap_exponential`.

    The ceiling puts O(halves) in O's place: the overlap of each neuroid with itself, measured in one half of the
    repetitions and in the other. It is what a model reaches that has the neuroids' distributions, the widening by the
    noise of a half included. So it is no bound, and biased in two ways. Halves are noisier than the mean over all
    repetitions that models are compared with: while the noise of a mean is small beside a bin, the ceiling is a few
    hundredths of overlap too low. Noise also widens the distributions of both halves alike, which their overlap does
    not show: where the noise of a mean is as wide as a bin or wider, the ceiling is too high for a model without noise,
    by up to .28 in a simulation. No Spearman-Brown formula is known for overlaps. Besides, a noise-free copy of the
    population stays below the ceiling where its neuroids are alike, because distributions hardly tell which is which.

    Parameters
    ----------
    n_bins : int
        Bins of the histograms over a unit's range, at least 2. With more bins all overlaps are smaller.
    n_half_splits : int
        Random halves of the repetitions for the ceiling.
    seed : int
        Seed of splits.

    Raises
    ------
    InvalidParameterError
        If there are too few bins.
    """

    identifier = "activation-overlap"
    # Distributions alone are compared: those of unrelated features may be alike, and hardly tell neuroids apart.
    claims = frozenset({"scale-invariant"})

    def __init__(self, n_bins: int = 10, n_half_splits: int = 20, seed: int = 0):
        if n_bins < 2:
            raise InvalidParameterError(
                f"n_bins is {n_bins}; distributions in a single bin are all alike: use 2 or more."
            )
        self.n_bins = n_bins
        self.n_half_splits = n_half_splits
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
            (O - O(exponential)) / (1 - O(exponential)), not ceiled; attrs: `overlap`, `overlap_exponential`,
            `wasserstein`. Counterparts are found on one half of the stimuli and scored on the other, and the halves
            swapped.
        """
        channels, responses = aligned_matrices(source, target)
        return self.compared_on_halves(channels, responses, partial(PopulationView, self.n_bins))

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> ChannelwiseTarget:
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`."""
        return ChannelwiseTarget(self, trials, subjects, folds, partial(PopulationView, self.n_bins))
