"""From bootstrap draws of a difference to its interval and its p-value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidParameterError, UnreliableDataError

# A draw can leave nothing to compare, where there are few mice. What remains of fewer than this says little.
_LEAST_DEFINED = 0.5


@dataclass(frozen=True)
class Difference:
    """How much better one model is than another.

    Attributes
    ----------
    value : float
        The difference as measured, first minus second model.
    low, high : float
        Ends of the interval: percentiles of the draws, moved so that their mean is the difference as measured.
    bias : float
        How far they were moved, with its sign: the mean of the draws minus the difference as measured.
    standard_error : float
        Standard deviation over draws.
    p : float
        Two-sided p-value of no difference; at least 2 / (n_draws + 1).
    n_draws : int
        Draws in which the difference was defined.
    """

    value: float
    low: float
    high: float
    bias: float
    standard_error: float
    p: float
    n_draws: int

    def as_row(self) -> dict[str, float]:
        """Return the columns of a table of differences."""
        return {
            "difference": self.value,
            "low": self.low,
            "high": self.high,
            "bias": self.bias,
            "standard_error": self.standard_error,
            "p": self.p,
            "n_draws": self.n_draws,
        }


def difference_of_draws(value: float, draws: NDArray[Any], level: float = 0.95) -> Difference:
    """Summarize bootstrap draws of a difference.

    With replacement fewer different stimuli are drawn than there are. That by itself lowers scores, of some models
    more than of others: most by `map-rmse`, whose maps are sums over stimuli. The draws estimate the spread of the
    difference, not its location; they are therefore shifted so that their mean is the measured difference.

    Parameters
    ----------
    value : float
        The difference as measured.
    draws : array of shape (n_draws,)
        The difference in each draw, NaN where there was nothing to compare.
    level : float
        Share of the draws within the interval.

    Raises
    ------
    InvalidParameterError
        If the level is not between 0 and 1.
    UnreliableDataError
        If the difference is undefined in more than half of the draws.
    """
    if not 0 < level < 1:
        raise InvalidParameterError(f"level is {level}; it must be between 0 and 1, for instance .95.")
    defined = draws[~np.isnan(draws)]
    if len(defined) < max(2, _LEAST_DEFINED * len(draws)):
        raise UnreliableDataError(
            f"In {len(draws) - len(defined)} of {len(draws)} draws there was nothing to compare: too few stimuli, mice "
            "or neuroids for an interval."
        )
    bias = float(defined.mean()) - value
    moved = defined - bias
    low, high = np.quantile(moved, [(1 - level) / 2, (1 + level) / 2])
    return Difference(
        value, float(low), float(high), bias, float(np.std(defined, ddof=1)), two_sided_p(moved), len(defined)
    )


def two_sided_p(draws: NDArray[Any]) -> float:
    """Return the p-value of no difference: twice the share of draws on the rarer side of zero.

    A draw of exactly zero counts on both sides, and one draw is added to both, so that p is never zero (Davison &
    Hinkley 1997, section 4.2).

    Parameters
    ----------
    draws : array of shape (n_draws,)
        Without NaN.

    Examples
    --------
    >>> two_sided_p(np.array([0.2, 0.1, 0.3, -0.1, 0.2, 0.4, 0.1, 0.3, 0.2]))  # 1 of 9 is below zero
    0.4
    """
    on_rarer_side = min((draws <= 0).sum(), (draws >= 0).sum())
    return float(min(1.0, 2 * (on_rarer_side + 1) / (len(draws) + 1)))
