"""P values, as people read them."""

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
    shown = p_number(value)
    return f"p {shown}" if value < _SMALLEST else f"p = {shown}"


def p_number(value: float) -> str:
    """Return a p value as it stands in a column that is called p.

    Parameters
    ----------
    value : float
        The p value.

    Examples
    --------
    >>> p_number(0.0123), p_number(2e-12)
    ('0.012', '< 0.001')
    """
    return f"< {_SMALLEST}" if value < _SMALLEST else f"{value:z.3f}"
