"""Scores on disk: one JSON file each, whole or not at all, found again by what they were computed from."""

import hashlib
import json
import logging
import math
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from brainscore_core.metrics import Score

from .files import written_whole
from .home import results_folder

_logger = logging.getLogger(__name__)

FORMAT_VERSION = 1


def result_key(**inputs: Any) -> str:
    """Hash all that a score depends on.

    Parameters
    ----------
    **inputs
        Values that JSON can hold.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    text = json.dumps({"format_version": FORMAT_VERSION, **inputs}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def result_path(model_identifier: str, benchmark_identifier: str, key: str) -> Path:
    """Return where a result is stored: ``results/<model>/<benchmark>/<key>.json`` in the package's home."""
    folder = results_folder() / _as_file_name(model_identifier) / _as_file_name(benchmark_identifier)
    return folder / f"{key[:16]}.json"


def store_result(score: Score, path: Path, key: str) -> None:
    """Write a score with its attributes.

    Parameters
    ----------
    score : Score
        A scalar; its attributes must be what JSON can hold.
    path : Path
        From :func:`result_path`.
    key : str
        From :func:`result_key`.
    """
    content = {"format_version": FORMAT_VERSION, "key": key, "score": float(score), **score.attrs}
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, sort_keys=True, allow_nan=False))


def stored_result(path: Path, key: str) -> Score | None:
    """Read a score back; None if there is none with this key.

    Parameters
    ----------
    path : Path
        From :func:`result_path`.
    key : str
        From :func:`result_key`; all of it is compared, the file name holds only its beginning.
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


def now() -> str:
    """Return the local time with its offset, to the second, as ISO 8601."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


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
