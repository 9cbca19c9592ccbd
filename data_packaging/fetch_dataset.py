"""Fetching, and packaging, any dataset by name: each source of datasets says by a pattern which names are its own."""

import re
from collections.abc import Sequence
from pathlib import Path

from ..core.errors import InvalidParameterError, UnknownIdentifierError
from ..plugins.registries import dataset_sources, lazily
from .on_disk.datasets_here import registered_datasets
from .registered_datasets import ensure_registered_dataset

_ALLEN = "allen-.*"
_PUBLISHED = "(sensorium2022|du2025|stringer2019)(-.*)?"

dataset_sources[_ALLEN] = lazily(__package__, ".allen.fetch:fetch")
dataset_sources[_PUBLISHED] = lazily(__package__, ".published_datasets:fetch_published_by_name")

_PACKAGERS = {
    _ALLEN: lazily(__package__, ".allen.fetch:package"),
    _PUBLISHED: lazily(__package__, ".published_datasets:package_published_by_name"),
}


def fetch_dataset(
    identifier: str,
    areas: Sequence[str] | None = None,
    max_experiments: int | None = None,
    jobs: int = 4,
    source: str | None = None,
    replace: bool = False,
) -> Path:
    """Fetch a dataset and package it.

    Parameters
    ----------
    identifier : str
        Its name, such as 'allen-mouse' or 'sensorium2022', or that of a plugin's dataset.
    areas : sequence of str, optional
        Default: all areas of the dataset.
    max_experiments : int, optional
        The maximum number of experiments of each area; default: all.
    jobs : int
        The maximum number of experiments to read at the same time.
    source : str, optional
        A URL, or a folder with the files as they were published. Default: the public bucket, where there is one.
    replace : bool
        Whether to replace a dataset of this name that came from elsewhere.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    UnknownIdentifierError
        If no source has a dataset of this name.
    InvalidParameterError
        If a part or a source of a plugin's dataset is asked for.
    DatasetNotFoundError
        If the dataset's files have to be downloaded by hand; the message says where.
    DataError
        If the files cannot be read or used.
    """
    if identifier in registered_datasets():
        if areas is not None or max_experiments is not None or source is not None:
            raise InvalidParameterError(f"{identifier} is a plugin's dataset, which is packaged as a whole.")
        return ensure_registered_dataset(identifier, replace)
    for pattern, fetch in dataset_sources.items():
        if re.fullmatch(pattern, identifier):
            return fetch(identifier, areas, max_experiments, jobs, source, replace)
    raise _unknown(identifier)


def package_dataset(identifier: str, source: str | None = None) -> Path:
    """Package what was fetched of a dataset so far, without reading anything from its source.

    Parameters
    ----------
    identifier : str
        Its name, such as 'allen-mouse' or 'sensorium2022', or that of a plugin's dataset.
    source : str, optional
        As of `fetch_dataset`: what was fetched from there.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    UnknownIdentifierError
        If no dataset of this name can be packaged so.
    InvalidParameterError
        If the source of a plugin's dataset is asked for, or another dataset has the name.
    DataError
        If too little was fetched, or files cannot be used.
    """
    if identifier in registered_datasets():
        if source is not None:
            raise InvalidParameterError(f"{identifier} is a plugin's dataset, which has no source.")
        return ensure_registered_dataset(identifier)
    for pattern, package in _PACKAGERS.items():
        if re.fullmatch(pattern, identifier):
            return package(identifier, source)
    raise _unknown(identifier)


def _unknown(identifier: str) -> UnknownIdentifierError:
    return UnknownIdentifierError(
        f"No dataset {identifier!r} can be fetched. There are allen-mouse, allen-mouse-events, allen-mouse-npx, "
        "sensorium2022, du2025 and stringer2019, and variants of them such as allen-mouse-gratings (docs/data.md)."
    )
