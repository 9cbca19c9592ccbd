"""All stored results as one table: a SQLite file for queries, rebuilt from the JSON files, which are the truth.

Here, and nowhere else, it is decided which scores may stand in one column, and which networks in one row:

- A benchmark's *current* scores are those of its highest version, and among these those on the same data and with the
  same settings as the one that was made last. All others are outdated: shown on request only, and marked.
- A registered name that has scores averaged over weight seeds, as ``<name>-random`` has, means these: scores of a
  single network under the same name, of earlier versions, are outdated.
- Networks that share a name are one row only where they are registered, or their fingerprints are the same and they do
  the same with a reference image; otherwise the `label` of those that are not registered ends in the first digits of
  the fingerprint, and of what they do where the fingerprint is the same.
"""

import contextlib
import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.behaviour import LayerBehaviour
from ..core.cache import write_cached_file
from ..core.errors import InvalidParameterError
from ..core.home import cache_folder, home, results_folder
from ..core.terminal.progress import progress
from .store import failure_files, read_record, result_files

_logger = logging.getLogger(__name__)

# Increment whenever the columns change; views of another version are rebuilt.
VIEW_VERSION = 4

_TEXTS = ("error_kind", "layer", "oracle_layer", "data_sha256", "model_fingerprint", "submission_sha256", "created")
_NUMBERS = (
    *("score", "error", "raw", "ceiling", "ceiling_error", "oracle_score"),
    *("chance", "source_accuracy", "gap", "gap_error", "duration_s"),
)
_COUNTS = ("n_neuroids", "n_stimuli", "n_mice", "n_parameters", "benchmark_version", "seed", "peak_memory_bytes")
# As JSON text, which SQLite's json_each and json_extract can look into.
STRUCTURES = ("layer_scores", "metric_settings", "versions", "host", "seed_scores")

_FLAGS = ("is_registered", "is_current", "is_newest")
RESULT_COLUMNS = ("model", "label", "benchmark", *_NUMBERS, *_TEXTS, *_COUNTS, *STRUCTURES, "key", *_FLAGS)
FAILURE_COLUMNS = ("model", "benchmark", "error", "message", "created", "host")
# Of a fingerprint, where it tells networks of the same name apart.
_DIGITS_SHOWN = 8
_FILE_COLUMNS = ("file", "modified_ns", "n_bytes")


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
        None where a score has no such attribute. `layer_scores`, `metric_settings`, `versions` and `host` are dicts;
        `seed_scores`, of untrained controls, is a list of dicts.
        `label` is the model's name, followed by the first digits of its fingerprint (and of its behaviour, where the
        fingerprint is not enough) where another network that is not registered has the same name. `is_newest` marks the
        score that was made last, of the current scores of the same label on the same benchmark (other weights of a
        registered model, another layer or precision). `file` is the JSON file, relative to the folder of the results:
        it tells all the rest. ``frame.attrs["n_outdated"]`` is the number of outdated scores.
    """
    frame = _table("all_results", [*RESULT_COLUMNS, "file"])
    frame = frame.astype({name: float for name in _NUMBERS} | {name: "Int64" for name in _COUNTS})
    frame["is_registered"] = frame["is_registered"].astype("boolean")
    for name in ("is_current", "is_newest"):
        frame[name] = frame[name].astype(bool)
    for name in STRUCTURES:
        frame[name] = [None if text is None else json.loads(text) for text in frame[name]]
    n_outdated = int((~frame["is_current"]).sum())
    if n_outdated and not outdated:
        _logger.warning(
            "%d of %d stored scores are left out: they were made on other data, or with an older version or other "
            "settings of their benchmark, than its last score.",
            *(n_outdated, len(frame)),
        )
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
    made_on = pd.DataFrame(
        {
            "benchmark": table["benchmark"],
            "version": pd.to_numeric(table["benchmark_version"]).fillna(-1),
            "data": table["data_sha256"].fillna(""),
            "settings": [_canonical(settings) for settings in table["metric_settings"]],
            "created": _instants(table["created"]),
        },
        index=table.index,
    )
    last = made_on.sort_values(["version", "created"], kind="stable").groupby("benchmark").tail(1)
    current = made_on.merge(last.drop(columns="created"), how="left", indicator=True)["_merge"] == "both"
    return current.set_axis(table.index)


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
        A SELECT on the tables `results` (`RESULT_COLUMNS` and `file`; current scores), `all_results` (the same of all
        scores, see `is_current`) and `failures` (`FAILURE_COLUMNS`). Structures are JSON text.

    Raises
    ------
    InvalidParameterError
        If it is not a valid query.
    """
    with contextlib.closing(_connection()) as connection:
        try:
            return pd.read_sql_query(sql, connection)
        except (pd.errors.DatabaseError, TypeError, sqlite3.Error) as error:
            raise InvalidParameterError(
                f"{sql!r} cannot be answered: {error}. There are the tables results and all_results "
                f"({', '.join(RESULT_COLUMNS)}), and failures ({', '.join(FAILURE_COLUMNS)})."
            ) from error


def view_path() -> Path:
    """Return where the view is kept: a SQLite file in the cache, which may be deleted at any time."""
    return cache_folder() / "result_view" / "results.sqlite"


def _connection() -> sqlite3.Connection:
    """Bring the view up to date with the JSON files, reading only those that are new or changed, and open it."""
    path = view_path()
    is_kept = results_folder() == home() / "results"  # not of other stores, which are read once
    known = _known_rows(path) if is_kept else {}
    results = _rows(result_files(results_folder()), known.get("all_results", {}), _result_row)
    failures = _rows(failure_files(results_folder()), known.get("failures", {}), _failure_row)
    if known == {"all_results": results, "failures": failures}:
        return _opened(path)
    results = _with_marks(results)

    def write(temporary: Path) -> None:
        with contextlib.closing(sqlite3.connect(temporary)) as connection:
            _fill_all(connection, results, failures)

    if is_kept and write_cached_file(path, write):
        return _opened(path)
    connection = sqlite3.connect(":memory:")
    _fill_all(connection, results, failures)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _fill_all(
    connection: sqlite3.Connection, results: Mapping[str, dict[str, Any]], failures: Mapping[str, dict[str, Any]]
) -> None:
    _fill(connection, "all_results", [*_FILE_COLUMNS, "reference_behaviour", *RESULT_COLUMNS], results.values())
    _fill(connection, "failures", [*_FILE_COLUMNS, *FAILURE_COLUMNS], failures.values())
    connection.execute("CREATE VIEW results AS SELECT * FROM all_results WHERE is_current")
    connection.execute("CREATE INDEX model_and_benchmark ON all_results (model, benchmark)")
    connection.execute(f"PRAGMA user_version = {VIEW_VERSION}")
    connection.commit()


def _table(name: str, columns: Iterable[str]) -> pd.DataFrame:
    ordered = f"SELECT {', '.join(columns)} FROM {name} ORDER BY model, benchmark, created"  # noqa: S608
    with contextlib.closing(_connection()) as connection:
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
                for table in ("all_results", "failures")
            }
    except sqlite3.DatabaseError:
        return {}


def _rows(
    paths: Iterable[Path], known: Mapping[str, dict[str, Any]], row_of: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    rows = {}
    for path in progress(list(paths), desc="results", unit="file", leave=False):
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
    row = {"model": record["model_identifier"], "benchmark": record["benchmark_identifier"]}
    row |= {name: record.get(name) for name in (*_NUMBERS, *_TEXTS, *_COUNTS, "key", "is_registered")}
    return row | {name: _as_text(record.get(name)) for name in (*STRUCTURES, "reference_behaviour")}


def _failure_row(record: Mapping[str, Any]) -> dict[str, Any]:
    row = {"model": record["model_identifier"], "benchmark": record["benchmark_identifier"]}
    row |= {name: record.get(name) for name in ("error", "message", "created")}
    return row | {"host": _as_text(record.get("host"))}


def _as_text(structure: Any) -> str | None:
    return None if structure is None else json.dumps(structure)


def _with_marks(rows: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Add to each row its `label`, `is_current` and `is_newest`."""
    if not rows:
        return {}
    frame = pd.DataFrame(list(rows.values()), index=list(rows))
    frame["label"] = _labels(frame)
    frame["is_current"] = current_scores(frame) & ~_of_one_seed_under_the_name_of_all(frame)
    frame["created"] = _instants(frame["created"])
    newest = frame[frame["is_current"]].sort_values(["created", "key"]).groupby(["label", "benchmark"]).tail(1).index
    marks = zip(frame["label"], frame["is_current"], frame.index.isin(newest), strict=True)
    return {
        file: row | {"label": label, "is_current": int(is_current), "is_newest": int(is_newest)}
        for (file, row), (label, is_current, is_newest) in zip(rows.items(), marks, strict=True)
    }


def _of_one_seed_under_the_name_of_all(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which scores are of a single network whose name now stands for several weight seeds."""
    is_mean = frame["seed_scores"].notna() & frame["is_registered"].eq(1)
    return frame["seed_scores"].isna() & frame["is_registered"].eq(1) & frame["model"].isin(frame["model"][is_mean])


def _labels(frame: pd.DataFrame) -> list[str]:
    """Return the name of each model; with its fingerprint where other networks than a registered one share the name."""
    is_registered = frame["is_registered"].eq(1)
    fingerprints = _told_apart(frame)
    networks = list(zip(frame["model"], fingerprints, strict=True))
    registered = {network for network, is_one in zip(networks, is_registered, strict=True) if is_one}
    others = set(networks) - registered
    n_others = Counter(name for name, _ in others)
    names_registered = {name for name, _ in registered}
    return [
        f"{name} [{fingerprint or 'unknown'}]"
        if (name, fingerprint) in others and (name in names_registered or n_others[name] > 1)
        else name
        for name, fingerprint in networks
    ]


def _told_apart(frame: pd.DataFrame) -> list[str]:
    """Return digits of the fingerprint of each score's network, and of its behaviour where others have the same."""
    networks = list(zip(frame["model"], frame["model_fingerprint"].fillna(""), strict=True))
    behaviours = [_behaviour_of(text) for text in frame["reference_behaviour"]]
    kinds: dict[tuple[str, str], list[LayerBehaviour]] = {network: [] for network in networks}
    kind_of: dict[int, LayerBehaviour] = {}
    # The oldest first, so that a network keeps its digits when others come.
    for row in np.argsort(frame["created"].to_numpy(str), kind="stable"):
        behaviour, known = behaviours[row], kinds[networks[row]]
        if behaviour is not None:
            alike = next((kind for kind in known if behaviour.agrees_with(kind)), None)
            if alike is None:
                known.append(behaviour)
            kind_of[row] = alike or behaviour
    digits = []
    for row, network in enumerate(networks):
        digits.append(network[1][:_DIGITS_SHOWN])
        if len(kinds[network]) > 1:
            digits[-1] += f"-{kind_of[row].suffix if row in kind_of else 'unknown'}"
    return digits


def _behaviour_of(text: str | None) -> LayerBehaviour | None:
    try:
        return None if text is None else LayerBehaviour.of_json(json.loads(text))
    except (ValueError, KeyError, TypeError):  # damaged
        return None


def _instants(created: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    """Read when scores were made; offsets may differ between machines, and a wrong text is before all others."""
    instants = pd.to_datetime(created, utc=True, format="ISO8601", errors="coerce")
    return instants.fillna(pd.Timestamp(0, tz="UTC"))


def _canonical(settings: Any) -> str:
    """Return settings, a dict or its JSON text, as a text that does not depend on their order."""
    content = json.loads(settings) if isinstance(settings, str) else settings
    return json.dumps(content, sort_keys=True)


def _fill(connection: sqlite3.Connection, table: str, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    affinity = dict.fromkeys((*_COUNTS, *_FLAGS, "modified_ns", "n_bytes"), "INTEGER")
    affinity |= dict.fromkeys(_NUMBERS if table == "all_results" else (), "REAL")
    declared = ", ".join(f"{name} {affinity.get(name, 'TEXT')}" for name in columns)
    connection.execute(f"CREATE TABLE {table} ({declared})")
    places = ", ".join(f":{name}" for name in columns)
    connection.executemany(f"INSERT INTO {table} VALUES ({places})", list(rows))  # noqa: S608
