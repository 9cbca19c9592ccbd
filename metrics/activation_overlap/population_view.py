"""A population's activation distributions over some stimuli, with the counterparts of its neuroids found on others."""

import numpy as np

from .distributions import (
    activation_histograms,
    mean_overlap_of_all_pairs,
    most_overlapping,
    overlap,
    reference_activations,
    scaled_activations,
    wasserstein,
)

FLOOR = "exponential"
"""The distribution of `reference_activations` that scores 0: the strictest of the three on the recordings at hand."""


class PopulationView:
    """A population's activation distributions over scored stimuli, and over those that counterparts are found on.

    Parameters
    ----------
    n_bins : int
        Bins of the histograms.
    responses : array of shape (n_stimuli, n_neuroids)
        Trial-averaged.
    match, test : array of int
        Stimuli to find counterparts on, and to score.

    Attributes
    ----------
    defined : array of bool, shape (n_neuroids,)
        Which neuroids have distributions over both sets of stimuli.
    """

    def __init__(self, n_bins: int, responses: np.ndarray, match: np.ndarray, test: np.ndarray):
        self.n_bins = n_bins
        self.match, self.test = match, test
        self.responses = responses[test]
        self._match_histograms = activation_histograms(responses[match], n_bins)
        self._histograms = activation_histograms(self.responses, n_bins)
        self.defined = np.isfinite(self._match_histograms).all(axis=1) & np.isfinite(self._histograms).all(axis=1)

    def mean_over_neuroids(self, values: np.ndarray) -> float:
        """Average the last axis over neuroids with distributions (and all else); NaN where there are none."""
        present = values[..., self.defined]
        present = present[np.isfinite(present)]
        return float(present.mean()) if present.size else float("nan")

    def overlaps_with_references(self) -> dict[str, float]:
        """Return the mean overlap with each of the distributions of `reference_activations`."""
        return {
            name: self.mean_over_neuroids(overlap(self._histograms, self._histogram_of(activations)))
            for name, activations in reference_activations(len(self.test)).items()
        }

    def floor_of_draw(self, counts: np.ndarray) -> float:
        """Return the mean overlap with the floor's distribution where the scored stimuli count so often."""
        histograms = activation_histograms(self.responses, self.n_bins, counts)
        activations = reference_activations(int(counts.sum()))[FLOOR]
        return self.mean_over_neuroids(overlap(histograms, self._histogram_of(activations)))

    def counterparts(self, channels: np.ndarray) -> np.ndarray | None:
        """Find each neuroid's channel on the stimuli that are not scored.

        Parameters
        ----------
        channels : array of shape (n_stimuli, n_channels)
            Responses of all channels to all stimuli.

        Returns
        -------
        array of int, shape (n_neuroids,), or None
            None where no channel has a distribution.
        """
        on_match = activation_histograms(channels[self.match], self.n_bins)
        # A channel that is constant over the scored stimuli has no range there. No response of a neuroid enters here.
        constant = np.isnan(scaled_activations(channels[self.test])).any(axis=1)
        on_match[constant] = np.nan
        if np.isnan(on_match).any(axis=1).all():
            return None
        return most_overlapping(self._match_histograms, on_match)

    def compared_with_counterparts(self, channels: np.ndarray) -> tuple[float, float]:
        """Return the mean overlap of neuroids with their counterparts, and the mean 1-Wasserstein distance to them.

        NaN where no channel has a distribution. Counterparts are found by overlap for both.
        """
        counterparts = self.counterparts(channels)
        if counterparts is None:
            return float("nan"), float("nan")
        of_counterparts = channels[np.ix_(self.test, counterparts)]
        overlaps = overlap(self._histograms, activation_histograms(of_counterparts, self.n_bins))
        distances = wasserstein(scaled_activations(self.responses), scaled_activations(of_counterparts))
        return self.mean_over_neuroids(overlaps), self.mean_over_neuroids(distances)

    def overlap_of_all_pairs(self, channels: np.ndarray) -> float:
        """Return the mean overlap over all pairs of a neuroid and a channel: nothing is matched."""
        of_channels = activation_histograms(channels[self.test], self.n_bins)
        return self.mean_over_neuroids(mean_overlap_of_all_pairs(self._histograms, of_channels))

    def overlaps_of_draw(
        self, channels: np.ndarray, counterparts: np.ndarray, counts: np.ndarray
    ) -> tuple[float, float]:
        """Return the mean overlap with given counterparts, and with the floor, for scored stimuli that count so often.

        Parameters
        ----------
        channels : array of shape (n_stimuli, n_channels)
            Responses of all channels to all stimuli.
        counterparts : array of int, shape (n_neuroids,)
            From `counterparts`.
        counts : array of shape (n_test,)
            How often each scored stimulus counts.
        """
        histograms = activation_histograms(self.responses, self.n_bins, counts)
        used, positions = np.unique(counterparts, return_inverse=True)
        of_channels = activation_histograms(channels[np.ix_(self.test, used)], self.n_bins, counts)[positions]
        return self.mean_over_neuroids(overlap(histograms, of_channels)), self.floor_of_draw(counts)

    def overlap_of_halves(self, first: np.ndarray, second: np.ndarray, counts: np.ndarray | None = None) -> float:
        """Return the mean overlap of neuroids with themselves, measured in other repetitions.

        Parameters
        ----------
        first, second : array of shape (n_splits, n_stimuli, n_neuroids)
            Mean responses to all stimuli over each half of the repetitions.
        counts : array of shape (n_test,), optional
            How often each scored stimulus counts.
        """
        overlaps = [
            overlap(activation_histograms(a, self.n_bins, counts), activation_histograms(b, self.n_bins, counts))
            for a, b in zip(first[:, self.test], second[:, self.test], strict=True)
        ]
        return self.mean_over_neuroids(np.stack(overlaps))

    def _histogram_of(self, activations: np.ndarray) -> np.ndarray:
        return activation_histograms(activations[:, None], self.n_bins)[0]
