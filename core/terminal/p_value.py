"""A p value, in words."""

_SMALLEST = 0.001


def p_value(value: float) -> str:
    """Return a p value as it stands in a sentence; the approximations behind p values are no better than a thousandth.

    Parameters
    ----------
    value : float
        The p value.

    Examples
    --------
    >>> p_value(0.0123), p_value(2e-12)
    ('p = 0.012', 'p < 0.001')
    """
    return f"p < {_SMALLEST}" if value < _SMALLEST else f"p = {value:.3f}"
