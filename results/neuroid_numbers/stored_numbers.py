"""Scores at several numbers of neuroids on disk: one JSON file per benchmark, beside the scores of models."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...core.errors import DataError, NotWritableError
from ...core.files import written_whole
from ...core.home import results_folder
from ...core.json_files.kind import NUMBER, POSITIVE_COUNT, TEXT, list_of, object_with, or_null
from ...core.json_files.read_json import read_json

_logger = logging.getLogger(__name__)

_FOLDER = "neuroid-numbers"  # no model is called this: its files are not two folders deep
_COLUMNS = {
    "model": TEXT,
    **dict.fromkeys(("n_neuroids_compared", "n_neuroids", "n_draws"), POSITIVE_COUNT),
    **dict.fromkeys(("score", "error", "low", "high"), or_null(NUMBER)),
    "problem": TEXT,
}
_STORED = object_with({"benchmark": TEXT, "rows": list_of(object_with(_COLUMNS))})


def store_numbers(benchmark_identifier: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Keep models' scores at several numbers of neuroids, instead of what was kept of them; those of other models stay.

    Parameters
    ----------
    benchmark_identifier : str
        The benchmark.
    rows : sequence of mapping
        Of one model and number each, with `model`, `n_neuroids_compared`, `n_neuroids`, `n_draws`, `score`, `error`,
        `low`, `high` (None where there is none) and `problem`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotWritableError
        If it cannot be written.
    """
    models = {row["model"] for row in rows}  # a point of a network that has changed since fits no other of the curve
    kept = [row for row in stored_numbers(benchmark_identifier) if row["model"] not in models]
    ordered = sorted([*kept, *rows], key=lambda row: (row["model"], row["n_neuroids_compared"]))
    content = {
        "benchmark": benchmark_identifier,
        "rows": [{name: row[name] for name in _COLUMNS} for row in ordered],
    }
    path = _path(benchmark_identifier)
    try:
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
    except OSError as error:
        raise NotWritableError(path, error) from error
    return path


def stored_numbers(benchmark_identifier: str) -> list[dict[str, Any]]:
    """Return what `store_numbers` kept of a benchmark; nothing, with a warning, where the file is damaged."""
    path = _path(benchmark_identifier)
    if not path.is_file():
        return []
    try:
        content = read_json(path, _STORED, DataError, "It is left out: run `brainscore-mouse neuroid-numbers` again.")
    except DataError as error:
        _logger.warning("%s", error)
        return []
    rows: list[dict[str, Any]] = content["rows"]
    return rows if content["benchmark"] == benchmark_identifier else []


def _path(benchmark_identifier: str) -> Path:
    return results_folder() / _FOLDER / f"{quote(benchmark_identifier, safe='')}.json"
