"""The paper's RMSE between representation maps, as a Brain-Score metric with a ceiling and a floor.

What the paper leaves open, and is our choice here: each map is normalized to [0, 1]; a channel's response is its
spatial mean; a neuroid's counterpart is the channel whose map is closest on other scenes than those that are scored;
the score, its floor and its ceiling.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly

from ...core.errors import InvalidParameterError
from ..assemblies import aligned_matrices, stimulus_paths
from ..channelwise import ChannelwiseMetric, ChannelwiseTarget
from ..layerwise import Claim, Fold
from .maps import MAP_SIDE, NORMALIZATIONS, MapForm, Normalization, flattened_scenes
from .population_view import PopulationView


class MapRMSE(ChannelwiseMetric):
    """Compare neuroids with the channels of a layer by the RMSE of their representation maps.

    With E the mean over neuroids of the RMSE between a neuroid's map and that of its counterpart, the raw score is
    1 - E / E(mean image), where the mean image is the map of a unit that responds alike to all scenes. The ceiling is
    1 - E(noise) / E(mean image), and E(noise) half of the RMSE between the maps of two halves of the repetitions:
    the noise of a half has twice the variance of the noise of the whole, and it is on both sides. So the mean image
    scores 0, and what is further from the maps than the mean image below 0. A noise-free copy of the neuroids scores 1
    only where there is little noise: on ``simulated-mouse`` it scores 0.60 to 0.66.

    Parameters
    ----------
    side : int
        Side length of the maps; 11 px as in the paper's figures.
    normalization : {'unit-range', 'z-score', 'none'}
        See :func:`~brainscore_mouse.metrics.representation_map.maps.normalized_maps`.
    n_half_splits : int
        Random halves of the repetitions for the ceiling.
    seed : int
        Seed of splits.

    Raises
    ------
    InvalidParameterError
        If an option has an invalid value.
    """

    identifier = "map-rmse"

    def __init__(
        self,
        side: int = MAP_SIDE,
        normalization: Normalization = "unit-range",
        n_half_splits: int = 20,
        seed: int = 0,
    ):
        if normalization not in NORMALIZATIONS:
            raise InvalidParameterError(f"normalization is {normalization!r}; use one of {', '.join(NORMALIZATIONS)}.")
        if side < 2:
            raise InvalidParameterError(f"side is {side}; a map needs at least 2 x 2 px.")
        self.side = side
        self.normalization: Normalization = normalization
        self.n_half_splits = n_half_splits
        self.seed = seed

    @property
    def claims(self) -> frozenset[Claim]:
        """See `LayerwiseMetric`; it is the mean image that scores 0, and noise lowers the score of the generator."""
        return frozenset() if self.normalization == "none" else frozenset({"scale-invariant"})

    @property
    def form(self) -> MapForm:
        """How maps are made."""
        return MapForm(self.normalization)

    def __call__(self, source: NeuroidAssembly, target: NeuroidAssembly) -> Score:
        """Compare two assemblies of the same stimuli.

        Parameters
        ----------
        source, target : NeuroidAssembly
            presentation x neuroid; repeated presentations are averaged. The target's ``attrs`` hold its
            ``stimulus_set``.

        Returns
        -------
        Score
            1 - E / E(mean image), not ceiled; attrs: `rmse`, `rmse_mean_image`. Counterparts are found on one half
            of the stimuli and scored on the other, and the halves swapped.

        Raises
        ------
        InvalidArraysError
            If the target does not name its stimuli.
        """
        paths = stimulus_paths(target)
        channels, responses = aligned_matrices(source, target)
        scenes = flattened_scenes(paths, self.side)
        return self.compared_on_halves(channels, responses, partial(PopulationView, self.form, scenes))

    def prepare_with_stimuli(
        self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold], stimulus_paths: Sequence[Path]
    ) -> ChannelwiseTarget:
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare_with_stimuli`."""
        scenes = flattened_scenes(stimulus_paths, self.side)
        return ChannelwiseTarget(self, trials, subjects, folds, partial(PopulationView, self.form, scenes))
