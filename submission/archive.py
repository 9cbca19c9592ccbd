"""Copying a submitted folder or zip file to where it can be checked and run: nothing but plain files, within bounds."""

import os
import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ..core.errors import SubmissionError
from .handover import printable

MAX_FILES = 2000
MAX_BYTES = 2 * 2**30
# Deflate reaches about 1000; weights and source code stay below 20.
MAX_RATIO = 100
_SMALL = 2**20
_MAX_NAME_BYTES = 200
_MAX_PATH_BYTES = 1000
_CHUNK = 2**20
# What systems leave in folders, and bytecode, which could hide what the source does not say.
_IGNORED_NAMES = {"__MACOSX", ".DS_Store", "__pycache__", ".git", ".ipynb_checkpoints", ".pytest_cache"}
_ENCRYPTED = 0x1


def copy_submission(source: Path, target: Path) -> None:
    """Copy a submission.

    Parameters
    ----------
    source : Path
        A folder or a zip file.
    target : Path
        An empty folder. What was copied before a refusal stays there.

    Raises
    ------
    SubmissionError
        If it is neither, is damaged, or contains anything but plain files and folders of plain, different names, of
        bounded number and size.
    """
    if source.is_symlink() or not source.exists():
        raise SubmissionError(f"{source} does not exist, or is a symbolic link.")
    if source.is_dir():
        _copy_folder(source, target)
    elif source.is_file() and zipfile.is_zipfile(source):
        _unzip(source, target)
    else:
        raise SubmissionError(f"{source} is neither a folder nor a zip file.")


def _copy_folder(source: Path, target: Path) -> None:
    files, n_bytes = 0, 0
    for path in _plain_files(source):
        relative = PurePosixPath(path.relative_to(source).as_posix())
        _check_name(str(relative))
        files, n_bytes = files + 1, n_bytes + path.stat().st_size
        _check_amount(files, n_bytes)
        copy = target / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy, follow_symlinks=False)


def _plain_files(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name in _IGNORED_NAMES or entry.name.endswith(".pyc"):
            continue
        if entry.is_symlink():
            raise SubmissionError(f"{_shown(entry.path)} is a symbolic link; put a copy in its place.")
        if entry.is_dir():
            yield from _plain_files(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)
        else:
            raise SubmissionError(f"{_shown(entry.path)} is neither a file nor a folder (a device, pipe or socket).")


def _unzip(source: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            for entry in entries:
                if not entry.is_dir() and not _is_ignored(entry.filename):
                    _extract(archive, entry, target / entry.filename)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, UnicodeDecodeError) as error:
        raise SubmissionError(f"{source} is damaged, or not a readable zip file: {printable(str(error))}.") from None


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    n_bytes = 0
    with archive.open(entry) as packed, open(copy, "xb") as file:
        while chunk := packed.read(_CHUNK):
            n_bytes += len(chunk)
            if n_bytes > entry.file_size:
                raise SubmissionError(f"{_shown(entry.filename)} is larger than the zip file says.")
            file.write(chunk)


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse the whole archive before anything is written."""
    _check_amount(len(entries), sum(entry.file_size for entry in entries))
    seen: dict[str, str] = {}
    for entry in entries:
        _check_name(entry.filename)
        _check_kind(entry)
        if entry.file_size > max(_SMALL, MAX_RATIO * entry.compress_size):
            raise SubmissionError(
                f"{_shown(entry.filename)} unpacks from {entry.compress_size} to {entry.file_size} bytes: a zip bomb."
            )
        key = _on_any_file_system(entry.filename)
        if key in seen:
            raise SubmissionError(
                f"{_shown(entry.filename)} and {_shown(seen[key])} are the same file on some file systems."
            )
        seen[key] = entry.filename
    files = {_on_any_file_system(entry.filename) for entry in entries if not entry.is_dir()}
    for name in seen:
        if any(str(parent) in files for parent in PurePosixPath(name).parents):
            raise SubmissionError(f"{_shown(name)} lies in a folder that is also a file.")


def _check_kind(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise SubmissionError(f"{_shown(entry.filename)} is encrypted.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a symbolic link" if kind == stat.S_IFLNK else "neither a file nor a folder"
        raise SubmissionError(f"{_shown(entry.filename)} is {what}; a submission consists of plain files.")


def _check_name(name: str) -> None:
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or "\\" in name or ":" in name or not name.isprintable():
        raise SubmissionError(f"{_shown(name)} is not a plain relative path of printable characters.")
    if any(part in ("", ".", "..") for part in parts):
        raise SubmissionError(f"{_shown(name)} leaves the submission's folder.")
    too_long = any(len(part.encode()) > _MAX_NAME_BYTES for part in parts) or len(name.encode()) > _MAX_PATH_BYTES
    if too_long:
        raise SubmissionError(f"{_shown(name)} is too long a name.")


def _check_amount(n_files: int, n_bytes: int) -> None:
    if n_files > MAX_FILES:
        raise SubmissionError(f"The submission has more than {MAX_FILES} files.")
    if n_bytes > MAX_BYTES:
        raise SubmissionError(f"The submission has {n_bytes / 2**30:.1f} GiB; {MAX_BYTES / 2**30:.0f} GiB are allowed.")


def _is_ignored(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(_IGNORED_NAMES.intersection(parts)) or name.endswith(".pyc")


def _on_any_file_system(name: str) -> str:
    return unicodedata.normalize("NFC", name.rstrip("/")).casefold()


def _shown(name: str) -> str:
    return repr(printable(name if len(name) <= 100 else f"{name[:100]}..."))
