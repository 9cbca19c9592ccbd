"""The files of one mouse in the layout of the Sensorium competitions, zipped or unpacked."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from ...core.errors import UnexpectedFormatError
from ..published.load_array import DAMAGE, array_shape, load_array

_LANDMARK = "meta/trials/tiers.npy"


class MouseArchive:
    """Reads arrays by their path below the folders ``data`` and ``meta``; see `mouse_archive`.

    Parameters
    ----------
    path : Path
        The zip file or folder, for messages.
    root : Path or zipfile.Path
        What holds ``data`` and ``meta``.
    """

    def __init__(self, path: Path, root: "Path | zipfile.Path"):
        self.path = path
        self._root = root

    def load(self, name: str) -> np.ndarray:
        """Load an array, such as ``meta/trials/tiers.npy``; raise UnexpectedFormatError if it cannot be read."""
        return load_array(self._stream(name), f"{name} of {self.path.name}")

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array; raise UnexpectedFormatError if it cannot be read."""
        return array_shape(self._stream(name), f"{name} of {self.path.name}")

    def _stream(self, name: str) -> IO[bytes]:
        try:
            return io.BytesIO((self._root / name).read_bytes())
        except (FileNotFoundError, KeyError) as error:
            raise UnexpectedFormatError(
                f"{self.path} has no {name}; it is incomplete, or not one of the published files: download it again."
            ) from error
        except DAMAGE as error:
            raise UnexpectedFormatError(_damaged(self.path, error)) from error


@contextmanager
def mouse_archive(path: Path) -> Iterator[MouseArchive]:
    """Open the files of a mouse.

    Parameters
    ----------
    path : Path
        A zip file, or the folder that it unpacks to. ``data`` and ``meta`` may be one folder deeper.

    Raises
    ------
    UnexpectedFormatError
        If it is not a whole zip file, or of another layout.
    """
    if path.is_dir():
        yield MouseArchive(path, _root_of(path, path))
        return
    try:
        file = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise UnexpectedFormatError(_damaged(path, error)) from error
    with file:
        yield MouseArchive(path, _root_of(path, zipfile.Path(file)))


def _root_of(path: Path, top: "Path | zipfile.Path") -> "Path | zipfile.Path":
    for root in (top, *(each for each in top.iterdir() if each.is_dir())):
        if (root / _LANDMARK).is_file():
            return root
    raise UnexpectedFormatError(
        f"{path} has no {_LANDMARK}; it is not of the Sensorium layout (folders data and meta): download it again."
    )


def _damaged(path: Path, error: Exception) -> str:
    return f"{path} is not a whole zip file ({type(error).__name__}: {error}). Download it again."
