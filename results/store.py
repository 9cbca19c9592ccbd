"""Scores on disk: one JSON file each, whole or not at all, found again by what they were computed from.

``results/<model>/<benchmark>/<first digits of the content key>-<suffix of the behaviour>.json`` holds a score with its
attributes, and what the model did with a few of the stimuli; ``failure.json`` beside it, why there is none. Models of
the same content that behave differently each keep their own.
"""

import hashlib
import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..core.behaviour import Behaviour
from ..core.errors import DataError, NotWritableError
from ..core.files import written_whole
from ..core.home import check_writable, home, results_folder
from ..core.json_files.read_json import read_json
from .record_kinds import FAILURE, SCORE

if TYPE_CHECKING:
    from brainscore_core.metrics import Score

_logger = logging.getLogger(__name__)

FORMAT_VERSION = 3  # 3: the model's behaviour is stored

FAILURE_FILE = "failure.json"
# File systems take 255 bytes.
_LONGEST_FILE_NAME = 200


def check_store() -> None:
    """Warn where scores cannot be stored, before they are computed.

    Raises
    ------
    NotWritableError
        If there is no home and none can be made: nothing can be done then, not even the recordings can be kept.
    """
    if not home().is_dir():
        check_writable(home())
    try:
        check_writable(results_folder())
    except NotWritableError as error:
        _logger.warning("Scores will be computed but not stored: %s", error)


def result_path(model_identifier: str, benchmark_identifier: str, key: str, behaviour: Behaviour) -> Path:
    """Return where a result is stored: ``results/<model>/<benchmark>/<key>-<suffix>.json`` in the package's home."""
    return pair_folder(model_identifier, benchmark_identifier) / f"{key[:16]}-{behaviour.suffix}.json"


def store_result(score: "Score", path: Path, key: str, behaviour: Behaviour) -> None:
    """Write a score with its attributes, and delete any earlier record of its failure.

    Parameters
    ----------
    score : Score
        A scalar; its attributes must be what JSON can hold.
    path : Path
        From :func:`result_path`.
    key, behaviour
        From :func:`~brainscore_mouse.scoring.score_model.stored_as`.

    Raises
    ------
    NotWritableError
        If the store cannot be written.
    """
    write_record(record_of(score, key, behaviour), path)
    _remove(path.parent / FAILURE_FILE)


def record_of(score: "Score", key: str, behaviour: Behaviour) -> dict[str, Any]:
    """Return what is stored of a score: attributes, its value as `score`, `key`, `behaviour` and `format_version`."""
    identity = {"format_version": FORMAT_VERSION, "key": key, "behaviour": behaviour.as_json()}
    return {**identity, "score": float(score), **score.attrs}


def write_record(content: Mapping[str, Any], path: Path) -> None:
    """Write a record as JSON, whole or not at all; NotWritableError if that is impossible."""
    # Sorted at the top only: the order of layers, from early to late, is that of `layer_scores`.
    text = json.dumps(dict(sorted(content.items())), indent=2, allow_nan=False)
    try:
        with written_whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotWritableError(path, error) from error


def store_failure(model_identifier: str, benchmark_identifier: str, content: Mapping[str, Any]) -> None:
    """Write why a model has no score on a benchmark; it stays until the score is stored.

    Parameters
    ----------
    model_identifier, benchmark_identifier : str
        Of the job.
    content : mapping
        At least `error`, the name of the exception's class, and `message`.

    Raises
    ------
    NotWritableError
        If the store cannot be written.
    """
    identifiers = {"model_identifier": model_identifier, "benchmark_identifier": benchmark_identifier}
    folder = pair_folder(model_identifier, benchmark_identifier)
    write_record({"format_version": FORMAT_VERSION, **identifiers, **content}, folder / FAILURE_FILE)


def forget_failure(model_identifier: str, benchmark_identifier: str) -> None:
    """Remove what `store_failure` wrote, if anything."""
    _remove(pair_folder(model_identifier, benchmark_identifier) / FAILURE_FILE)


def result_files(folder: Path) -> list[Path]:
    """Return the files of all scores below a folder like `results_folder()`, sorted; not those of failures."""
    return sorted(path for path in folder.glob("*/*/[!.]*.json") if path.name != FAILURE_FILE)


def score_files_of(model_identifier: str, benchmark_identifier: str) -> list[Path]:
    """Return the files of a model's scores on a benchmark, sorted."""
    folder = pair_folder(model_identifier, benchmark_identifier)
    return sorted(path for path in folder.glob("[!.]*.json") if path.name != FAILURE_FILE)


def model_folder(model_identifier: str) -> Path:
    """Return the folder of all that is stored of a model."""
    return results_folder() / _as_file_name(model_identifier)


def records_of_model(model_identifier: str) -> Iterator[dict[str, Any]]:
    """Yield the stored scores of a model, as `result_records` does."""
    paths = sorted(model_folder(model_identifier).glob("*/[!.]*.json"))
    yield from _records(path for path in paths if path.name != FAILURE_FILE)


def failure_files(folder: Path) -> list[Path]:
    """Return the files of all failures below a folder like `results_folder()`, sorted."""
    return sorted(folder.glob(f"*/*/{FAILURE_FILE}"))


def read_record(path: Path) -> dict[str, Any] | None:
    """Read the JSON file of a score or failure; None, with a warning, where it is damaged.

    What it must hold is in `record_kinds.py`.
    """
    kind = FAILURE if path.name == FAILURE_FILE else SCORE
    try:
        return dict(read_json(path, kind, DataError, "It is left out: remove it, and score again."))
    except DataError as error:
        _logger.warning("%s", error)
        return None


def result_records(folder: Path | None = None) -> Iterator[dict[str, Any]]:
    """Yield all stored scores, each with its attributes.

    Parameters
    ----------
    folder : Path, optional
        Default: `results_folder()`.

    Yields
    ------
    dict
        `key`, `score`, and the attributes that :func:`brainscore_mouse.score_model` lists. Damaged files are left out
        with a warning.
    """
    yield from _records(result_files(folder or results_folder()))


def _records(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        record = read_record(path)
        if record is not None:
            yield record


def confirmed_record(
    model_identifier: str, benchmark_identifier: str, key: str, behaviour: Behaviour
) -> dict[str, Any] | None:
    """Read the stored record of a key and a behaviour, the same but for rounding; None if there is none.

    Parameters
    ----------
    model_identifier, benchmark_identifier : str
        Of the score.
    key, behaviour
        From :func:`~brainscore_mouse.scoring.score_model.stored_as`. All of the key is compared; file names hold only
        its beginning.
    """
    confirmed = _confirmed(model_identifier, benchmark_identifier, key, behaviour)
    return next((record for _, record in confirmed), None)


def forget_score(model_identifier: str, benchmark_identifier: str, key: str, behaviour: Behaviour) -> None:
    """Remove the stored scores that `confirmed_record` would return; NotWritableError if that is impossible."""
    for path, _ in list(_confirmed(model_identifier, benchmark_identifier, key, behaviour)):
        _remove(path)


def _confirmed(
    model_identifier: str, benchmark_identifier: str, key: str, behaviour: Behaviour
) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(pair_folder(model_identifier, benchmark_identifier).glob(f"{key[:16]}-*.json")):
        record = read_record(path)
        if record is not None and record.get("key") == key:
            stored = behaviour_of(record)
            if stored is not None and behaviour.agrees_with(stored):
                yield path, record


def behaviour_of(record: Mapping[str, Any]) -> Behaviour | None:
    """Return the behaviour in a record; None where it has none, or a damaged one."""
    try:
        return Behaviour.of_json(record["behaviour"])
    except (ValueError, KeyError, TypeError):
        return None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritableError(path, error) from error


def pair_folder(model_identifier: str, benchmark_identifier: str) -> Path:
    """Return the folder of a model's results on a benchmark."""
    return model_folder(model_identifier) / _as_file_name(benchmark_identifier)


def _as_file_name(identifier: str) -> str:
    quoted = quote(identifier, safe="")
    if len(quoted) > _LONGEST_FILE_NAME:  # such as the path of a file of weights
        return f"{quoted[:_LONGEST_FILE_NAME]}-{hashlib.sha256(identifier.encode()).hexdigest()[:16]}"
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
