"""The tuning of the Neuropixels units, from the table of their metrics and those that say where each unit is."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ....core.errors import UnexpectedFormatError
from ...remote_objects.bucket import Bucket, RemoteFile
from ..catalogue import CHANNEL_TABLE, PROBE_TABLE, UNIT_METRICS_TABLE, UNIT_TABLE, read_sessions
from ..file_readers.neuropixels import passes_quality_control
from .conditions import check_preferences

UNIT_COLUMNS = ("g_osi_sg", "pref_ori_sg", "pref_sf_sg")
"""Global selectivity, preferred orientation (degrees) and spatial frequency (cycles per degree)."""

# Whether several orientations or frequencies have the largest response, of which the table gives the first.
_IS_TIED = {"pref_ori_sg": "pref_ori_multi_sg", "pref_sf_sg": "pref_sf_multi_sg"}
_PROBES = {"id": "int64", "ecephys_session_id": "int64"}
_CHANNELS = {"id": "int64", "ecephys_probe_id": "int64", "ecephys_structure_acronym": "str"}
_UNITS = {
    **{"id": "int64", "ecephys_channel_id": "int64", "quality": "str"},
    **dict.fromkeys(("amplitude_cutoff", "presence_ratio", "isi_violations"), "float64"),
}
_METRICS = {
    "ecephys_unit_id": "int64",
    **dict.fromkeys(UNIT_COLUMNS, "float64"),
    **dict.fromkeys(_IS_TIED.values(), "boolean"),
}
_REQUEST_BYTES = 4 * 2**20


def unit_tuning(bucket: Bucket) -> dict[str, list[Any]]:
    """Read the tuning of the units that pass quality control, in sessions that showed static gratings.

    Parameters
    ----------
    bucket : Bucket
        Has the tables.

    Returns
    -------
    dict of str to list of length n_units
        ``area``, ``subject`` and `UNIT_COLUMNS`; NaN where the table has no value, and where several orientations or
        frequencies tie.

    Raises
    ------
    UnexpectedFormatError
        If a table lacks a column, has rows of other tables' ids that those do not have, or gratings that were not
        shown.
    RemoteReadError
        If one cannot be read.
    """
    mouse_of_session = {session.id: session.subject for session in read_sessions(bucket)}
    probes = bucket.read(PROBE_TABLE, lambda file: _table(file, _PROBES), _REQUEST_BYTES)
    channels = bucket.read(CHANNEL_TABLE, lambda file: _channels(file, probes), _REQUEST_BYTES)
    units = bucket.read(UNIT_TABLE, lambda file: _table(file, _UNITS), _REQUEST_BYTES)
    located = units.join(channels, on="ecephys_channel_id")
    # Units whose channel is not in the table are left out, as the AllenSDK does.
    located["valid_channel"] = located["ecephys_session_id"].notna()
    return bucket.read(UNIT_METRICS_TABLE, lambda file: _good_units(file, located, mouse_of_session), _REQUEST_BYTES)


def _channels(file: RemoteFile, probes: pd.DataFrame) -> pd.DataFrame:
    """Read region and session of each channel."""
    channels = _table(file, _CHANNELS)
    _check_known(channels["ecephys_probe_id"], probes.index, "probe", PROBE_TABLE)
    channels["region"] = channels["ecephys_structure_acronym"].fillna("")
    return channels.join(probes, on="ecephys_probe_id")[["region", "ecephys_session_id"]]


def _good_units(file: RemoteFile, located: pd.DataFrame, mouse_of_session: Mapping[int, str]) -> dict[str, list[Any]]:
    metrics = _table(file, _METRICS)
    _check_known(metrics.index, located.index, "unit", UNIT_TABLE)
    units = metrics.join(located)
    units = units[passes_quality_control(units)]
    _check_known(
        units["ecephys_session_id"].astype("int64"), mouse_of_session, "session with static gratings", "sessions.csv"
    )
    for column, is_tied in _IS_TIED.items():
        units[column] = units[column].where(~units[is_tied].fillna(True).astype(bool))
    numbers = {name: units[name].to_numpy() for name in UNIT_COLUMNS}
    check_preferences(numbers, [f"Unit {number}" for number in units.index])
    return {
        "area": units["region"].tolist(),
        "subject": units["ecephys_session_id"].map(mouse_of_session).tolist(),
        **{name: values.tolist() for name, values in numbers.items()},
    }


def _table(file: RemoteFile, types: Mapping[str, str]) -> pd.DataFrame:
    """Read columns of a table by the ids in the first of them."""
    content = file.read()
    first, last = content.partition(b"\n")[0], content.rstrip(b"\r\n").rpartition(b"\n")[2]
    header, end = (next(csv.reader([line.decode("utf-8")]), []) for line in (first, last))
    missing = [name for name in types if name not in header]
    if missing:
        raise UnexpectedFormatError(f"It has no {', '.join(missing)}; its columns are {', '.join(header)}.")
    if len(end) != len(header):
        raise UnexpectedFormatError(f"It has {len(header)} columns, and its last row {len(end)}: it is incomplete.")
    table = pd.read_csv(io.BytesIO(content), usecols=list(types), dtype=dict(types)).set_index(next(iter(types)))
    repeated = table.index[table.index.duplicated()]
    if len(repeated):
        raise UnexpectedFormatError(f"Its {table.index.name} {repeated[0]} occurs more than once.")
    return table


def _check_known(ids: "pd.Series[int] | pd.Index[int]", known: Any, what: str, table: str) -> None:
    unknown = [number for number in ids if number not in known]
    if unknown:
        raise UnexpectedFormatError(f"It has the {what} {unknown[0]}, which {table} does not have.")
