"""Correlations and medians of values that are repeated as often as they were drawn."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def weighted_pearson(a: NDArray[Any], b: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """Correlate columns of two arrays over their rows, each row repeated as often as drawn.

    Parameters
    ----------
    a, b : array of shape (n_rows, n_columns)
        Values.
    counts : array of int, shape (n_draws, n_rows)
        How often each row is in each draw.

    Returns
    -------
    array of shape (n_draws, n_columns)
        Where only `a` does not vary within the draw, 0: a constant prediction. NaN where `b` does not.
    """
    counts = counts.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts / counts.sum(axis=1, keepdims=True)
        # Relative to the mean over all rows, moments lose little in the differences below.
        a, b = a - a.mean(axis=0), b - b.mean(axis=0)
        a_mean, b_mean = shares @ a, shares @ b
        covariance = shares @ (a * b) - a_mean * b_mean
        a_variance, b_variance = _variance(a, a_mean, shares), _variance(b, b_mean, shares)
        correlations = covariance / np.sqrt(a_variance * b_variance)
    # A single stimulus, drawn several times, makes everything constant.
    return np.where(b_variance > 0, np.where(a_variance > 0, np.clip(correlations, -1, 1), 0.0), np.nan)


def _variance(values: NDArray[Any], mean: NDArray[Any], shares: NDArray[Any]) -> NDArray[Any]:
    """Return the variance in each draw, zero where it is rounding error."""
    squares = shares @ values**2
    variance = squares - mean**2
    return np.where(variance > 1e-12 * squares, variance, 0.0)


def weighted_median(values: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """Return the median of values, each repeated as often as drawn.

    Parameters
    ----------
    values : array of shape (n_draws, n_values), or any that broadcasts to it
        NaN is left out.
    counts : array of int, shape (n_draws, n_values), or any that broadcasts to it
        How often each value is in each draw.

    Returns
    -------
    array of shape (n_draws,)
        As ``numpy.nanmedian`` of the repeated values; NaN in a draw without any.

    Examples
    --------
    >>> counts = np.array([[1, 1, 1], [0, 1, 3], [2, 2, 0]])
    >>> weighted_median(np.array([10.0, 20.0, 30.0]), counts).tolist()
    [20.0, 30.0, 15.0]
    """
    values, counts = np.broadcast_arrays(values, counts)
    counts = np.where(np.isnan(values), 0, counts)
    order = np.argsort(values, axis=1)  # NaN last
    ascending = np.take_along_axis(values, order, axis=1)
    up_to = np.cumsum(np.take_along_axis(counts, order, axis=1), axis=1)
    total = up_to[:, -1:]
    # The middle one of 2 m + 1 is number m + 1; the two of 2 m are m and m + 1.
    lower, upper = ((up_to < number).sum(axis=1, keepdims=True) for number in ((total + 1) // 2, total // 2 + 1))
    defined = total[:, 0] > 0
    lower, upper = (np.minimum(position, values.shape[1] - 1) for position in (lower, upper))
    middle = [np.take_along_axis(ascending, position, axis=1)[:, 0] for position in (lower, upper)]
    return np.where(defined, (middle[0] + middle[1]) / 2, np.nan)
