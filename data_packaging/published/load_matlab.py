"""Reading MATLAB files of others."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.io
from scipy.io.matlab import MatReadError

from ...core.errors import UnexpectedFormatError

_HEADER_BYTES = 128  # of version 5: a text, and at its end a version and the order of bytes
_BYTE_ORDERS = {b"IM": "<", b"MI": ">"}


def load_matlab(path: Path, variables: Sequence[str]) -> dict[str, np.ndarray]:
    """Load some variables of a MATLAB file of version 4 to 7.2.

    Parameters
    ----------
    path : Path
        The file.
    variables : sequence of str
        Which variables; the others are not held in memory.

    Returns
    -------
    dict of str to array
        With MATLAB's at least two dimensions.

    Raises
    ------
    UnexpectedFormatError
        If the file cannot be read, or lacks a variable.
    """
    _check_length(path)
    try:
        contents = scipy.io.loadmat(path, variable_names=list(variables))
    except NotImplementedError as error:  # of version 7.3, which is HDF5
        raise UnexpectedFormatError(
            f"{path} is a MATLAB file of version 7.3, and the published one is of version 5: download it again."
        ) from error
    except (OSError, EOFError, ValueError, TypeError, IndexError, zlib.error, MatReadError) as error:
        raise UnexpectedFormatError(
            f"{path} is not a whole MATLAB file ({type(error).__name__}: {error}). Download it again."
        ) from error
    missing = [name for name in variables if name not in contents]
    if missing:
        raise UnexpectedFormatError(
            f"{path} has no variable {', '.join(missing)}; it is not the published file, or only a part of it."
        )
    return {name: contents[name] for name in variables}


def _check_length(path: Path) -> None:
    """Raise UnexpectedFormatError if a file of version 5 ends within a variable, even one that is not needed."""
    n_bytes = path.stat().st_size
    with open(path, "rb") as file:
        order = _BYTE_ORDERS.get(file.read(_HEADER_BYTES)[126:])
        end = _HEADER_BYTES
        while order is not None and end < n_bytes:
            file.seek(end)
            tag = file.read(8)
            end += 8 + struct.unpack(f"{order}I", tag[4:])[0] if len(tag) == 8 else 8
    if order is not None and end != n_bytes:
        raise UnexpectedFormatError(
            f"{path} is not a whole MATLAB file (it has {n_bytes} bytes, and its variables {end}). Download it again."
        )
