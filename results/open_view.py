"""All stored results as one table: a SQLite file for queries, made from the JSON files, which are the truth.

Before each answer the files are compared with those that the table was made from, by their times of change and sizes.
Only new and changed files are read, into a copy of the table, which then takes its place.
"""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.cache import write_cached_file
from ..core.home import cache_folder, home, results_folder
from ..core.terminal.progress import progress
from .file_tree import FileTree, file_tree, files_in
from .marked_rows import MARKED_BY, marks_of
from .record_kinds import COUNTS, NUMBERS, TEXTS
from .store import FAILURE_FILE, read_record

# Increment whenever the columns change, or what is read as a record; views of another version are rebuilt.
VIEW_VERSION = 7

# As JSON text, which SQLite's json_each and json_extract can look into.
STRUCTURES = ("layer_scores", "metric_settings", "versions", "host", "seed_scores")

INTERVAL = ("interval_low", "interval_high")
"""The ends of a score's 95 % interval."""

_FLAGS = ("is_registered", "is_current", "is_newest")
RESULT_COLUMNS = (
    *("model", "label", "benchmark", *NUMBERS[:2], *INTERVAL, *NUMBERS[2:]),  # the interval beside score and error
    *(*TEXTS, *COUNTS, *STRUCTURES, "key", *_FLAGS),
)
FAILURE_COLUMNS = ("model", "benchmark", "error", "message", "created", "host")
_RESULT_FILE_COLUMNS = ("file", "reference_behaviour", *RESULT_COLUMNS)
_FAILURE_FILE_COLUMNS = ("file", *FAILURE_COLUMNS)
_MARKS = ("label", "is_current", "is_newest")


def view_path() -> Path:
    """Return where the view is kept: a SQLite file in the cache, which may be deleted at any time."""
    return cache_folder() / "result_view" / "results.sqlite"


@dataclass(frozen=True)
class _State:
    """What a view was made from: the files, and which of them could not be read."""

    tree: FileTree
    damaged: list[str]


def open_view() -> sqlite3.Connection:
    """Bring the view up to date with the JSON files, reading only those that are new or changed, and open it.

    Returns
    -------
    sqlite3.Connection
        To close; it cannot write. It has the tables `all_results` (`RESULT_COLUMNS` and `file`) and `failures`
        (`FAILURE_COLUMNS`), and the view `results` of current scores.
    """
    path = view_path()
    is_kept = results_folder() == home() / "results"  # not of other stores, which are read once
    known = _known_state(path) if is_kept else None
    state, records = _look(known)
    if known is not None and not records and known.damaged == state.damaged:
        return _opened(path)

    def write(temporary: Path) -> None:
        found = state, records
        if known is not None:
            shutil.copyfile(path, temporary)
            copied = _known_state(temporary)
            if copied != known:  # another process has replaced the view meanwhile
                found = _look(copied)
        try:
            with contextlib.closing(sqlite3.connect(temporary)) as connection:
                _update(connection, *found)
        except sqlite3.OperationalError as error:  # SQLite's way to say that the disk is full
            raise OSError(str(error)) from error

    if is_kept and write_cached_file(path, write):
        return _opened(path)
    connection = sqlite3.connect(":memory:")
    _update(connection, *((state, records) if known is None else _look(None)))
    connection.execute("PRAGMA query_only = ON")
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _known_state(path: Path) -> _State | None:
    """Return what the view was made from; None if there is no usable view."""
    if not path.is_file():
        return None
    try:
        with contextlib.closing(_opened(path)) as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] != VIEW_VERSION:
                return None
            (tree,), (damaged,) = connection.execute("SELECT content FROM made_from ORDER BY name DESC").fetchall()
            return _State(json.loads(tree), json.loads(damaged))
    except (sqlite3.DatabaseError, ValueError, TypeError):
        return None


def _look(known: _State | None) -> tuple[_State, dict[str, dict[str, Any] | None]]:
    """Return the state of the files now, and the records of those that are new or changed; None of those that are gone.

    Damaged files are read again each time, so that their warning is not lost.
    """
    folder = results_folder()
    tree = file_tree(folder, None if known is None else known.tree)
    if known is not None and known.tree["root"] == tree["root"] and not known.damaged:
        return known, {}
    now = dict(files_in(tree))
    before = {} if known is None else dict(files_in(known.tree))
    were_damaged = set() if known is None else set(known.damaged)
    records: dict[str, dict[str, Any] | None] = {file: None for file in before if file not in now}
    damaged = []
    to_read = sorted(file for file, state in now.items() if file in were_damaged or before.get(file) != state)
    for file in progress(to_read, desc="results", unit="file", leave=False):
        record = read_record(folder / file)
        if record is None:
            damaged.append(file)
        if record is not None or file not in were_damaged:
            records[file] = record
    return _State(tree, damaged), records


def _update(connection: sqlite3.Connection, state: _State, records: Mapping[str, dict[str, Any] | None]) -> None:
    """Take records into a view, which may be empty; remove those that are None."""
    connection.execute("PRAGMA synchronous = OFF")  # the file is not in its place before it is whole
    if connection.execute("PRAGMA user_version").fetchone()[0] != VIEW_VERSION:
        _create(connection)
    for table in ("all_results", "failures"):
        connection.executemany(f"DELETE FROM {table} WHERE file = ?", [(file,) for file in records])  # noqa: S608
    found = [(file, record) for file, record in records.items() if record is not None]
    results = [{"file": file, **_result_row(record)} for file, record in found if not file.endswith(f"/{FAILURE_FILE}")]
    failures = [{"file": file, **_failure_row(record)} for file, record in found if file.endswith(f"/{FAILURE_FILE}")]
    for table, columns, rows in (
        ("all_results", _RESULT_FILE_COLUMNS, results),
        ("failures", _FAILURE_FILE_COLUMNS, failures),
    ):
        places = ", ".join(f":{name}" for name in columns)
        connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608
    _mark(connection)
    connection.execute("DELETE FROM made_from")
    content = {"tree": json.dumps(state.tree), "damaged": json.dumps(state.damaged)}
    connection.executemany("INSERT INTO made_from VALUES (?, ?)", content.items())
    connection.commit()


def _create(connection: sqlite3.Connection) -> None:
    affinity = dict.fromkeys((*COUNTS, *_FLAGS), "INTEGER") | dict.fromkeys((*NUMBERS, *INTERVAL), "REAL")
    for table, columns in (("all_results", _RESULT_FILE_COLUMNS), ("failures", _FAILURE_FILE_COLUMNS)):
        types = {**affinity, "error": "TEXT"} if table == "failures" else affinity  # a failure's error is its class
        declared = ", ".join(f"{name} {types.get(name, 'TEXT')}" for name in columns)
        connection.execute(f"CREATE TABLE {table} ({declared}, PRIMARY KEY (file))")
    connection.execute("CREATE VIEW results AS SELECT * FROM all_results WHERE is_current")
    connection.execute("CREATE INDEX model_and_benchmark ON all_results (model, benchmark)")
    connection.execute("CREATE TABLE made_from (name TEXT, content TEXT)")
    connection.execute(f"PRAGMA user_version = {VIEW_VERSION}")


def _mark(connection: sqlite3.Connection) -> None:
    """Write the marks of all scores that have others than before: one more score may make others outdated."""
    names = ("file", *_MARKS, *MARKED_BY)
    found = connection.execute(f"SELECT {', '.join(names)} FROM all_results ORDER BY file").fetchall()  # noqa: S608
    rows = [dict(zip(names, row, strict=True)) for row in found]
    changed = [
        (*marks, row["file"])
        for row, marks in zip(rows, marks_of(rows), strict=True)
        if marks != tuple(row[name] for name in _MARKS)
    ]
    connection.executemany("UPDATE all_results SET label = ?, is_current = ?, is_newest = ? WHERE file = ?", changed)


def _result_row(record: Mapping[str, Any]) -> dict[str, Any]:
    row = {"model": record["model_identifier"], "benchmark": record["benchmark_identifier"]}
    row |= {name: record.get(name) for name in (*NUMBERS, *TEXTS, *COUNTS, "key", "is_registered")}
    row |= zip(INTERVAL, record.get("interval") or (None, None), strict=True)
    row |= dict.fromkeys(_MARKS)
    return row | {name: _as_text(record.get(name)) for name in (*STRUCTURES, "reference_behaviour")}


def _failure_row(record: Mapping[str, Any]) -> dict[str, Any]:
    row = {"model": record["model_identifier"], "benchmark": record["benchmark_identifier"]}
    row |= {name: record.get(name) for name in ("error", "message", "created")}
    return row | {"host": _as_text(record.get("host"))}


def _as_text(structure: Any) -> str | None:
    return None if structure is None else json.dumps(structure)
