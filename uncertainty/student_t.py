"""Student's t distribution, without the second that importing scipy.stats takes: `results show` starts without it."""

import math


def two_sided_p(statistic: float, degrees_of_freedom: int) -> float:
    """Return how often chance gives a value of Student's t as far from 0.

    Parameters
    ----------
    statistic : float
        A difference divided by its standard error; infinite if the error is 0.
    degrees_of_freedom : int
        At least 1.

    Notes
    -----
    The finite sums of Abramowitz and Stegun 1964, equations 26.7.3 and 26.7.4.

    Examples
    --------
    >>> round(two_sided_p(12.706, 1), 4), round(two_sided_p(-2.571, 5), 4)
    (0.05, 0.05)
    """
    angle = math.atan2(abs(statistic), math.sqrt(degrees_of_freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    is_odd = degrees_of_freedom % 2
    term, total = (cosine, 0.0) if is_odd else (1.0, 0.0)
    for power in range(is_odd, degrees_of_freedom - 1, 2):
        total += term
        term *= cosine**2 * (power + 1) / (power + 2)
    inside = 2 / math.pi * (angle + sine * total) if is_odd else sine * total
    return max(0.0, 1 - inside)
