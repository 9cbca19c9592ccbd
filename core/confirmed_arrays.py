"""Arrays on disk, found by the content that they were computed from, and believed if the model still does the same."""

import glob
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from .behaviour import Behaviour
from .cache import read_cached_arrays, write_cached_arrays, write_kept_file, write_npz

Found = TypeVar("Found")

_NUMBERS, _ROUNDING = "behaviour_numbers", "behaviour_rounding"


def write_confirmed_arrays(stem: Path, behaviour: Behaviour, arrays: Mapping[str, Any]) -> None:
    """Write arrays and the behaviour of the model that they are of, and keep their folder within the cache's limit.

    Parameters
    ----------
    stem : Path
        Path of the file, short of the suffix of the behaviour. Records of other models of the same content stay.
    behaviour : Behaviour
        Of the model.
    arrays : mapping
        By name.
    """
    write_cached_arrays(_path(stem, behaviour), _with_behaviour(behaviour, arrays))


def keep_confirmed_arrays(stem: Path, behaviour: Behaviour, arrays: Mapping[str, Any]) -> None:
    """Write arrays as `write_confirmed_arrays` does, compressed and to a folder without a limit."""
    content = _with_behaviour(behaviour, arrays)
    write_kept_file(_path(stem, behaviour), lambda path: write_npz(path, content, zipfile.ZIP_DEFLATED))


def read_confirmed_arrays(
    stem: Path, behaviour: Behaviour, of_arrays: Callable[[Mapping[str, NDArray[Any]]], Found]
) -> Found | None:
    """Read what was written of a model whose behaviour is the same but for rounding; None if there is nothing.

    Parameters
    ----------
    stem : Path
        As for writing.
    behaviour : Behaviour
        Of the model as it is now.
    of_arrays : callable
        Makes of the arrays what is wanted; see :func:`~brainscore_mouse.core.cache.read_cached_arrays`.
    """

    def if_same(arrays: Mapping[str, NDArray[Any]]) -> Found | None:
        stored = Behaviour(arrays[_NUMBERS], float(arrays[_ROUNDING]))
        return of_arrays(arrays) if behaviour.agrees_with(stored) else None

    exact = _path(stem, behaviour)
    found = read_cached_arrays(exact, if_same)
    if found is not None:
        return found
    # Only now, since a folder may hold thousands.
    for path in sorted(stem.parent.glob(f"{glob.escape(stem.name)}-*.npz")):
        if path != exact and (found := read_cached_arrays(path, if_same)) is not None:
            return found
    return None


def _path(stem: Path, behaviour: Behaviour) -> Path:
    return stem.with_name(f"{stem.name}-{behaviour.suffix}.npz")


def _with_behaviour(behaviour: Behaviour, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {_NUMBERS: behaviour.numbers, _ROUNDING: behaviour.rounding, **arrays}
