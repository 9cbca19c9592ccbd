"""Comparing packaged responses with the Allen Institute's own table of cells."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.errors import DataError, UnexpectedFormatError
from ..data_packaging.allen.allen_dataset import SweepMeans
from ..data_packaging.allen.catalogue import CELL_TABLE
from ..data_packaging.allen.workspace import Workspace
from ..data_packaging.datasets import load_dataset, read_manifest
from ..data_packaging.recordings import trials_from_assembly
from ..data_packaging.remote_objects.bucket import Bucket, RemoteFile
from ..data_packaging.remote_objects.locks import LockFolder
from ..data_packaging.remote_objects.sources import source_at
from ..uncertainty.correlation import pearson

_REQUEST_BYTES = 4 * 2**20
_COLUMNS = ("cell_specimen_id", "pref_image_ns", "reliability_ns")


@dataclass(frozen=True)
class CellTableCheck:
    """How packaged responses compare with the table.

    Attributes
    ----------
    n_cells : int
        How many packaged neuroids the table has a preferred image of.
    n_same_preferred : int
        Of how many it is the image with the largest mean of the packaged trials; all, if the trials are right.
    reliability_correlation : float
        Correlation over cells of the table's reliability, which is that of the trace within trials of the preferred
        image, with the split-half reliability of the packaged dataset. Positive, but not 1; NaN for fewer than three.
    """

    n_cells: int
    n_same_preferred: int
    reliability_correlation: float


def can_be_checked(manifest: Mapping[str, Any]) -> bool:
    """Tell whether the table is of a dataset's responses: fluorescence after natural scenes, as it was fetched."""
    details = manifest["details"]
    return "fetched_from" in details and details.get("response_recipe") == SweepMeans().name


def check_cell_table(dataset: str) -> CellTableCheck:
    """Compare the packaged responses to natural scenes with the Allen Institute's table of cells.

    The table is read from where the dataset was fetched from.

    Parameters
    ----------
    dataset : str
        'allen-mouse', or 'allen-mouse-onscreen'.

    Raises
    ------
    DataError
        If the table is not of this dataset's responses, or of none of its cells.
    RemoteReadError
        If the table cannot be read.
    UnexpectedFormatError
        If it lacks a column.
    """
    manifest = read_manifest(dataset)
    if not can_be_checked(manifest):
        raise DataError(f"The table of cells is not of the responses of {dataset}; it is of those of allen-mouse.")
    location = manifest["details"]["fetched_from"]
    bucket = Bucket(source_at(location), LockFolder(Workspace(location).locks))
    cells = bucket.read(CELL_TABLE, _cells, _REQUEST_BYTES)
    preferred, expected, reliability, of_table = [], [], [], []
    for region in manifest["regions"]:
        assembly = load_dataset(dataset, region)
        means = np.nanmean(trials_from_assembly(assembly), axis=0)
        of_neuroids = zip(
            assembly["neuroid_id"].values, means.argmax(axis=0), assembly["reliability"].values, strict=True
        )
        for neuroid, image, measured in of_neuroids:
            if neuroid in cells:
                preferred.append(int(image))
                expected.append(cells[neuroid][0])
                reliability.append(float(measured))
                of_table.append(cells[neuroid][1])
    if not expected:
        raise DataError(f"{CELL_TABLE} of {location} has no preferred image of any of the cells of {dataset}.")
    return CellTableCheck(
        n_cells=len(expected),
        n_same_preferred=int(np.sum(np.array(preferred) == np.array(expected))),
        reliability_correlation=_correlation(np.array(reliability), np.array(of_table)),
    )


def _cells(file: RemoteFile) -> dict[str, tuple[int, float]]:
    """Read preferred image and reliability of each cell that has a preferred image."""
    rows = json.loads(file.read())
    found = {}
    for row in rows:
        missing = [name for name in _COLUMNS if name not in row]
        if missing:
            raise UnexpectedFormatError(f"A cell has no {', '.join(missing)}; it has {', '.join(sorted(row))}.")
        identifier, image, reliability = (row[name] for name in _COLUMNS)
        if image is not None:
            found[str(identifier)] = int(image), np.nan if reliability is None else float(reliability)
    return found


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    known = np.isfinite(first) & np.isfinite(second)
    if known.sum() < 3:
        return float("nan")
    return float(pearson(first[known], second[known]))
