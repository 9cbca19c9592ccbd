"""Paths on the command line: absolute, with ``~`` expanded also where the shell leaves it, as in ``--csv=~/x.csv``."""

from pathlib import Path


def expanded_path(text: str | Path) -> Path:
    """Return the absolute path that a user wrote; the `parser` of all options and arguments that are paths."""
    from ..core.home import absolute_path

    return absolute_path(str(text))
