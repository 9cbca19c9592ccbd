"""The tuning of the 2-photon cells, from the table of all cells."""

import json
from typing import Any

import numpy as np

from ....core.errors import UnexpectedFormatError
from ...remote_objects.bucket import Bucket, RemoteFile
from ..catalogue import CELL_TABLE
from .conditions import check_preferences

CELL_COLUMNS = ("osi_sg", "g_osi_sg", "pref_ori_sg", "pref_sf_sg")
"""Selectivity at the preferred grating, global selectivity, preferred orientation (degrees) and spatial frequency
(cycles per degree)."""

LARGEST_P = 0.05
"""Of the hypothesis that the responses to all gratings and blanks are the same."""

_NEEDED = ("cell_specimen_id", "area", "specimen_id", "failed_experiment_container", "p_sg", *CELL_COLUMNS)
_REQUEST_BYTES = 4 * 2**20


def cell_tuning(bucket: Bucket) -> dict[str, list[Any]]:
    """Read the tuning of the cells whose responses differ between gratings, of containers that passed quality control.

    Parameters
    ----------
    bucket : Bucket
        Has the table.

    Returns
    -------
    dict of str to list of length n_cells
        ``area``, ``subject`` and `CELL_COLUMNS`; NaN where the table has no value.

    Raises
    ------
    UnexpectedFormatError
        If it lacks a column, or has gratings that were not shown.
    RemoteReadError
        If it cannot be read.
    """
    return bucket.read(CELL_TABLE, _tuned_cells, _REQUEST_BYTES)


def _tuned_cells(file: RemoteFile) -> dict[str, list[Any]]:
    table = json.loads(file.read())
    if not isinstance(table, list) or not all(isinstance(row, dict) for row in table):
        raise UnexpectedFormatError("It is not a list of cells.")
    found: list[dict[str, Any]] = []
    for row in table:
        missing = [name for name in _NEEDED if name not in row]
        if missing:
            raise UnexpectedFormatError(f"A cell has no {', '.join(missing)}; it has {', '.join(sorted(row))}.")
        if not row["failed_experiment_container"] and row["p_sg"] is not None:
            found.append(row)
    if not found:
        raise UnexpectedFormatError("It has no cell that static gratings were shown to (p_sg).")
    numbers = {
        name: np.array([np.nan if row[name] is None else row[name] for row in found], dtype=np.float64)
        for name in CELL_COLUMNS
    }
    check_preferences(numbers, [f"Cell {row['cell_specimen_id']}" for row in found])
    tuned = [number for number, row in enumerate(found) if row["p_sg"] < LARGEST_P]
    return {
        "area": [str(found[number]["area"]) for number in tuned],
        "subject": [str(found[number]["specimen_id"]) for number in tuned],
        **{name: values[tuned].tolist() for name, values in numbers.items()},
    }
