"""Reading single arrays of a NumPy archive (.npz)."""

import io
import zipfile
from pathlib import Path

import numpy as np

from ...core.errors import UnexpectedFormatError
from .load_array import DAMAGE, array_shape, load_array


def load_npz(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Load arrays of an archive; the others are not read.

    Raises
    ------
    UnexpectedFormatError
        If the archive is damaged, lacks an array, or one holds Python objects.
    """
    loaded = {}
    with _opened(path) as archive:
        for name in names:
            try:
                content = io.BytesIO(archive.read(f"{name}.npy"))
            except (KeyError, *DAMAGE) as error:
                raise UnexpectedFormatError(_lacks(path, name, error)) from error
            loaded[name] = load_array(content, f"{name} of {path.name}")
    return loaded


def shape_in_npz(path: Path, name: str) -> tuple[int, ...]:
    """Return the shape of an array in an archive without loading it; errors as of `load_npz`."""
    with _opened(path) as archive:
        try:
            with archive.open(f"{name}.npy") as content:
                return array_shape(content, f"{name} of {path.name}")
        except (KeyError, *DAMAGE) as error:
            raise UnexpectedFormatError(_lacks(path, name, error)) from error


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except DAMAGE as error:
        raise UnexpectedFormatError(
            f"{path} is not a whole NumPy archive ({type(error).__name__}: {error}). Download it again."
        ) from error


def _lacks(path: Path, name: str, error: Exception) -> str:
    return f"{path} has no readable array {name!r} ({type(error).__name__}: {error}). Download it again."
