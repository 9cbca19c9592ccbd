"""Root-mean-square errors between representation maps, and which channel of a layer is a neuroid's counterpart."""

import numpy as np


def rmse(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compare maps one by one, over the last axis; the others broadcast. NaN where a map is undefined."""
    return np.sqrt(np.mean(np.square(a - b), axis=-1))


def pairwise_rmse(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compare every map with every other.

    Parameters
    ----------
    a : array of shape (n_a, n_pixels)
    b : array of shape (n_b, n_pixels)

    Returns
    -------
    array of shape (n_a, n_b)
        NaN where a map is undefined.
    """
    # Offset by a common map, products of maps that are all alike do not cancel.
    common = np.nanmean(a, axis=0) if np.isfinite(a).any() else 0.0
    a, b = a - common, b - common
    squares = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1)[None] - 2 * (a @ b.T)
    return np.sqrt(np.maximum(squares, 0) / a.shape[1])


def best_matches(neural: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Find the channel whose map is closest to each neuroid's.

    Parameters
    ----------
    neural : array of shape (n_neuroids, n_pixels)
    channels : array of shape (n_channels, n_pixels)
        Maps; an undefined one is not a candidate.

    Returns
    -------
    array of int, shape (n_neuroids,)
        The first of equally close channels; 0 for a neuroid without a map, and where no channel has one.

    Examples
    --------
    >>> maps = np.array([[0.0, 1.0], [1.0, 0.0], [np.nan, np.nan]])
    >>> best_matches(np.array([[0.9, 0.2], [0.1, 0.6]]), maps).tolist()
    [1, 0]
    """
    distances = pairwise_rmse(neural, channels)
    return np.argmin(np.where(np.isnan(distances), np.inf, distances), axis=1)
