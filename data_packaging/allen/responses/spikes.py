"""Spike counts around stimulus onsets: pure functions on arrays."""

import numpy as np


def spike_counts(spike_times: np.ndarray, onsets: np.ndarray, bin_edges: np.ndarray) -> np.ndarray:
    """Count the spikes of a unit in half-open bins [left, right) after each onset.

    (The AllenSDK counts a spike on an edge twice, and expects sorted spikes.)

    Parameters
    ----------
    spike_times : array of shape (n_spikes,)
        In seconds, in any order.
    onsets : array of shape (n_presentations,)
        In seconds.
    bin_edges : array of shape (n_bins + 1,)
        In seconds after the onset, increasing.

    Returns
    -------
    int64 array of shape (n_presentations, n_bins)
    """
    spikes_before = np.searchsorted(np.sort(spike_times), onsets[:, np.newaxis] + bin_edges, side="left")
    return np.diff(spikes_before, axis=1)


def overlaps_any(starts: np.ndarray, stops: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Tell which intervals overlap or touch one of some others, as the AllenSDK does.

    Parameters
    ----------
    starts, stops : array of shape (n_intervals,)
        The intervals.
    others : array of shape (n_others, 2)
        Start and stop of the others, in the same unit.

    Returns
    -------
    bool array of shape (n_intervals,)
    """
    overlap = (starts[:, np.newaxis] <= others[:, 1]) & (stops[:, np.newaxis] >= others[:, 0])
    return overlap.any(axis=1)
