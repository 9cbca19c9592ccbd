"""The folder of what can be computed again: every file of it is written here, read here, and evicted here.

Each kind of file has a folder of its own, ``cache/<kind>/``, which is kept within the limit. Nothing of the cache is
needed: where it cannot be written, one warning says so, and what was to be cached is computed again next time.
"""

import contextlib
import errno
import fcntl
import functools
import os
import shutil
import stat
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidParameterError, NotWritableError
from .files import folder_written_once, written_whole
from .home import cache_folder, downloads_folder
from .terminal.counted import counted

Found = TypeVar("Found")

LIMIT_VARIABLE = "BRAINSCORE_MOUSE_CACHE_MB"
_DEFAULT_LIMIT_MB = 2048
# What earlier versions kept in the cache although it costs a download.
_DOWNLOADS_ONCE_IN_CACHE = ("allen", "published")
# Hidden files this old are what killed processes left behind, not what others are writing.
_SECONDS_OF_LEFTOVERS = 24 * 3600
_ATTEMPTS = 3


@dataclass(frozen=True)
class CacheContent:
    """What one kind of files takes.

    Attributes
    ----------
    kind : str
        Name of the folder, for instance 'grams'.
    n_files : int
        Number of files.
    n_bytes : int
        Their total size.
    is_download : bool
        Whether they were downloaded; all others can be computed again.
    """

    kind: str
    n_files: int
    n_bytes: int
    is_download: bool = False

    def __str__(self) -> str:
        downloaded = ", downloaded" if self.is_download else ""
        return f"{self.kind}: {counted(self.n_files, 'file')}, {self.n_bytes / 1e6:.1f} MB{downloaded}"


def cache_limit_bytes() -> int:
    """Return how large each kind of cached files may grow: ``$BRAINSCORE_MOUSE_CACHE_MB``, by default 2048 MB.

    Raises
    ------
    InvalidParameterError
        If the variable is not a positive number.
    """
    text = os.environ.get(LIMIT_VARIABLE) or str(_DEFAULT_LIMIT_MB)
    try:
        n_bytes = int(float(text) * 1e6)
    except (ValueError, OverflowError):  # not a number, NaN or infinite
        n_bytes = 0
    if n_bytes <= 0:
        raise InvalidParameterError(f"${LIMIT_VARIABLE} is {text!r}; it must be a positive number of megabytes.")
    return n_bytes


def write_cached_file(path: Path, write: Callable[[Path], None]) -> bool:
    """Write a file of the cache, whole or not at all, and evict the least recently used ones beyond the limit.

    Parameters
    ----------
    path : Path
        ``cache/<kind>/<name>``.
    write : callable
        Writes to the path it is given.

    Returns
    -------
    bool
        Whether it was written. It is not if it alone is larger than the limit, or if the cache cannot be written; both
        are warned of, once, and what was there before stays.
    """
    limit = cache_limit_bytes()
    is_written = False
    with warned_if_unwritable(cache_folder()):
        with contextlib.suppress(_TooLargeError):
            with written_whole(path) as temporary:
                write(temporary)
                n_bytes = temporary.stat().st_size
                if n_bytes > limit:
                    _warn_of_large_files(path.parent, limit)
                    raise _TooLargeError
            is_written = True
        _evict(path.parent, path, limit)
    return is_written


def write_kept_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file that saves computing, to a folder without a limit, whole or not at all.

    Parameters
    ----------
    path : Path
        Below `home()`. Where it cannot be written, one warning says so.
    write : callable
        Writes to the path it is given.
    """
    with warned_if_unwritable(path.parent), written_whole(path) as temporary:
        write(temporary)


@contextlib.contextmanager
def warned_if_unwritable(folder: Path) -> Iterator[None]:
    """Warn, once, where the block cannot write what can be computed again: a full disk must cost nobody a result.

    Parameters
    ----------
    folder : Path
        What the warning names.
    """
    try:
        yield
    except OSError as error:
        _warn_of_unwritable_cache(folder, error.strerror or str(error))


def write_cached_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays to an npz file of the cache; see `write_cached_file`."""
    write_cached_file(path, lambda temporary: write_npz(temporary, arrays))


def write_npz(path: Path, arrays: Mapping[str, Any], compression: int = zipfile.ZIP_STORED) -> None:
    """Write arrays to an npz file, as `np.savez` does; `compression` is one of the zipfile module's."""
    # np.savez leaves its archive open where the disk is full, which prints a traceback when it is collected.
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(values), allow_pickle=False)


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
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        warnings.warn(f"the cached file {path} is damaged ({error}); it is computed again", stacklevel=4)
        return None
    _mark_used(path)
    return found


def cached_folder(path: Path, write: Callable[[Path], None]) -> Path:
    """Return a folder of files that others read by their paths, such as pictures; write it if it is not there.

    Until this process ends, no process evicts the folder.

    Parameters
    ----------
    path : Path
        ``cache/<kind>/<name>``; the name says the content.
    write : callable
        Writes all files into the folder it is given.

    Returns
    -------
    Path
        `path`; where the cache cannot be written, a temporary folder that goes when this process ends.

    Raises
    ------
    NotWritableError
        If there is no temporary folder either.
    """
    for _ in range(_ATTEMPTS):  # another process may evict the folder before it is held
        if _hold(path):
            _mark_used(path)
            return path
        try:
            with folder_written_once(path) as temporary:
                write(temporary)
        except OSError as error:
            folder = _folder_outside_cache(path, write)
            _warn_of_unwritable_cache(cache_folder(), error.strerror or str(error))
            return folder
        _hold(path)
        with contextlib.suppress(OSError):
            _evict(path.parent, path, cache_limit_bytes())
    return path


def download_folder(name: str) -> Path:
    """Return where downloads of one kind are kept: ``downloads/<name>``.

    What an earlier version kept in the cache is moved there; where that is impossible, it is used where it is.

    Parameters
    ----------
    name : str
        For instance 'allen'.
    """
    folder, before = downloads_folder() / name, cache_folder() / name
    if name not in _DOWNLOADS_ONCE_IN_CACHE or not before.is_dir():
        return folder
    if not folder.exists():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            os.rename(before, folder)
        except OSError:
            # Another process was faster, or the cache is on another disk.
            return folder if folder.is_dir() else before
        return folder
    for part in before.iterdir():  # an earlier version ran again meanwhile
        if not (folder / part.name).exists():
            with contextlib.suppress(OSError):
                os.rename(part, folder / part.name)
    return folder


def cache_info() -> list[CacheContent]:
    """Return what is in the cache, and what was downloaded, by kind."""
    return [CacheContent(path.name, *_size(path), is_download=is_download) for path, is_download in _folders_of_kinds()]


def clear_cache(kinds: Collection[str] | None = None) -> list[CacheContent]:
    """Remove cached files, but for folders that running processes use.

    Parameters
    ----------
    kinds : collection of str, optional
        Names of kinds, as of `cache_info`; also of downloads. Default: all that can be computed again, no downloads.

    Returns
    -------
    list of CacheContent
        What was removed.

    Raises
    ------
    InvalidParameterError
        If there is no such kind; nothing is removed then.
    NotWritableError
        If a file cannot be removed.
    """
    removed = []
    for path, is_download in chosen_kinds(kinds):
        before = _size(path)
        try:
            for entry in path.iterdir():
                _remove(entry)
            with contextlib.suppress(OSError):  # not empty: somebody uses the rest
                path.rmdir()
        except OSError as error:
            raise NotWritableError(path, error) from error
        after = _size(path) if path.is_dir() else (0, 0)
        removed.append(CacheContent(path.name, before[0] - after[0], before[1] - after[1], is_download))
    return removed


def chosen_kinds(kinds: Collection[str] | None) -> list[tuple[Path, bool]]:
    """Return the folders that `clear_cache` would empty, and whether each holds downloads."""
    present = _folders_of_kinds()
    if kinds is None:
        return [(path, is_download) for path, is_download in present if not is_download]
    names = {path.name for path, _ in present}
    for kind in kinds:
        if kind not in names:
            raise InvalidParameterError(
                f"There is nothing of the kind {kind!r} here. Kinds: {', '.join(sorted(names)) or 'none'}."
            )
    return [(path, is_download) for path, is_download in present if path.name in kinds]


class _TooLargeError(Exception):
    """A file is larger than the whole cache may be."""


def _folders_of_kinds() -> list[tuple[Path, bool]]:
    downloads = {name: download_folder(name) for name in _DOWNLOADS_ONCE_IN_CACHE}
    if downloads_folder().is_dir():
        downloads |= {path.name: path for path in downloads_folder().iterdir() if path.is_dir()}
    found = [(path, True) for _, path in sorted(downloads.items()) if path.is_dir()]
    if cache_folder().is_dir():
        kinds = sorted(path for path in cache_folder().iterdir() if path.is_dir() and path.name not in downloads)
        found = [*((path, False) for path in kinds), *found]
    return found


def _mark_used(path: Path) -> None:
    """Mark a file or folder as recently used: the least recently used ones are evicted first."""
    with contextlib.suppress(OSError):  # evicted meanwhile, or a cache that can only be read
        os.utime(path)


def _evict(folder: Path, newest: Path, limit: int) -> None:
    """Remove the least recently used files and folders of a kind beyond the limit, but the newest one."""
    entries = []
    for path in folder.iterdir():
        try:
            status = path.stat()
            if not path.name.startswith("."):
                size = _size(path)[1] if stat.S_ISDIR(status.st_mode) else status.st_size
                entries.append((path == newest, status.st_mtime_ns, path.name, size))
            elif time.time() - status.st_mtime > _SECONDS_OF_LEFTOVERS:
                _remove(path)
        except FileNotFoundError:  # another process removed it
            continue
    n_bytes = 0
    for _, _, name, size in sorted(entries, reverse=True):
        n_bytes += size
        if n_bytes > limit and name != newest.name and _remove(folder / name):
            n_bytes -= size


def _remove(path: Path) -> bool:
    """Remove a file or folder unless it is a folder that a process uses; return whether it is gone."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return True
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Under another name first: nobody finds half a folder.
        hidden = path if path.name.startswith(".") else path.with_name(f".removed-{path.name}-{os.getpid()}")
        os.rename(path, hidden)
        shutil.rmtree(hidden)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


_held: dict[Path, int] = {}


def _hold(folder: Path) -> bool:
    """Keep a folder from being evicted as long as this process lives; return whether it is there."""
    if folder in _held:
        if _is_open_as(_held[folder], folder):
            return True
        os.close(_held.pop(folder))  # somebody removed it by hand
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    with contextlib.suppress(OSError):  # a network disk without locks
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    if not _is_open_as(descriptor, folder):
        os.close(descriptor)
        return False
    _held[folder] = descriptor
    return True


def _is_open_as(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(folder))
    except FileNotFoundError:
        return False


def _size(path: Path) -> tuple[int, int]:
    """Return the number of files and their size in bytes."""
    if not path.is_dir():
        return 1, path.stat().st_size
    n_files, n_bytes = 0, 0
    for parent, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                n_bytes += os.lstat(os.path.join(parent, name)).st_size
                n_files += 1
    return n_files, n_bytes


_outside_cache: dict[Path, Path] = {}


def _folder_outside_cache(path: Path, write: Callable[[Path], None]) -> Path:
    if path not in _outside_cache:
        try:
            folder = Path(_temporary_root().name) / f"{len(_outside_cache)}-{path.name}"
            folder.mkdir()
            write(folder)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                raise NotWritableError(path, error) from error
            raise  # of what is read to write it
        _outside_cache[path] = folder
    return _outside_cache[path]


@functools.cache
def _temporary_root() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="brainscore-mouse-")  # removed when the process ends


@functools.cache
def _warn_of_unwritable_cache(folder: Path, reason: str) -> None:
    what = "cache" if folder == cache_folder() else "folder"
    warnings.warn(
        f"The {what} {folder} cannot be written ({reason}); what would be in it is computed again each time.",
        stacklevel=4,
    )


@functools.cache
def _warn_of_large_files(folder: Path, limit: int) -> None:
    warnings.warn(
        f"What is larger than the cache may be ({limit / 1e6:g} MB) is not kept in {folder}; set ${LIMIT_VARIABLE} to "
        "allow more.",
        stacklevel=4,
    )
