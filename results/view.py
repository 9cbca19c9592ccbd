"""All stored results as one table: a SQLite file for queries, rebuilt from the JSON files, which are the truth."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from ..core.errors import InvalidParameterError
from ..core.files import written_whole
from ..core.home import cache_folder, results_folder
from .store import failure_files, read_record, result_files

# To be raised with every change of the columns: a view of another version is made anew.
VIEW_VERSION = 1

_TEXTS = ("error_kind", "layer", "oracle_layer", "data_sha256", "model_fingerprint", "submission_sha256", "created")
_NUMBERS = (
    *("score", "error", "raw", "ceiling", "ceiling_error", "oracle_score"),
    *("chance", "source_accuracy", "gap", "gap_error", "duration_s"),
)
_COUNTS = ("n_neuroids", "n_stimuli", "n_mice", "n_parameters", "benchmark_version", "seed", "peak_memory_bytes")
# As JSON text, which SQLite's json_each and json_extract can look into.
STRUCTURES = ("layer_scores", "metric_settings", "versions", "host")

RESULT_COLUMNS = ("model", "benchmark", *_NUMBERS, *_TEXTS, *_COUNTS, *STRUCTURES, "key", "is_newest")
FAILURE_COLUMNS = ("model", "benchmark", "error", "message", "created", "host")
_FILE_COLUMNS = ("file", "modified_ns", "n_bytes")


def results_frame() -> pd.DataFrame:
    """Return all stored scores as a table.

    Returns
    -------
    pandas.DataFrame
        One row per stored score, sorted by model, benchmark and `created`, with the columns `RESULT_COLUMNS`: `model`,
        `benchmark`, `score`, `error`, `raw`, `ceiling`, ... as :func:`brainscore_mouse.score_model` tells them; NaN or
        None where a result tells no such thing. `layer_scores`, `metric_settings`, `versions` and `host` are dicts.
        `is_newest` marks, of the scores of the same model on the same benchmark (other versions, other weights), the
        one that was made last. `file` is the JSON file, relative to the folder of the results: it tells all the rest.
    """
    frame = _table("results", [*RESULT_COLUMNS, "file"])
    frame = frame.astype({name: float for name in _NUMBERS} | {name: "Int64" for name in _COUNTS})
    frame["is_newest"] = frame["is_newest"].astype(bool)
    for name in STRUCTURES:
        frame[name] = [None if text is None else json.loads(text) for text in frame[name]]
    return frame


def failures_frame() -> pd.DataFrame:
    """Return all stored failures as a table.

    Returns
    -------
    pandas.DataFrame
        One row per pair of model and benchmark that could not be scored when last tried, with the columns
        `FAILURE_COLUMNS`; `host` is a dict.
    """
    frame = _table("failures", FAILURE_COLUMNS)
    frame["host"] = [None if text is None else json.loads(text) for text in frame["host"]]
    return frame


def query(sql: str) -> pd.DataFrame:
    """Ask the view a question in SQL.

    Parameters
    ----------
    sql : str
        A SELECT on the tables `results` (`RESULT_COLUMNS` and `file`) and `failures` (`FAILURE_COLUMNS`). Structures
        are JSON text.

    Raises
    ------
    InvalidParameterError
        If it is no such query.
    """
    with contextlib.closing(_opened(refreshed_view())) as connection:
        try:
            return pd.read_sql_query(sql, connection)
        except (pd.errors.DatabaseError, TypeError, sqlite3.Error) as error:
            raise InvalidParameterError(
                f"{sql!r} cannot be answered: {error}. There are the tables results ({', '.join(RESULT_COLUMNS)}) and "
                f"failures ({', '.join(FAILURE_COLUMNS)})."
            ) from error


def refreshed_view() -> Path:
    """Bring the view up to date with the JSON files, reading only those that are new or changed.

    Returns
    -------
    Path
        The SQLite file in the cache. It may be deleted at any time.
    """
    path = cache_folder() / "result_view" / "results.sqlite"
    known = _known_rows(path)
    results = _rows(result_files(results_folder()), known.get("results", {}), _result_row)
    failures = _rows(failure_files(results_folder()), known.get("failures", {}), _failure_row)
    if known == {"results": results, "failures": failures}:
        return path
    with written_whole(path) as temporary:
        with contextlib.closing(sqlite3.connect(temporary)) as connection:
            _fill(connection, "results", [*_FILE_COLUMNS, *RESULT_COLUMNS], _with_newest(results.values()))
            _fill(connection, "failures", [*_FILE_COLUMNS, *FAILURE_COLUMNS], failures.values())
            connection.execute("CREATE INDEX model_and_benchmark ON results (model, benchmark)")
            connection.execute(f"PRAGMA user_version = {VIEW_VERSION}")
            connection.commit()
    return path


def _table(name: str, columns: Iterable[str]) -> pd.DataFrame:
    ordered = f"SELECT {', '.join(columns)} FROM {name} ORDER BY model, benchmark, created"  # noqa: S608
    with contextlib.closing(_opened(refreshed_view())) as connection:
        return pd.read_sql_query(ordered, connection)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _known_rows(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the rows of the view by table and file; nothing if there is no usable view."""
    if not path.is_file():
        return {}
    try:
        with contextlib.closing(_opened(path)) as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] != VIEW_VERSION:
                return {}
            connection.row_factory = sqlite3.Row
            return {
                table: {row["file"]: dict(row) for row in connection.execute(f"SELECT * FROM {table}")}  # noqa: S608
                for table in ("results", "failures")
            }
    except sqlite3.DatabaseError:
        return {}


def _rows(
    paths: Iterable[Path], known: Mapping[str, dict[str, Any]], row_of: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    rows = {}
    for path in tqdm(list(paths), desc="results", unit="file", leave=False, disable=None):
        try:
            status = path.stat()
        except FileNotFoundError:  # removed since it was listed
            continue
        file = path.relative_to(results_folder()).as_posix()
        state = {"file": file, "modified_ns": status.st_mtime_ns, "n_bytes": status.st_size}
        row = known.get(file)
        if row is None or any(row[name] != value for name, value in state.items()):
            record = read_record(path)
            if record is None:
                continue
            row = state | row_of(record)
        rows[file] = row
    return rows


def _result_row(record: Mapping[str, Any]) -> dict[str, Any]:
    row = {"model": record["model_identifier"], "benchmark": record["benchmark_identifier"], "is_newest": 0}
    row |= {name: record.get(name) for name in (*_NUMBERS, *_TEXTS, *_COUNTS, "key")}
    return row | {name: _as_text(record.get(name)) for name in STRUCTURES}


def _failure_row(record: Mapping[str, Any]) -> dict[str, Any]:
    row = {"model": record["model_identifier"], "benchmark": record["benchmark_identifier"]}
    row |= {name: record.get(name) for name in ("error", "message", "created")}
    return row | {"host": _as_text(record.get("host"))}


def _as_text(structure: Any) -> str | None:
    return None if structure is None else json.dumps(structure)


def _with_newest(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Mark, of each model and benchmark, the result that was made last."""
    frame = pd.DataFrame([(row["model"], row["benchmark"], row["created"], row["key"]) for row in rows])
    if len(frame):
        frame[2] = pd.to_datetime(frame[2], utc=True)  # offsets may differ between machines
        newest = set(frame.sort_values([2, 3]).groupby([0, 1]).tail(1).index)
        for number, row in enumerate(rows):
            row["is_newest"] = int(number in newest)
    return rows


def _fill(connection: sqlite3.Connection, table: str, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    affinity = dict.fromkeys((*_COUNTS, "is_newest", "modified_ns", "n_bytes"), "INTEGER")
    affinity |= dict.fromkeys(_NUMBERS if table == "results" else (), "REAL")
    declared = ", ".join(f"{name} {affinity.get(name, 'TEXT')}" for name in columns)
    connection.execute(f"CREATE TABLE {table} ({declared})")
    places = ", ".join(f":{name}" for name in columns)
    connection.executemany(f"INSERT INTO {table} VALUES ({places})", list(rows))  # noqa: S608
