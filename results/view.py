"""The stored results as pandas tables."""

import contextlib
import json
import sqlite3
from collections.abc import Iterable

import pandas as pd

from .marked_rows import are_current
from .newest_scores import warn_of_outdated
from .open_view import FAILURE_COLUMNS, INTERVAL, RESULT_COLUMNS, STRUCTURES, open_view
from .record_kinds import COUNTS, NUMBERS


def results_frame(outdated: bool = False) -> pd.DataFrame:
    """Return the stored scores as a table; of each benchmark those that can be compared with each other.

    A score is outdated if its benchmark has a score of a higher version, or if, among those of the highest version, the
    one made last is on other data (`data_sha256`) or with other settings of the metric. Outdated scores are left out,
    and a warning reports how many.

    Parameters
    ----------
    outdated : bool
        Whether to return outdated scores too; `is_current` is False for them.

    Returns
    -------
    pandas.DataFrame
        One row per stored score, sorted by model, benchmark and `created`, with the columns `RESULT_COLUMNS`: `model`,
        `benchmark`, `score`, `error`, `raw`, `ceiling`, ... as :func:`brainscore_mouse.score_model` lists them; NaN or
        None where a score has no such attribute. `interval_low` and `interval_high` are the ends of `interval`.
        `layer_scores`, `metric_settings`, `versions` and `host` are dicts;
        `seed_scores`, of untrained controls, is a list of dicts.
        `label` is the model's name, followed by the first digits of its fingerprint (and of its behaviour, where the
        fingerprint is not enough) where another network that is not registered has the same name. `is_newest` marks the
        score that was made last, of the current scores of the same label on the same benchmark (other weights of a
        registered model, another layer or precision). `file` is the JSON file, relative to the folder of the results:
        it tells all the rest. ``frame.attrs["n_outdated"]`` is the number of outdated scores.
    """
    with contextlib.closing(open_view()) as connection:
        return _results(connection, outdated)


def _results(connection: sqlite3.Connection, outdated: bool) -> pd.DataFrame:
    frame = _table(connection, "all_results", [*RESULT_COLUMNS, "file"])
    frame = frame.astype({name: float for name in (*NUMBERS, *INTERVAL)} | {name: "Int64" for name in COUNTS})
    frame["is_registered"] = frame["is_registered"].astype("boolean")
    for name in ("is_current", "is_newest"):
        frame[name] = frame[name].astype(bool)
    for name in STRUCTURES:
        frame[name] = [None if text is None else json.loads(text) for text in frame[name]]
    n_outdated = int((~frame["is_current"]).sum())
    if n_outdated and not outdated:
        warn_of_outdated(n_outdated, len(frame))
        frame = frame[frame["is_current"]].reset_index(drop=True)
    frame.attrs["n_outdated"] = n_outdated
    return frame


def current_scores(table: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which scores are current: of the highest version of their benchmark, on the data of its last score.

    Parameters
    ----------
    table : pandas.DataFrame
        With the columns `benchmark`, `benchmark_version`, `data_sha256`, `metric_settings` and `created`; None where
        something is not known, which is then as if it were a value of its own, older than all others.

    Returns
    -------
    pandas.Series of bool
        With the index of `table`.
    """
    made_on = ("benchmark", "benchmark_version", "data_sha256", "metric_settings", "created")
    columns = [table[name].astype(object).where(table[name].notna(), None) for name in made_on]
    rows = [dict(zip(made_on, values, strict=True)) for values in zip(*columns, strict=True)]
    return pd.Series(are_current(rows), index=table.index, dtype=bool)


def failures_frame() -> pd.DataFrame:
    """Return all stored failures as a table.

    Returns
    -------
    pandas.DataFrame
        One row per pair of model and benchmark that could not be scored when last tried, with the columns
        `FAILURE_COLUMNS`; `host` is a dict.
    """
    with contextlib.closing(open_view()) as connection:
        return _failures(connection)


def results_and_failures(outdated: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what `results_frame` and `failures_frame` do, of the same moment: all files are looked at only once."""
    with contextlib.closing(open_view()) as connection:
        return _results(connection, outdated), _failures(connection)


def _failures(connection: sqlite3.Connection) -> pd.DataFrame:
    frame = _table(connection, "failures", FAILURE_COLUMNS)
    frame["host"] = [None if text is None else json.loads(text) for text in frame["host"]]
    return frame


def _table(connection: sqlite3.Connection, name: str, columns: Iterable[str]) -> pd.DataFrame:
    ordered = f"SELECT {', '.join(columns)} FROM {name} ORDER BY model, benchmark, created, file"  # noqa: S608
    return pd.read_sql_query(ordered, connection)
