"""Files and folders that appear whole or not at all, and their checksums."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path next to `path`; rename it to `path` if the block succeeds, remove it otherwise.

    Parameters
    ----------
    path : Path
        The file to write. Its folder is made where it is missing; an existing file is replaced.

    Yields
    ------
    Path
        Where the block writes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name keeps the suffix (writers choose the format by it) and is unique to this process and call.
    descriptor, temporary_name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(descriptor)
    temporary = Path(temporary_name)
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder survive a loss of power; their files' contents do already."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary folder next to `path`; rename it to `path` on success, remove it otherwise.

    Parameters
    ----------
    path : Path
        The folder to write. A folder that is there already is replaced only once the new one is complete; for a moment
        in between there is none.

    Yields
    ------
    Path
        Where the block writes.
    """
    with temporary_folder(path) as temporary:
        yield temporary
        if path.exists():
            replaced = Path(tempfile.mkdtemp(prefix=f".{path.name}-replaced-", dir=path.parent))
            os.replace(path, replaced / path.name)
            os.replace(temporary, path)
            shutil.rmtree(replaced)
        else:
            os.replace(temporary, path)


@contextlib.contextmanager
def folder_written_once(path: Path) -> Iterator[Path]:
    """Yield a temporary folder next to `path`; rename it to `path` on success, unless another process was faster.

    For folders whose name says their content: readers never find the folder missing once it was there.

    Parameters
    ----------
    path : Path
        The folder to write.

    Yields
    ------
    Path
        Where the block writes.
    """
    with temporary_folder(path) as temporary:
        yield temporary
        try:
            os.rename(temporary, path)
        except OSError:
            if not path.is_dir():
                raise


@contextlib.contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder next to `path`; after the block, remove it if it is still there.

    Parameters
    ----------
    path : Path
        What the folder's content is meant for; the folder is on the same disk.

    Yields
    ------
    Path
        Where the block writes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    temporary.chmod(0o755)  # mkdtemp makes it private; what is written may be shared
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
