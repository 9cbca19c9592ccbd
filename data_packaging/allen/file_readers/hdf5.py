"""Reading HDF5 files of remote buckets: named errors for what is missing, and bytes fetched before h5py asks."""

import contextlib
import math
from collections.abc import Iterator

import h5py
import numpy as np

from ....core.errors import UnexpectedFormatError
from ...remote_objects.bucket import RemoteFile

_MIN_ROWS = 4


@contextlib.contextmanager
def opened(file: RemoteFile) -> Iterator[h5py.File]:
    """Open a remote file as HDF5."""
    with h5py.File(file, "r") as contents:
        yield contents


def dataset(contents: h5py.File, *paths: str) -> h5py.Dataset:
    """Return the dataset at the first of several paths that exists.

    Parameters
    ----------
    contents : h5py.File
        The file.
    *paths : str
        Where it may be: the names differ between versions of the pipeline.

    Raises
    ------
    UnexpectedFormatError
        If it is at none of them.
    """
    for path in paths:
        found = contents.get(path)  # not `in`, which also finds links that lead nowhere
        if found is not None:
            return found
    raise UnexpectedFormatError(f"The file has no {' and no '.join(paths)}.")


def dataset_names(contents: h5py.File, path: str) -> list[str]:
    """Return the names in a group; raise UnexpectedFormatError if the file lacks the group."""
    group = contents.get(path)
    if group is None:
        raise UnexpectedFormatError(f"The file has no {path}.")
    return list(group)


def read(file: RemoteFile, source: h5py.Dataset) -> np.ndarray:
    """Read a whole dataset."""
    if source.chunks is None and source.id.get_offset() is not None:
        file.prefetch(source.id.get_offset(), source.id.get_offset() + source.id.get_storage_size())
    return source[()]


def row_groups(file: RemoteFile, *sources: h5py.Dataset) -> Iterator[tuple[slice, list[np.ndarray]]]:
    """Read two-dimensional datasets of the same number of rows side by side, some rows at a time.

    Memory stays bounded, and no chunk is read twice.

    Parameters
    ----------
    file : RemoteFile
        What the datasets are read from.
    *sources : h5py.Dataset
        Each of shape (n_rows, n_columns).

    Yields
    ------
    slice, list of array
        Which rows, and each dataset's values there.
    """
    step = math.lcm(_MIN_ROWS, *(source.chunks[0] for source in sources if source.chunks))
    n_rows = sources[0].shape[0]
    for first in range(0, n_rows, step):
        rows = slice(first, min(first + step, n_rows))
        for source in sources:
            _prefetch_rows(file, source, rows)
        yield rows, [source[rows] for source in sources]


def _prefetch_rows(file: RemoteFile, source: h5py.Dataset, rows: slice) -> None:
    if source.chunks is None:
        offset = source.id.get_offset()
        if offset is not None:
            bytes_of_row = source.shape[1] * source.dtype.itemsize
            file.prefetch(offset + rows.start * bytes_of_row, offset + rows.stop * bytes_of_row)
        return
    chunk_rows, chunk_columns = source.chunks
    for row in range(rows.start - rows.start % chunk_rows, rows.stop, chunk_rows):
        for column in range(0, source.shape[1], chunk_columns):
            chunk = source.id.get_chunk_info_by_coord((row, column))
            if chunk.byte_offset is not None:
                file.prefetch(chunk.byte_offset, chunk.byte_offset + chunk.size)
