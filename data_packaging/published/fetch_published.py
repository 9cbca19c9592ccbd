"""Fetching a dataset that a lab published as files: terms, files, checks, packaging."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...core.cache import download_folder
from ...core.errors import (
    CorruptDatasetError,
    DatasetNotFoundError,
    InvalidParameterError,
    UnknownIdentifierError,
    WrongChecksumError,
)
from ...core.files import written_whole
from ...core.home import datasets_folder
from ...core.json_files.kind import TEXT, mapping_of
from ...core.json_files.read_json import read_json
from ..on_disk.manifest import MANIFEST_FILE, read_manifest_of
from ..packaged_dataset import check_not_there
from ..remote_objects.sources import RetryPolicy, source_at
from .obtain_files import checksum_of, files_here, obtain_files
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
        If a file does not have the MD5 that its publisher states, or is not the one that was used first.
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
    downloads = _downloads(dataset, remote.location)
    paths = obtain_files(remote, [*recordings, *dataset.shared_files], downloads, dataset.where)
    return _package(dataset, recordings, paths, remote.location)


def package_published(dataset: PublishedDataset, source: str | None = None) -> Path:
    """Package the files that are on this machine, without reading anything from a server.

    Parameters
    ----------
    dataset : PublishedDataset
        What to package.
    source : str, optional
        As of `fetch_published`: what was fetched from there. Default: where the dataset on this machine is from.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    DatasetNotFoundError
        If no recording, or not each of the files that all need, is on this machine.
    InvalidParameterError
        If there is a dataset of this name that came from elsewhere.
    WrongChecksumError, UnexpectedFormatError
        As of `fetch_published`.
    """
    folder = datasets_folder() / dataset.identifier
    present = read_manifest_of(folder)["details"] if (folder / MANIFEST_FILE).is_file() else {}
    location = present.get("fetched_from") if source is None else source_at(source).location
    if present and present.get("fetched_from") != location:
        raise InvalidParameterError(
            f"There is a dataset {dataset.identifier} on this machine, packaged from "
            f"{present.get('fetched_from', 'arrays')}. To replace it: brainscore-mouse data fetch {dataset.identifier} "
            "--source FOLDER --replace"
        )
    here: Mapping[str, Path] = {}
    if location is not None:
        files = [*dataset.recordings, *dataset.shared_files]
        here = files_here(location, files, _downloads(dataset, location))
    recordings = [file for file in dataset.recordings if file.name in here]
    if not recordings or any(file.name not in here for file in dataset.shared_files):
        raise DatasetNotFoundError(
            f"Too little of {dataset.identifier} was fetched {f'from {location} ' if location else ''}yet: "
            f"{dataset.how_to_get}"
        )
    _show_terms(dataset)
    names = [file.name for file in (*recordings, *dataset.shared_files)]
    return _package(dataset, recordings, {name: here[name] for name in names}, str(location))


def _package(
    dataset: PublishedDataset, recordings: Sequence[PublishedFile], paths: Mapping[str, Path], location: str
) -> Path:
    checksums = {name: checksum_of(path) for name, path in paths.items()}
    first_uses = _downloads(dataset, location) / "SHA256S.json"
    _check_first_use(first_uses, paths, checksums)
    found = dataset.read(
        {file.name: paths[file.name] for file in recordings},
        {file.name: paths[file.name] for file in dataset.shared_files},
    )
    details = {
        "fetched_from": location,
        "recordings": [file.name for file in recordings],
        "complete": {REGION: len(recordings) == len(dataset.recordings)},
        "sha256_of_files": checksums,
        "unverified": dict(dataset.unverified),
        "terms": dataset.terms,
    }
    written = write_mice(dataset.identifier, found, dataset.recipe, details)
    _remember_first_use(first_uses, paths, checksums)
    return written


def _check_first_use(first_uses: Path, paths: Mapping[str, Path], checksums: Mapping[str, str]) -> None:
    """Raise WrongChecksumError if a file is not the one that this source had when it was first used."""
    first = _first_uses(first_uses)
    for name, checksum in checksums.items():
        known = first.get(_entry(name, paths[name]), checksum)
        if checksum != known:
            raise WrongChecksumError(
                f"{paths[name]} has the SHA-256 {checksum}; when it was first used, it had {known}. If it was "
                f"published again, remove {first_uses}."
            )


def _remember_first_use(first_uses: Path, paths: Mapping[str, Path], checksums: Mapping[str, str]) -> None:
    first = {_entry(name, paths[name]): checksum for name, checksum in checksums.items()} | _first_uses(first_uses)
    with written_whole(first_uses) as temporary:
        temporary.write_text(json.dumps(first, indent=2) + "\n", encoding="utf-8")


def _first_uses(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    found: dict[str, str] = read_json(
        path, mapping_of(TEXT), CorruptDatasetError, "Remove it to trust the files as they are now."
    )
    return found


def _entry(name: str, path: Path) -> str:
    """Tell a zip file from the folder that it unpacks to, whose checksum is another."""
    return name if path.is_file() else name.removesuffix(".zip")


def _downloads(dataset: PublishedDataset, location: str) -> Path:
    return _workspace(dataset) / _short_name(location)


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
