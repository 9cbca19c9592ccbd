"""What the Allen Institute's table of cells says of their tuning to static gratings: it needs no trace."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....core.errors import (
    CorruptDatasetError,
    DatasetNotFoundError,
    RemoteObjectChangedError,
    RemoteReadError,
    UnexpectedFormatError,
)
from ....core.files import written_whole
from ....core.json_files.kind import ANYTHING, NUMBER, TEXT, Kind, list_of, or_null
from ....core.json_files.read_json import read_json
from ...remote_objects.bucket import Bucket, RemoteFile
from ...remote_objects.locks import LockFolder
from ...remote_objects.sources import source_at
from ..catalogue import CELL_TABLE, SOURCE_VARIABLE
from ..fetch import source_location
from ..terms import show_terms
from ..workspace import Workspace
from .conditions import ORIENTATIONS, SPATIAL_FREQUENCIES

_REQUEST_BYTES = 4 * 2**20
_NUMBERS = ("p_sg", "osi_sg", "pref_ori_sg", "pref_sf_sg")
_COLUMNS = ("cell_specimen_id", "area", "specimen_id", "failed_experiment_container", *_NUMBERS)
_KNOWN_VALUES = {"pref_ori_sg": ORIENTATIONS, "pref_sf_sg": SPATIAL_FREQUENCIES}
_TOLERANCE = 1e-6


def _problem_with_row(row: Any, place: str) -> str | None:
    found = _ROW_OF_ANY.problem(row, place)
    for number, kind in enumerate((TEXT, TEXT, *[or_null(NUMBER)] * len(_NUMBERS)) if found is None else ()):
        found = found or kind.problem(row[number], f"{place}[{number}]")
    return found


_ROW_OF_ANY = list_of(ANYTHING, length=2 + len(_NUMBERS))
_STORED = list_of(Kind("a cell", _problem_with_row))


@dataclass(frozen=True)
class CellTuning:
    """The cells that static gratings were shown to, of containers that passed quality control.

    Attributes
    ----------
    location : str
        Where the table is from.
    areas, subjects : array of str, shape (n_cells,)
        Area and mouse of each cell.
    columns : dict of str to array of shape (n_cells,)
        ``p_sg`` (whether responses differ between gratings), ``osi_sg``, ``pref_ori_sg`` (degrees) and ``pref_sf_sg``
        (cycles per degree); NaN where the table has none.
    """

    location: str
    areas: np.ndarray
    subjects: np.ndarray
    columns: dict[str, np.ndarray]


def cell_tuning() -> CellTuning:
    """Return the tuning of the cells, after fetching the table where it is not on this machine.

    What is needed of the table is kept in the workspace of the source it is from.

    Raises
    ------
    DatasetNotFoundError
        If the table is not on this machine and cannot be fetched.
    RemoteObjectChangedError
        If it is not what it was when it was first read.
    UnexpectedFormatError
        If it lacks a column, or has gratings that were not shown.
    CorruptDatasetError
        If what is kept of it is damaged.
    """
    remote = source_at(source_location())
    workspace = Workspace(remote.location)
    path = workspace.folder / "cell_tuning.json"
    if not path.is_file():
        show_terms(workspace.terms)
        try:
            rows = Bucket(remote, LockFolder(workspace.locks)).read(CELL_TABLE, _rows, _REQUEST_BYTES)
        except RemoteObjectChangedError:
            raise
        except RemoteReadError as error:
            raise DatasetNotFoundError(
                f"The table of cells is not on this machine, and could not be fetched: {error}\n"
                f"From a mirror of the bucket or a folder that has {CELL_TABLE}: set {SOURCE_VARIABLE}."
            ) from None
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps(rows), encoding="utf-8")
    stored = read_json(path, _STORED, CorruptDatasetError, "Delete it: the table is then fetched again.")
    areas, subjects, *numbers = zip(*stored, strict=True)
    columns = dict(zip(_NUMBERS, (np.array(column, dtype=np.float64) for column in numbers), strict=True))
    return CellTuning(remote.location, np.array(areas), np.array(subjects), columns)


def _rows(file: RemoteFile) -> list[list[Any]]:
    """Read area, mouse and numbers of each cell that static gratings were shown to."""
    table = json.loads(file.read())
    if not isinstance(table, list) or not all(isinstance(row, dict) for row in table):
        raise UnexpectedFormatError("It is not a list of cells.")
    found = []
    for row in table:
        missing = [name for name in _COLUMNS if name not in row]
        if missing:
            raise UnexpectedFormatError(f"A cell has no {', '.join(missing)}; it has {', '.join(sorted(row))}.")
        if row["failed_experiment_container"] or row["p_sg"] is None:
            continue
        numbers = [None if row[name] is None else float(row[name]) for name in _NUMBERS]
        for name, number in zip(_NUMBERS, numbers, strict=True):
            known = _KNOWN_VALUES.get(name)
            if (
                number is not None
                and known
                and np.isfinite(number)
                and min(abs(number - value) for value in known) > _TOLERANCE
            ):
                raise UnexpectedFormatError(
                    f"Cell {row['cell_specimen_id']} has {name} = {number:g}; the gratings have "
                    f"{', '.join(f'{value:g}' for value in known)}."
                )
        found.append([str(row["area"]), str(row["specimen_id"]), *numbers])
    if not found:
        raise UnexpectedFormatError("It has no cell that static gratings were shown to (p_sg).")
    return found
