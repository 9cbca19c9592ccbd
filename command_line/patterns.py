"""Patterns of identifiers, as the command line takes them."""

import fnmatch
from collections.abc import Sequence

from ..core.errors import UnknownIdentifierError


def matching(kind: str, patterns: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the identifiers that match one of the patterns, each once.

    Parameters
    ----------
    kind : str
        What they name, e.g. 'benchmark'.
    patterns : sequence of str
        With ``*``, ``?`` and ``[...]``, as in a shell; a pattern without a dot leaves out parts of areas, such as
        ``VISp.Sst``. What is behind an ``@``, such as a variant of the stimuli, is kept.
    known : sequence of str
        All identifiers there are.

    Raises
    ------
    UnknownIdentifierError
        If a pattern matches none.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        name, at, variant = pattern.partition("@")
        of_pattern = [one for one in fnmatch.filter(known, name) if "." in name or "." not in one]
        if not of_pattern:
            raise UnknownIdentifierError(f"No {kind} matches {pattern!r}; see `brainscore-mouse list {kind}s`.")
        found.update(dict.fromkeys(f"{identifier}{at}{variant}" for identifier in of_pattern))
    return list(found)
