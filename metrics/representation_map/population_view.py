"""A population's maps of some scenes, with the counterparts of its neuroids found on other scenes."""

import numpy as np

from ..channelwise_view import ChannelwiseView
from .maps import MapForm
from .rmse import best_matches, pairwise_rmse, rmse


class PopulationView(ChannelwiseView):
    """A population's maps of the scored scenes, and of those that counterparts are found on.

    Parameters
    ----------
    form : MapForm
        How maps are made.
    scenes : array of shape (n_stimuli, n_pixels)
        See :func:`~brainscore_mouse.metrics.representation_map.maps.flattened_scenes`.
    responses, match, test
        See :class:`~brainscore_mouse.metrics.channelwise_view.ChannelwiseView`.
    """

    value = "rmse"
    perfect = 0.0
    description = "map"
    floor_name = "mean_image"
    ceiling_name = "noise"
    undefined = "responds to any scene"
    too_noisy = "Maps of two halves of the repetitions are hardly closer to each other than to the mean image"

    def __init__(self, form: MapForm, scenes: np.ndarray, responses: np.ndarray, match: np.ndarray, test: np.ndarray):
        self.form = form
        self.scenes = scenes
        super().__init__(responses, match, test)

    def described(self, responses: np.ndarray, stimuli: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
        """Return normalized maps; NaN for a unit that is silent."""
        return self.form.maps(responses, self.scenes[stimuli], counts)

    compared = staticmethod(rmse)

    def floor_description(self, counts: np.ndarray) -> np.ndarray:
        """Return the normalized mean scene."""
        return self.form.mean_image(self.scenes[self.test], counts)

    def nearest(self, neural: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Return the channels of smallest RMSE."""
        return best_matches(neural, channels)

    def of_all_pairs(self, channels: np.ndarray) -> float:
        """Return the mean RMSE over all pairs of a neuroid and a channel on the scored scenes: nothing is matched."""
        return self.mean_over_neuroids(pairwise_rmse(self.described(channels[self.test], self.test), self._on_test))

    def details(self, generator: np.random.Generator) -> dict[str, float]:
        """Return the mean RMSE of neuroids with maps of noise that have the mean and variance of their own maps."""
        maps = self._on_test
        means, deviations = maps.mean(axis=1, keepdims=True), maps.std(axis=1, keepdims=True)
        noise = means + deviations * generator.standard_normal(maps.shape)
        return {"rmse_random_maps": self.mean_over_neuroids(rmse(maps, noise))}

    def at_ceiling(self, first: np.ndarray, second: np.ndarray, counts: np.ndarray | None = None) -> float:
        """Estimate the RMSE between the measured and the noise-free maps: half of that between two halves' maps."""
        return super().at_ceiling(first, second, counts) / 2
