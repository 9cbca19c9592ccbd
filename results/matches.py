"""Patterns of names, as people choose stored scores by."""

import fnmatch
from collections.abc import Sequence


def matches(identifier: str, patterns: Sequence[str] | None) -> bool:
    """Return whether a name is one of the patterns, with ``*``, ``?`` and ``[...]`` as in a shell; any is, of None."""
    return not patterns or any(fnmatch.fnmatchcase(identifier, pattern) for pattern in patterns)
