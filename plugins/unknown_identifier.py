"""What to say when an identifier is not known."""

import difflib
import re
from collections.abc import Iterable

from ..core.errors import UnknownIdentifierError
from ..core.home import HOME_VARIABLE, home
from .packages import broken_packages
from .registries import model_sources

_BEFORE_AREA = re.compile(r"(.+?)-[A-Z][^-]*-")  # areas begin with a capital letter


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
    names = list(known)
    message = f"No {kind} is called {identifier!r}. Closest: {closest_names(identifier, names)}."
    if kind == "benchmark":
        found = _BEFORE_AREA.match(identifier)
        if found is not None and not any(name.startswith(f"{found[1]}-") for name in names):
            message += (
                f" There is no dataset {found[1]!r} in {home()}: package your recordings (`brainscore-mouse data "
                f"package-arrays FOLDER --dataset {found[1]}`), or set ${HOME_VARIABLE} to the folder that has them."
            )
    if kind == "model":
        message += (
            f" Networks of libraries have prefixes: {', '.join(f'{prefix}:' for prefix in model_sources)}. A network "
            "of your own gets its name from a file: write one with `brainscore-mouse new-model NAME`, and load it with "
            "`--plugin FILE` (in Python: load_plugin(FILE))."
        )
    if broken := broken_packages():
        message += f" It may belong to a package that is left out: {'; '.join(map(str, broken))}."
    return UnknownIdentifierError(message)


def closest_names(identifier: str, known: Iterable[str], prefix: str = "") -> str:
    """Return the names that are most like an identifier, each behind a prefix, as a text."""
    closest = difflib.get_close_matches(identifier, list(known), n=5, cutoff=0)
    return ", ".join(f"{prefix}{name}" for name in closest)
