"""What to say when an identifier is not known."""

import difflib
from collections.abc import Iterable

from ..core.errors import UnknownIdentifierError
from .packages import broken_packages

NORMALIZATION_VARIANTS = {
    "neurn": "NeuRN of the image, k = 3 (the paper's)",
    "neurn-k5": "NeuRN of the image, k = 5",
    "neurn-k7": "NeuRN of the image, k = 7",
    "neurn-conv1": "NeuRN of the first convolution's output, k = 3",
    "neurn-stages": "NeuRN of the last layer before each loss of resolution, k = 3",
    "divnorm": "divisive normalization of the image",
    "lrn": "local response normalization of the image",
    "lcn": "local contrast normalization of the image",
}
"""What ``<model>+<variant>`` does to any model, by the variant's name."""


def split_variant(identifier: str) -> tuple[str, str | None]:
    """Split ``<model>+<variant>``; no variant if what follows the last plus is the name of none."""
    plain, plus, variant = identifier.rpartition("+")
    return (plain, variant) if plus and variant in NORMALIZATION_VARIANTS else (identifier, None)


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
