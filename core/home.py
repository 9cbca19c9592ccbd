"""Where the package keeps everything it writes: one folder, with datasets, downloads, caches and results below it."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

import platformdirs

from .errors import InvalidParameterError, NotWritableError

HOME_VARIABLE = "BRAINSCORE_MOUSE_HOME"
_VARIABLE = re.compile(r"\$(\w|\{)")
_other_results: ContextVar[Path | None] = ContextVar("_other_results", default=None)


def home() -> Path:
    """Return the folder below which the package writes: ``$BRAINSCORE_MOUSE_HOME`` or the user-data folder.

    Raises
    ------
    InvalidParameterError
        If a file is where it, or a folder above it, should be.
    """
    path = path_of_variable(HOME_VARIABLE) or Path(platformdirs.user_data_dir("brainscore-mouse"))
    there = next(above for above in (path, *path.parents) if os.path.exists(above))
    if not there.is_dir():
        # Else it would be taken for a home in which nothing is stored yet.
        raise InvalidParameterError(
            f"The home {path} cannot be used: {there} is a file. Set ${HOME_VARIABLE} to a folder."
        )
    return path


def path_of_variable(variable: str) -> Path | None:
    """Return the absolute path that an environment variable gives; None if the variable is not set, or empty.

    Other variables in it, which a shell has not expanded (settings of services, .env files), are expanded. A relative
    path is made absolute in the environment too, so that it names the same folder after the working directory has
    changed, and in the processes started from this one.

    Parameters
    ----------
    variable : str
        Its name.

    Raises
    ------
    InvalidParameterError
        If the path begins with the home of a user who does not exist, contains a variable that is not set, begins or
        ends with blanks, or is an address.
    """
    text = os.environ.get(variable)
    if not text:
        return None
    expanded = os.path.expandvars(text)
    for problem, is_there in {
        "contains a variable that is not set": _VARIABLE.search(expanded) is not None,
        "begins or ends with blanks": text != text.strip(),
        "is an address, not a folder": "://" in text,
    }.items():
        if is_there:
            raise InvalidParameterError(f"${variable} is {text!r}, which {problem}. Set it to the path of a folder.")
    path = absolute_path(expanded)
    if str(path) != text:
        os.environ[variable] = str(path)
    return path


def absolute_path(text: str) -> Path:
    """Return the absolute path that a user wrote, with ``~`` and ``~user`` expanded.

    Raises
    ------
    InvalidParameterError
        If there is no such user.
    """
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise InvalidParameterError(f"The path {text!r} cannot be expanded: {error}") from error


def check_writable(folder: Path) -> None:
    """Write, read and delete a file in a folder; where the folder is missing, make it and remove it again.

    Parameters
    ----------
    folder : Path
        The folder.

    Raises
    ------
    NotWritableError
        If any of these is impossible.
    """
    content = b"brainscore-mouse was here"
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Gone after the block, also where writing fails.
        with tempfile.NamedTemporaryFile(prefix=".writable-", dir=folder) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if Path(file.name).read_bytes() != content:
                raise OSError("what was written is not what is read back")
    except OSError as error:
        raise NotWritableError(folder, error) from error
    finally:
        for path in missing:  # from the innermost
            with contextlib.suppress(OSError):  # another process may have written into it meanwhile
                path.rmdir()


def datasets_folder() -> Path:
    """Return the folder of the packaged datasets."""
    return home() / "datasets"


def downloads_folder() -> Path:
    """Return the folder of what was read from remote sources, and of the checksums that it had at first use."""
    return home() / "downloads"


def cache_folder() -> Path:
    """Return the folder of what can be computed again."""
    return home() / "cache"


def results_folder() -> Path:
    """Return the folder of the stored scores."""
    return _other_results.get() or home() / "results"


@contextlib.contextmanager
def results_in(folder: Path) -> Iterator[None]:
    """Inside the block, stored scores are read from and written to another folder; all else stays in the home."""
    token = _other_results.set(folder)
    try:
        yield
    finally:
        _other_results.reset(token)
