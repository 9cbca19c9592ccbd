"""What to say when an identifier is not known."""

import difflib
from collections.abc import Iterable

from ..core.errors import UnknownIdentifierError
from .packages import broken_packages


def unknown_identifier(kind: str, identifier: str, known: Iterable[str]) -> UnknownIdentifierError:
    """Make the error for an identifier that is not known, with the closest ones, and plugin packages that are broken.

    Parameters
    ----------
    kind : str
        What was looked for, e.g. 'model'.
    identifier : str
        What was asked for.
    known : iterable of str
        What there is.
    """
    closest = difflib.get_close_matches(identifier, list(known), n=5, cutoff=0)
    message = f"No {kind} is called {identifier!r}. Closest: {', '.join(closest)}."
    if kind == "model":
        message += " A network of your own or of timm has no name here: in Python, score_model(network, benchmark)."
    if broken := broken_packages():
        message += f" It may belong to a package that is left out: {'; '.join(map(str, broken))}."
    return UnknownIdentifierError(message)
