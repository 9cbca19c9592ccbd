"""Scores on disk: one JSON file each, whole or not at all, found again by what they were computed from.

``results/<model>/<benchmark>/<first digits of the content key>.json`` holds a score with its attributes;
``failure.json`` beside it, why there is none.
"""

import json
import logging
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from brainscore_core.metrics import Score

from ..core.files import written_whole
from ..core.home import results_folder

_logger = logging.getLogger(__name__)

FORMAT_VERSION = 2  # 2: layers keep their order; RDMs and the scores of neuroids are stored

FAILURE_FILE = "failure.json"


def result_path(model_identifier: str, benchmark_identifier: str, key: str) -> Path:
    """Return where a result is stored: ``results/<model>/<benchmark>/<key>.json`` in the package's home."""
    return _folder_of(model_identifier, benchmark_identifier) / f"{key[:16]}.json"


def store_result(score: Score, path: Path, key: str) -> None:
    """Write a score with its attributes, and forget that it could not be had before.

    Parameters
    ----------
    score : Score
        A scalar; its attributes must be what JSON can hold.
    path : Path
        From :func:`result_path`.
    key : str
        From :func:`~brainscore_mouse.scoring.score_model.score_key`.
    """
    write_record(record_of(score, key), path)
    (path.parent / FAILURE_FILE).unlink(missing_ok=True)


def record_of(score: Score, key: str) -> dict[str, Any]:
    """Return what is stored of a score: its attributes, its value as `score`, its `key` and the format's version."""
    return {"format_version": FORMAT_VERSION, "key": key, "score": float(score), **score.attrs}


def write_record(content: Mapping[str, Any], path: Path) -> None:
    """Write what is told of a result as JSON, whole or not at all."""
    with written_whole(path) as temporary:
        # Sorted at the top only: the order of layers, from early to late, is told by that of `layer_scores`.
        temporary.write_text(json.dumps(dict(sorted(content.items())), indent=2, allow_nan=False))


def store_failure(model_identifier: str, benchmark_identifier: str, content: Mapping[str, Any]) -> None:
    """Write why a model has no score on a benchmark; it stays until the score is stored.

    Parameters
    ----------
    model_identifier, benchmark_identifier : str
        Of the job.
    content : mapping
        At least `error`, the name of the exception's class, and `message`.
    """
    identifiers = {"model_identifier": model_identifier, "benchmark_identifier": benchmark_identifier}
    folder = _folder_of(model_identifier, benchmark_identifier)
    write_record({"format_version": FORMAT_VERSION, **identifiers, **content}, folder / FAILURE_FILE)


def forget_failure(model_identifier: str, benchmark_identifier: str) -> None:
    """Remove what `store_failure` wrote, if anything."""
    (_folder_of(model_identifier, benchmark_identifier) / FAILURE_FILE).unlink(missing_ok=True)


def result_files(folder: Path) -> list[Path]:
    """Return the files of all scores below a folder like `results_folder()`, sorted; not those of failures."""
    return sorted(path for path in folder.glob("*/*/[!.]*.json") if path.name != FAILURE_FILE)


def score_files_of(model_identifier: str, benchmark_identifier: str) -> list[Path]:
    """Return the files of a model's scores on a benchmark, sorted."""
    folder = _folder_of(model_identifier, benchmark_identifier)
    return sorted(path for path in folder.glob("[!.]*.json") if path.name != FAILURE_FILE)


def failure_files(folder: Path) -> list[Path]:
    """Return the files of all failures below a folder like `results_folder()`, sorted."""
    return sorted(folder.glob(f"*/*/{FAILURE_FILE}"))


def read_record(path: Path) -> dict[str, Any] | None:
    """Read the JSON file of a score or failure; None, with a warning, where it is damaged."""
    try:
        content = json.loads(path.read_text())
        missing = {"model_identifier", "benchmark_identifier", "created"} - set(content)
    except (OSError, ValueError, TypeError) as error:
        _logger.warning("%s is damaged and left out (%s).", path, error)
        return None
    if not isinstance(content, dict) or missing:
        _logger.warning("%s is damaged and left out (it does not tell %s).", path, ", ".join(sorted(missing)))
        return None
    return content


def result_records(folder: Path | None = None) -> Iterator[dict[str, Any]]:
    """Yield all stored scores, each with all that is told of it.

    Parameters
    ----------
    folder : Path, optional
        Default: `results_folder()`.

    Yields
    ------
    dict
        `key`, `score`, and what :func:`brainscore_mouse.score_model` tells as attributes. Damaged files are left out
        with a warning.
    """
    for path in result_files(folder or results_folder()):
        record = read_record(path)
        if record is not None:
            yield record


def stored_result(path: Path, key: str) -> Score | None:
    """Read a score back; None if there is none with this key.

    Parameters
    ----------
    path : Path
        From :func:`result_path`.
    key : str
        From :func:`~brainscore_mouse.scoring.score_model.score_key`. All of it is compared; the file name
        holds only its beginning.
    """
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text())
        if content.pop("key") != key:
            return None
    except (ValueError, KeyError, TypeError, AttributeError):
        _logger.warning("%s is damaged; the score is made again.", path)
        return None
    del content["format_version"]
    score = Score(content.pop("score"))
    score.attrs.update(content)
    return score


def _folder_of(model_identifier: str, benchmark_identifier: str) -> Path:
    return results_folder() / _as_file_name(model_identifier) / _as_file_name(benchmark_identifier)


def _as_file_name(identifier: str) -> str:
    quoted = quote(identifier, safe="")
    # Dots alone would be the folder itself or its parent.
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")


def nan_to_none(value: Any) -> Any:
    """Replace NaN, also within lists and dicts: JSON has no such number, an undefined one is stored as null."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, dict):
        return {key: nan_to_none(item) for key, item in value.items()}
    if isinstance(value, list):
        return [nan_to_none(item) for item in value]
    return value
