"""Reading NumPy arrays of others: never pickles, which can run code when they are loaded."""

import zipfile
import zlib
from typing import IO

import numpy as np

from ...core.errors import UnexpectedFormatError

_HEADER_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
DAMAGE = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile)
"""What reading a truncated or damaged file raises."""


def load_array(stream: IO[bytes], name: str) -> np.ndarray:
    """Load an array of NumPy's format.

    Parameters
    ----------
    stream : binary file
        At the array's start, and seekable.
    name : str
        What messages call it.

    Returns
    -------
    array

    Raises
    ------
    UnexpectedFormatError
        If it holds Python objects, or is not a whole array.
    """
    array_shape(stream, name)
    stream.seek(0)
    try:
        return np.lib.format.read_array(stream, allow_pickle=False)
    except DAMAGE as error:
        raise UnexpectedFormatError(_damaged(name, error)) from error


def array_shape(stream: IO[bytes], name: str) -> tuple[int, ...]:
    """Return the shape of an array without loading it; parameters and errors as of `load_array`."""
    try:
        read_header = _HEADER_READERS[np.lib.format.read_magic(stream)]
        shape, _, dtype = read_header(stream)
    except (*DAMAGE, KeyError) as error:
        raise UnexpectedFormatError(_damaged(name, error)) from error
    if dtype.hasobject:
        raise UnexpectedFormatError(
            f"{name} is an array of Python objects, which can run code when it is loaded, and is therefore not read. "
            "The published file holds numbers or texts here: download it again."
        )
    return shape


def _damaged(name: str, error: Exception) -> str:
    return (
        f"{name} is not a whole NumPy array ({type(error).__name__}: {error}). Download the file that holds it again."
    )
