"""Which of many differences are clear, without computing most of their p-values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

# Of a quantile, so that its own error does not matter; and of the p-value there, which is checked.
_MARGIN, _SMALLEST_MARGIN_OF_P = 1e-3, 1e-6


def clear_differences(t: NDArray[Any], freedom: NDArray[Any], level: float) -> NDArray[Any]:
    """Return which two-sided p-values of Student's t are below a level, adjusted by Benjamini and Hochberg.

    The same as ``benjamini_hochberg(2 * stdtr(freedom, -t)) < level``. If k of n p-values are clear, they are those
    below ``level * k / n``: k is found by counting, beginning with all. At each count only those p-values are computed
    that are not on the same side with the fewest degrees of freedom of all pairs as with the most.

    Parameters
    ----------
    t : array of shape (n_tests,)
        Absolute values; infinity where the error is 0.
    freedom : array of shape (n_tests,)
        Degrees of freedom, above 0.
    level : float
        Below 1.

    Returns
    -------
    array of bool, shape (n_tests,)
    """
    p = np.full(len(t), np.nan)
    n_clear = len(t)
    while n_clear:
        factor = len(t) / n_clear
        is_clear = t >= _surely_below(level / factor, freedom.min())
        is_open = np.flatnonzero(~is_clear & (t >= _surely_above(level / factor, freedom.max())))
        missing = is_open[np.isnan(p[is_open])]
        p[missing] = 2 * stdtr(freedom[missing], -t[missing])
        is_clear[is_open] = p[is_open] * factor < level
        if np.count_nonzero(is_clear) == n_clear:
            return is_clear
        n_clear = np.count_nonzero(is_clear)
    return np.zeros(len(t), dtype=bool)


def _surely_below(p: float, fewest: float) -> float:
    """Return a t from which on p-values are smaller, with this or any larger number of degrees of freedom."""
    t = -stdtrit(fewest, p / 2) * (1 + _MARGIN)
    return float(t) if 2 * stdtr(fewest, -t) < p * (1 - _SMALLEST_MARGIN_OF_P) else np.inf


def _surely_above(p: float, most: float) -> float:
    """Return a t up to which p-values are larger, with this or any smaller number of degrees of freedom."""
    t = -stdtrit(most, p / 2) * (1 - _MARGIN)
    return float(t) if 2 * stdtr(most, -t) > p * (1 + _SMALLEST_MARGIN_OF_P) else 0.0
