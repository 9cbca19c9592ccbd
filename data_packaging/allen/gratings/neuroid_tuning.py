"""What the Allen Institute's tables say of the tuning of cells and units to static gratings: no trace is needed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ....core.errors import CorruptDatasetError, DatasetNotFoundError, RemoteObjectChangedError, RemoteReadError
from ....core.files import written_whole
from ....core.json_files.kind import NUMBER_OR_NAN, TEXT, list_of, object_with
from ....core.json_files.read_json import read_json
from ...remote_objects.bucket import Bucket
from ...remote_objects.locks import LockFolder
from ...remote_objects.sources import source_at
from ..catalogue import CELL_TABLE, SOURCE_VARIABLE, UNIT_METRICS_TABLE
from ..fetch import source_location
from ..terms import show_terms
from ..workspace import Workspace
from .cell_tuning import CELL_COLUMNS, cell_tuning
from .unit_tuning import UNIT_COLUMNS, unit_tuning

Preference = Literal["of a grating", "of means"]
"""What a preferred orientation or frequency is: that of the single grating with the largest mean response, or the one
with the largest mean over all gratings that have it."""


@dataclass(frozen=True)
class TuningSource:
    """The tables that say how the neuroids of a dataset are tuned.

    Attributes
    ----------
    name : str
        What messages call them.
    key : str
        The object with the values.
    neuroids : str
        Which neuroids count, in messages.
    columns : tuple of str
        The properties: those of `CELL_COLUMNS` or `UNIT_COLUMNS`.
    preference : Preference
        How they define what a neuroid prefers.
    read : callable
        From a bucket to the columns of the neuroids that count, with their ``area`` and ``subject``.
    cites : str
        The dataset whose paper is to be cited.
    """

    name: str
    key: str
    neuroids: str
    columns: tuple[str, ...]
    preference: Preference
    read: Callable[[Bucket], dict[str, list[Any]]]
    cites: str


TUNING_SOURCES = {
    "allen-mouse-gratings": TuningSource(
        *("table of cells", CELL_TABLE, "cells whose responses differ between gratings", CELL_COLUMNS),
        *("of a grating", cell_tuning, "allen-mouse"),
    ),
    "allen-mouse-npx-gratings": TuningSource(
        *("tables of units", UNIT_METRICS_TABLE, "units that pass quality control", UNIT_COLUMNS),
        *("of means", unit_tuning, "allen-mouse-npx"),
    ),
}
"""The recordings whose neuroids are described -> the tables."""


@dataclass(frozen=True)
class NeuroidTuning:
    """How the neuroids of a dataset are tuned to static gratings.

    Attributes
    ----------
    location : str
        Where the tables are from.
    areas, subjects : array of str, shape (n_neuroids,)
        Area and mouse of each neuroid.
    columns : dict of str to array of shape (n_neuroids,)
        By the names of the source's columns; NaN where the tables have no value.
    """

    location: str
    areas: np.ndarray
    subjects: np.ndarray
    columns: dict[str, np.ndarray]


def neuroid_tuning(dataset: str) -> NeuroidTuning:
    """Return the tuning of a dataset's neuroids, after fetching the tables where they are not on this machine.

    What is needed of the tables is kept in the workspace of the source it is from.

    Parameters
    ----------
    dataset : str
        A key of `TUNING_SOURCES`.

    Raises
    ------
    DatasetNotFoundError
        If the tables are not on this machine and cannot be fetched.
    RemoteObjectChangedError
        If one is not what it was when it was first read.
    UnexpectedFormatError
        If one lacks a column, has gratings that were not shown, or does not fit the others.
    CorruptDatasetError
        If what is kept of them is damaged.
    """
    source = TUNING_SOURCES[dataset]
    remote = source_at(source_location())
    workspace = Workspace(remote.location)
    path = workspace.folder / f"tuning-{dataset}.json"
    if not path.is_file():
        show_terms(workspace.terms)
        try:
            found = source.read(Bucket(remote, LockFolder(workspace.locks)))
        except RemoteObjectChangedError:
            raise
        except RemoteReadError as error:
            raise DatasetNotFoundError(
                f"The {source.name} cannot be found on this machine, and could not be fetched: {error}\n"
                f"From a mirror of the bucket or a folder that has {source.key}: set {SOURCE_VARIABLE}."
            ) from None
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps(found), encoding="utf-8")
    how_to_repair = f"Delete it: the {source.name} are then fetched again."
    columns_of_kind = object_with(
        {**dict.fromkeys(("area", "subject"), list_of(TEXT)), **dict.fromkeys(source.columns, list_of(NUMBER_OR_NAN))}
    )
    kept = read_json(path, columns_of_kind, CorruptDatasetError, how_to_repair, allow_nan=True)
    if len({len(kept[name]) for name in ("area", "subject", *source.columns)}) > 1:
        raise CorruptDatasetError(f"{path} is damaged: its columns have different lengths. {how_to_repair}")
    areas, subjects = np.array(kept["area"], dtype=str), np.array(kept["subject"], dtype=str)
    columns = {name: np.array(kept[name], dtype=np.float64) for name in source.columns}
    return NeuroidTuning(remote.location, areas, subjects, columns)
