"""Installed packages that add models, metrics and benchmarks: entry points of the group ``brainscore_mouse.plugins``.

Each entry point names a module that fills the registries when it is imported, like a plugin folder of this package.
"""

import functools
import importlib.metadata
import logging
import os
import sys
from dataclasses import dataclass

from .registries import all_entries, check_nothing_replaced, check_prefixes_are_free, restore_entries

GROUP = "brainscore_mouse.plugins"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BrokenPackage:
    """An installed package whose plugins could not be loaded.

    Attributes
    ----------
    distribution : str
        Its name and version.
    entry_point : str
        What was to be imported.
    cause : BaseException
        Why that failed.
    """

    distribution: str
    entry_point: str
    cause: BaseException

    def __str__(self) -> str:
        kind = type(self.cause).__name__
        return f"the plugins of the package {self.distribution} ({self.entry_point}) are broken: {kind}: {self.cause}"


_loaded: dict[str, BrokenPackage | None] = {}


def load_plugin_packages() -> None:
    """Import the plugins of all installed packages, each once; to be called when our own are registered.

    A package that cannot be imported, or that registers an identifier which exists or is reserved, gives a warning and
    adds nothing; the others are loaded all the same.
    """
    for entry_point in _entry_points(tuple(map(_state_of, sys.path))):
        key = f"{entry_point.name}={entry_point.value}"
        if key in _loaded:
            continue
        _loaded[key] = None  # before the import: a plugin may itself list what there is
        before = all_entries()
        try:
            entry_point.load()
            check_nothing_replaced(before)
            check_prefixes_are_free(before)
        except (Exception, SystemExit) as error:
            restore_entries(before)
            distribution = f"{entry_point.dist.name} {entry_point.dist.version}" if entry_point.dist else "(unknown)"
            broken = BrokenPackage(distribution, entry_point.value, error)
            _loaded[key] = broken
            _logger.warning("Left out: %s", broken)


@functools.lru_cache(maxsize=1)
def _entry_points(state: tuple[tuple[str, int], ...]) -> tuple[importlib.metadata.EntryPoint, ...]:
    """Look for our entry points in all packages, a tenth of a second's work, unless nothing was installed since."""
    return tuple(importlib.metadata.entry_points(group=GROUP))


def _state_of(folder: str) -> tuple[str, int]:
    """Return a folder of ``sys.path`` with its time of change, which is another one after an installation."""
    try:
        return folder, os.stat(folder or os.curdir).st_mtime_ns
    except OSError:
        return folder, 0


def broken_packages() -> list[BrokenPackage]:
    """Return the packages that could not be loaded."""
    return [broken for broken in _loaded.values() if broken is not None]
