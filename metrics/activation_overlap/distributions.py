"""Distributions of single units' activations over stimuli, as histograms, and how much two of them overlap.

Everything here is blind to *which* stimulus drives a unit: responses in another order have the same distribution.
"""

from collections.abc import Iterator

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import ndtri

from ..representation_map.maps import normalized_maps

# Pairs of a neuroid and a channel that are compared at a time: 32 MB of distances.
_PAIRS_PER_BLOCK = 1 << 22


def scaled_activations(responses: np.ndarray) -> np.ndarray:
    """Scale each unit's responses from its smallest to its largest, as representation maps are.

    Parameters
    ----------
    responses : array of shape (n_stimuli, n_units)

    Returns
    -------
    array of shape (n_units, n_stimuli)
        In [0, 1]; NaN for a unit that responds alike to all stimuli, or whose response to one is not known.
    """
    return normalized_maps(responses.T, "unit-range")


def activation_histograms(responses: np.ndarray, n_bins: int, counts: np.ndarray | None = None) -> np.ndarray:
    """Count how many stimuli are in each of some equally wide bins of a unit's range.

    Parameters
    ----------
    responses : array of shape (n_stimuli, n_units)
    n_bins : int
        How many bins; a value on an edge is in the higher bin, the largest value in the last.
    counts : array of shape (n_stimuli,), optional
        How often each stimulus counts; the range is that of the stimuli that do. Default: once.

    Returns
    -------
    array of shape (n_units, n_bins)
        float64; NaN for a unit without a range, see `scaled_activations`, and where no stimulus counts.
    """
    if counts is None:
        counts = np.ones(len(responses))
    if not counts.any():
        return np.full((responses.shape[1], n_bins), np.nan)
    scaled = scaled_activations(responses[counts > 0])
    defined = np.isfinite(scaled).all(axis=1)
    bins = np.minimum(scaled[defined] * n_bins, n_bins - 1).astype(np.int64)
    n_defined = len(bins)
    cells = bins + n_bins * np.arange(n_defined)[:, None]
    weights = np.broadcast_to(counts[counts > 0], cells.shape)
    histograms = np.full((len(scaled), n_bins), np.nan)
    found = np.bincount(cells.ravel(), weights.ravel(), minlength=n_defined * n_bins)
    histograms[defined] = found.reshape(n_defined, n_bins)
    return histograms


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersect histograms one by one, over the last axis; the others broadcast.

    Parameters
    ----------
    a, b : array of shape (..., n_bins)
        Histograms of equally many stimuli.

    Returns
    -------
    array
        The share of stimuli that two histograms have in common: 1 for equal ones, 0 for those without a common bin;
        NaN where one is undefined. It is 1 - their total variation distance.
        Source: Swain and Ballard 1991, International Journal of Computer Vision 7:11.
    """
    return np.minimum(a, b).sum(axis=-1) / a.sum(axis=-1)


def most_overlapping(neural: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Find the channel whose histogram overlaps most with each neuroid's.

    Parameters
    ----------
    neural : array of shape (n_neuroids, n_bins)
    channels : array of shape (n_channels, n_bins)
        Histograms of the same stimuli; an undefined one is not a candidate.

    Returns
    -------
    array of int, shape (n_neuroids,)
        The first of equally near channels; 0 for a neuroid without a histogram, and where no channel has one.
    """
    nearest = [
        np.argmin(np.where(np.isnan(distances), np.inf, distances), axis=1)
        for distances in _distances_in_blocks(neural, channels)
    ]
    return np.concatenate(nearest) if nearest else np.zeros(0, dtype=np.int64)


def mean_overlap_of_all_pairs(neural: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Average each neuroid's overlap with every channel that has a histogram.

    Parameters
    ----------
    neural : array of shape (n_neuroids, n_bins)
    channels : array of shape (n_channels, n_bins)
        Histograms of the same stimuli.

    Returns
    -------
    array of shape (n_neuroids,)
        NaN for a neuroid without a histogram, and where no channel has one.
    """
    candidates = channels[np.isfinite(channels).all(axis=1)]
    if len(candidates) == 0:
        return np.full(len(neural), np.nan)
    means = [distances.mean(axis=1) for distances in _distances_in_blocks(neural, candidates)]
    return 1 - np.concatenate(means) / (2 * neural.sum(axis=1))


def _distances_in_blocks(neural: np.ndarray, channels: np.ndarray) -> Iterator[np.ndarray]:
    """Yield how many stimuli, doubled, two histograms differ in: (n_neuroids of a block, n_channels), whole numbers."""
    n_per_block = max(1, _PAIRS_PER_BLOCK // max(1, len(channels)))
    for start in range(0, len(neural), n_per_block):
        yield cdist(neural[start : start + n_per_block], channels, "cityblock")


def wasserstein(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Measure how far activations must move, on average, to turn one unit's distribution into another's.

    Parameters
    ----------
    a, b : array of shape (..., n_stimuli)
        Activations of equally many stimuli, as of `scaled_activations`.

    Returns
    -------
    array
        The 1-Wasserstein distance: 0 for equal distributions, at most 1; NaN where one is undefined.
    """
    return np.abs(np.sort(a, axis=-1) - np.sort(b, axis=-1)).mean(axis=-1)


def reference_activations(n_stimuli: int) -> dict[str, np.ndarray]:
    """Return activations of units that follow textbook distributions and know nothing of the stimuli.

    Quantiles at (i - 1/2) / n_stimuli, so that no chance of a draw makes them worse. Their mean and spread do not
    matter, because activations are scaled to their range: these distributions have no parameter left.

    Parameters
    ----------
    n_stimuli : int
        How many activations to return.

    Returns
    -------
    dict of str to array of shape (n_stimuli,)
        'exponential': of all distributions over rates with a given mean that of the largest entropy, and near to those
        of visual neurons (Baddeley et al. 1997, Proceedings of the Royal Society B 264:1775); 'normal': a sum of many
        influences, such as noise; 'uniform'.
    """
    levels = (np.arange(n_stimuli) + 0.5) / n_stimuli
    return {"exponential": -np.log1p(-levels), "normal": ndtri(levels), "uniform": levels}
