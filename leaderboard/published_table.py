"""The table as files to download, and whether such a file is what the store gives."""

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd

from ..core.errors import DataError
from ..results.matches import matching_rows
from ..results.open_view import INTERVAL
from ..results.view import results_frame
from .board_table import BoardTable, board_table

COLUMNS = (
    *("model", "benchmark", "score", "error", *INTERVAL, "rank", "raw", "ceiling", "ceiling_error", "layer"),
    *("n_neuroids", "n_mice", "n_stimuli", "benchmark_version", "data_sha256", "model_fingerprint", "key", "created"),
)
_HASH = re.compile(r"[0-9a-fA-F]{64}")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Verification:
    """What came of comparing a table with the store.

    Attributes
    ----------
    is_same : bool
        Whether the table is what the store gives.
    differences : list of str
        What differs, in words.
    n_scores : int
        How many scores were compared.
    n_others : int
        How many current scores the store has of other models or benchmarks.
    sha256 : str
        What the store gives.
    """

    is_same: bool
    differences: list[str]
    n_scores: int
    n_others: int
    sha256: str


def published_rows(newest: pd.DataFrame, table: BoardTable) -> list[dict[str, Any]]:
    """Return the rows of the table, sorted by model and benchmark; None where a number is not known.

    Parameters
    ----------
    newest : pandas.DataFrame
        Rows of :func:`brainscore_mouse.results.view.results_frame`, one per label and benchmark, all current.
    table : BoardTable
        Made of them.
    """
    pairs = zip(newest["label"], newest["benchmark"], strict=True)
    cells = [table.scores.get(pair) for pair in pairs]
    columns: dict[str, Sequence[Any]] = {
        "model": newest["label"].tolist(),
        "rank": [None if cell is None else cell.rank for cell in cells],
    }
    listed = (columns[name] if name in columns else newest[name].tolist() for name in COLUMNS)
    values = [[_plain(value) for value in of_column] for of_column in listed]
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*values, strict=True)]
    return sorted(rows, key=lambda row: (row["model"], row["benchmark"]))


def csv_of(rows: Sequence[Row]) -> str:
    """Return the table as CSV: numbers in full, nothing where a number is not known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(itemgetter(*COLUMNS), rows))
    return text.getvalue()


def json_of(rows: Sequence[Row], sha256: str) -> str:
    """Return the table as JSON: its hash `sha256` and `rows`, each value on a line of its own."""
    # As json.dumps(..., indent=1) does, which is not compiled and takes ten times as long.
    encode = json.JSONEncoder(separators=(",\n   ", ": "), allow_nan=False).encode
    texts = (f"  {{\n   {encode(row)[1:-1]}\n  }}" for row in rows)
    lines = ",\n".join(texts)
    of_rows = f"[\n{lines}\n ]" if rows else "[]"
    return f'{{\n "sha256": {encode(sha256)},\n "rows": {of_rows}\n}}\n'


def table_sha256(table_csv: str) -> str:
    """Return the hash of a table: the SHA-256 of its CSV file, of which this is the text."""
    return hashlib.sha256(table_csv.encode()).hexdigest()


def verify_table(
    file_or_hash: str, models: Sequence[str] | None = None, benchmarks: Sequence[str] | None = None
) -> Verification:
    """Compare a downloaded table with what the store gives.

    Parameters
    ----------
    file_or_hash : str
        Path of a CSV or JSON file from a leaderboard, or the SHA-256 that it shows.
    models, benchmarks : sequence of str, optional
        Names or patterns that the leaderboard was made with, for a hash. A file lists its models and benchmarks itself.

    Raises
    ------
    DataError
        If the file cannot be read as such a table.
    """
    everything = results_frame()
    everything = everything[everything["is_newest"]]
    if _HASH.fullmatch(file_or_hash):
        newest = matching_rows(everything, models, benchmarks)
        sha256 = table_sha256(csv_of(published_rows(newest, board_table(newest))))
        is_same = sha256 == file_or_hash.lower()
        differences = [] if is_same else [f"the store gives {sha256}"]
        return Verification(is_same, differences, len(newest), len(everything) - len(newest), sha256)
    theirs = _read(Path(file_or_hash))
    of_file = everything["label"].isin({row["model"] for row in theirs})
    of_file &= everything["benchmark"].isin({row["benchmark"] for row in theirs})
    newest = everything[of_file]
    ours = published_rows(newest, board_table(newest))
    differences = _differences(theirs, ours)
    return Verification(
        not differences, differences, len(ours), len(everything) - len(newest), table_sha256(csv_of(ours))
    )


def _read(path: Path) -> list[dict[str, str]]:
    """Read a table as text, CSV or JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if text.lstrip().startswith("{"):
            rows = [{name: _text(row[name]) for name in COLUMNS} for row in json.loads(text)["rows"]]
        else:
            reader = csv.DictReader(io.StringIO(text, newline=""))
            if missing := set(COLUMNS) - set(reader.fieldnames or ()):
                raise ValueError(f"it lacks the columns {', '.join(sorted(missing))}")
            rows = [{name: row[name] for name in COLUMNS} for row in reader]
            if any(None in row.values() for row in rows):
                raise ValueError("a line lacks columns: it is not whole")
        if not rows:
            raise ValueError("it has no scores")
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a table of a leaderboard ({type(error).__name__}: {error}); give a table.csv or "
            "table.json, or the hash that the page shows."
        ) from error
    if len({(row["model"], row["benchmark"]) for row in rows}) < len(rows):
        raise DataError(f"{path} has several rows of one model and benchmark; download the table again.")
    return rows


def _differences(theirs: Sequence[Mapping[str, str]], ours: Sequence[Row]) -> list[str]:
    """Say what differs, row by row; numbers are compared as numbers."""
    in_file = {(row["model"], row["benchmark"]): row for row in theirs}
    in_store = {(row["model"], row["benchmark"]): row for row in ours}
    found = [f"{model} on {benchmark}: not in the store" for model, benchmark in in_file.keys() - in_store.keys()]
    found += [f"{model} on {benchmark}: not in the file" for model, benchmark in in_store.keys() - in_file.keys()]
    for pair in in_file.keys() & in_store.keys():
        for name in COLUMNS:
            theirs_is, ours_is = in_file[pair][name], _text(in_store[pair][name])
            if not _same(theirs_is, ours_is):
                found.append(f"{' on '.join(pair)}: {name} is {theirs_is!r} in the file, {ours_is!r} in the store")
    return sorted(found)


def _same(first: str, second: str) -> bool:
    if first == second:
        return True
    try:
        return float(first) == float(second)
    except ValueError:
        return False


def _plain(value: Any) -> Any:
    """Return a number or text as JSON holds it; None where there is none."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def _text(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)
