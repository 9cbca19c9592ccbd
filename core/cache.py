"""The folder of what can be computed again: how large it may grow, what is in it, emptying it."""

import os
import shutil
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidParameterError
from .files import written_whole
from .home import cache_folder

Found = TypeVar("Found")

LIMIT_VARIABLE = "BRAINSCORE_MOUSE_CACHE_MB"
_DEFAULT_LIMIT_MB = 2048


@dataclass(frozen=True)
class CacheContent:
    """What one kind of cached files takes.

    Attributes
    ----------
    kind : str
        Name of the folder, for instance 'grams'.
    n_files : int
        How many files there are.
    n_bytes : int
        Their size together.
    """

    kind: str
    n_files: int
    n_bytes: int


def cache_limit_bytes() -> int:
    """Return how large each kind of cached files may grow: ``$BRAINSCORE_MOUSE_CACHE_MB``, by default 2048 MB.

    Raises
    ------
    InvalidParameterError
        If the variable is no positive number.
    """
    text = os.environ.get(LIMIT_VARIABLE) or str(_DEFAULT_LIMIT_MB)
    try:
        megabytes = float(text)
    except ValueError:
        megabytes = 0.0
    if not megabytes > 0:
        raise InvalidParameterError(f"${LIMIT_VARIABLE} is {text!r}; it must be a positive number of megabytes.")
    return int(megabytes * 1e6)


def mark_used(path: Path) -> None:
    """Note that a cached file was used: those unused for longest are removed first."""
    os.utime(path)


def keep_within_limit(folder: Path) -> None:
    """Remove the files unused for longest until a folder is as large as it may be, sparing the newest file."""
    aged = []
    for path in folder.glob("[!.]*"):
        try:
            status = path.stat()
        except FileNotFoundError:  # another process removed it
            continue
        aged.append((status.st_mtime_ns, status.st_size, path))
    aged.sort(reverse=True)
    n_bytes = 0
    for number, (_, size, path) in enumerate(aged):
        n_bytes += size
        if number and n_bytes > cache_limit_bytes():
            path.unlink(missing_ok=True)


def write_cached_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays to an npz file, and keep its folder within the limit."""
    with written_whole(path) as temporary:
        np.savez(temporary, **arrays)
    keep_within_limit(path.parent)


def read_cached_arrays(path: Path, of_arrays: Callable[[Mapping[str, NDArray[Any]]], Found]) -> Found | None:
    """Read what was written; None if it is not there, or damaged (then with a warning).

    Parameters
    ----------
    path : Path
        The npz file.
    of_arrays : callable
        Makes of the arrays what is wanted; a ValueError, KeyError or TypeError counts as damage.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = of_arrays(arrays)
        mark_used(path)
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        warnings.warn(f"the cached file {path} is damaged ({error}); it is computed again", stacklevel=4)
        return None
    return found


def cache_info() -> list[CacheContent]:
    """Tell what is in the cache, by kind."""
    if not cache_folder().is_dir():
        return []
    contents = []
    for folder in sorted(path for path in cache_folder().iterdir() if path.is_dir()):
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        contents.append(CacheContent(folder.name, len(sizes), sum(sizes)))
    return contents


def clear_cache() -> list[CacheContent]:
    """Empty the cache; tell what was in it."""
    contents = cache_info()
    if cache_folder().exists():
        shutil.rmtree(cache_folder())
    return contents
