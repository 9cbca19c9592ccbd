"""Fetching a dataset that a lab published as files: terms, files, checks, packaging."""

import re
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...core.cache import download_folder
from ...core.errors import DatasetNotFoundError, InvalidParameterError, UnknownIdentifierError
from ...core.files import written_whole
from ...core.home import datasets_folder
from ..packaged_dataset import MANIFEST_FILE, check_not_there, read_manifest_of
from ..remote_objects.sources import RetryPolicy, source_at
from .obtain_files import checksum_of, obtain_files
from .published_dataset import REGION, PublishedDataset, PublishedFile
from .write_mice import write_mice


def fetch_published(
    dataset: PublishedDataset,
    areas: Sequence[str] | None = None,
    max_experiments: int | None = None,
    source: str | None = None,
    replace: bool = False,
    retry_policy: RetryPolicy | None = None,
) -> Path:
    """Package a dataset from its published files.

    Parameters
    ----------
    dataset : PublishedDataset
        What to package.
    areas : sequence of str, optional
        Only 'VISp' is there.
    max_experiments : int, optional
        Maximum number of recordings, the first ones; default: all.
    source : str, optional
        The folder with the files, or a URL that has them under their names. Needed unless the dataset is on this
        machine.
    replace : bool
        Whether to replace a dataset of this name that came from elsewhere.
    retry_policy : RetryPolicy, optional
        How patiently to read from a URL.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    InvalidParameterError
        If a number is invalid, or another dataset has the name.
    DatasetExistsError
        If there is something else in the dataset's folder.
    UnknownIdentifierError
        If an area is asked for that the dataset lacks.
    DatasetNotFoundError
        If there is no source, or it lacks files; the message says where to get them.
    WrongChecksumError
        If a file does not have the MD5 that its publisher states.
    UnexpectedFormatError
        If a file is damaged, or not as published.
    """
    others = sorted({*(areas or [])} - {REGION})
    if others:
        raise UnknownIdentifierError(f"{dataset.identifier} has no area {', '.join(others)}; it has {REGION}.")
    if max_experiments is not None and max_experiments < 1:
        raise InvalidParameterError(f"max_experiments is {max_experiments}; it must be at least 1.")
    recordings = dataset.recordings[:max_experiments]
    folder = datasets_folder() / dataset.identifier
    present = {} if replace or not (folder / MANIFEST_FILE).is_file() else read_manifest_of(folder)["details"]
    if source is None:
        if _has_all(present, recordings):
            return folder
        raise DatasetNotFoundError(
            f"{dataset.identifier} is packaged from files that you download. {dataset.where} Then: brainscore-mouse "
            f"data fetch {dataset.identifier} --source FOLDER"
        )
    remote = source_at(source, retry_policy)
    if not present:
        check_not_there(dataset.identifier, replace)
    else:
        if present.get("fetched_from") != remote.location:
            raise InvalidParameterError(
                f"There is a dataset {dataset.identifier} on this machine, packaged from "
                f"{present.get('fetched_from', 'arrays')}. To replace it with that of {remote.location}, ask for it: "
                "--replace (in Python: replace=True)."
            )
        if _has_all(present, recordings):
            return folder
    _show_terms(dataset)
    downloads = _workspace(dataset) / _short_name(remote.location)
    paths = obtain_files(remote, [*recordings, *dataset.shared_files], downloads, dataset.where)
    found = dataset.read(
        {file.name: paths[file.name] for file in recordings},
        {file.name: paths[file.name] for file in dataset.shared_files},
    )
    details = {
        "fetched_from": remote.location,
        "recordings": [file.name for file in recordings],
        "complete": {REGION: len(recordings) == len(dataset.recordings)},
        "sha256_of_files": {name: checksum_of(path) for name, path in paths.items()},
        "unverified": dict(dataset.unverified),
        "terms": dataset.terms,
    }
    return write_mice(dataset.identifier, found, dataset.recipe, details)


def _has_all(present: dict[str, Any], recordings: Sequence[PublishedFile]) -> bool:
    return bool(present) and {file.name for file in recordings} <= set(present.get("recordings", ()))


def _workspace(dataset: PublishedDataset) -> Path:
    return download_folder("published") / dataset.base


def _short_name(location: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", location).strip("-")[-60:]
    return f"{name}-{sha256(location.encode()).hexdigest()[:8]}"


def _show_terms(dataset: PublishedDataset) -> None:
    path = _workspace(dataset) / "TERMS.txt"
    if path.is_file() and path.read_text(encoding="utf-8") == dataset.terms:
        return
    print(dataset.terms, file=sys.stderr)
    with written_whole(path) as temporary:
        temporary.write_text(dataset.terms, encoding="utf-8")
