"""A population's activation distributions over some stimuli, with the counterparts of its neuroids found on others."""

import numpy as np

from ..channelwise_view import ChannelwiseView
from .distributions import (
    activation_histograms,
    mean_overlap_of_all_pairs,
    most_overlapping,
    overlap,
    reference_activations,
    scaled_activations,
    wasserstein,
)


class PopulationView(ChannelwiseView):
    """A population's activation distributions over scored stimuli, and over those that counterparts are found on.

    Parameters
    ----------
    n_bins : int
        Bins of the histograms.
    responses, match, test
        See :class:`~brainscore_mouse.metrics.channelwise_view.ChannelwiseView`.
    """

    value = "overlap"
    perfect = 1.0
    description = "distribution"
    # The strictest of `reference_activations` on the recordings at hand.
    floor_name = "exponential"
    ceiling_name = "halves"
    undefined = "responds differently to the stimuli"
    too_noisy = (
        "Activation distributions of two halves of the repetitions hardly overlap more with each other than with an "
        "exponential distribution"
    )

    def __init__(self, n_bins: int, responses: np.ndarray, match: np.ndarray, test: np.ndarray):
        self.n_bins = n_bins
        super().__init__(responses, match, test)

    def described(self, responses: np.ndarray, stimuli: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
        """Return histograms; NaN for a unit that is constant."""
        if counts is None or counts.ndim == 1:
            return activation_histograms(responses, self.n_bins, counts)
        return np.stack([activation_histograms(responses, self.n_bins, of_draw) for of_draw in counts])

    compared = staticmethod(overlap)

    def floor_description(self, counts: np.ndarray) -> np.ndarray:
        """Return the histogram of an exponential distribution's quantiles, as many as stimuli."""
        if counts.ndim > 1:
            return np.stack([self.floor_description(of_draw) for of_draw in counts])
        return self._reference_histogram(self.floor_name, int(counts.sum()))

    def _reference_histogram(self, name: str, n_stimuli: int) -> np.ndarray:
        return activation_histograms(reference_activations(n_stimuli)[name][:, None], self.n_bins)[0]

    def nearest(self, neural: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Return the channels of largest overlap."""
        return most_overlapping(neural, channels)

    def further_comparisons(self, responses: np.ndarray, positions: np.ndarray) -> dict[str, float]:
        """Return the mean 1-Wasserstein distance to counterparts, which are found by overlap."""
        distances = wasserstein(scaled_activations(self.responses), scaled_activations(responses)[positions])
        return {"wasserstein": self.mean_over_neuroids(distances)}

    def of_all_pairs(self, channels: np.ndarray) -> float:
        """Return the mean overlap over all pairs of a neuroid and a channel: nothing is matched."""
        of_channels = activation_histograms(channels[self.test], self.n_bins)
        return self.mean_over_neuroids(mean_overlap_of_all_pairs(self._on_test, of_channels))

    def details(self, generator: np.random.Generator) -> dict[str, float]:
        """Return the mean overlap with the distributions of `reference_activations` that are not the floor."""
        others = [name for name in reference_activations(len(self.test)) if name != self.floor_name]
        return {
            f"overlap_{name}": self.mean_over_neuroids(
                overlap(self._on_test, self._reference_histogram(name, len(self.test)))
            )
            for name in others
        }
