"""Numbers of things, in words."""

_PLURALS = {"mouse": "mice", "stimulus": "stimuli"}


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, in the plural where it is not one.

    Parameters
    ----------
    number : int
        How many.
    noun : str
        Of what, in the singular.

    Examples
    --------
    >>> counted(1, "mouse"), counted(6, "mouse"), counted(0, "neuroid")
    ('1 mouse', '6 mice', '0 neuroids')
    """
    return f"{number} {noun if number == 1 else _PLURALS.get(noun, f'{noun}s')}"
