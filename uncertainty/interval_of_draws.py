"""From bootstrap draws of a number to its interval."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidParameterError, UnreliableDataError

# A draw can leave nothing to compare. What remains of fewer than this share of the draws says little.
_LEAST_DEFINED = 0.5


@dataclass(frozen=True)
class Interval:
    """A number with what another sample of stimuli could have made of it.

    Attributes
    ----------
    value : float
        As measured.
    low, high : float
        Ends of the interval: percentiles of the draws, moved so that their mean is the value as measured.
    standard_error : float
        Standard deviation over draws.
    n_draws : int
        Draws in which the value was defined.
    """

    value: float
    low: float
    high: float
    standard_error: float
    n_draws: int


def interval_of_draws(value: float, draws: NDArray[Any], level: float = 0.95) -> Interval:
    """Summarize bootstrap draws of a number.

    With replacement fewer different stimuli are drawn than there are. That by itself changes many numbers, so the draws
    show how far a number may be from where it was measured, not where it is; their mean is moved there.

    Parameters
    ----------
    value : float
        The number as measured.
    draws : array of shape (n_draws,)
        The number in each draw, NaN where there was nothing to compare.
    level : float
        Share of the draws within the interval.

    Raises
    ------
    InvalidParameterError
        If the level is not between 0 and 1.
    UnreliableDataError
        If the number is undefined in more than half of the draws.
    """
    if not 0 < level < 1:
        raise InvalidParameterError(f"level is {level}; it must be between 0 and 1, for instance .95.")
    defined = draws[~np.isnan(draws)]
    if len(defined) < max(2, _LEAST_DEFINED * len(draws)):
        raise UnreliableDataError(
            f"In {len(draws) - len(defined)} of {len(draws)} draws there was nothing to compare: too few stimuli for "
            "an interval."
        )
    low, high = np.quantile(defined - defined.mean() + value, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), float(np.std(defined, ddof=1)), len(defined))
