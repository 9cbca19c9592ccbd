"""Datasets of plugins: packaged when they are first needed, and again when the plugin has changed."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import CorruptDatasetError, DatasetExistsError, PluginError
from ..core.home import datasets_folder
from ..plugins.foreign_code import foreign_code
from ..plugins.registries import RegisteredDataset
from .array_folder import areas_in_folder, package_array_folder
from .arrays import package_arrays
from .on_disk.datasets_here import registered_datasets
from .on_disk.manifest import read_manifest_of

_CODE = "packaged_by_code_sha256"


def ensure_registered_dataset(identifier: str, replace: bool = False) -> Path:
    """Package a dataset of a plugin unless it is there, as this version of the plugin made it.

    Parameters
    ----------
    identifier : str
        One of `registered_datasets`.
    replace : bool
        Whether to package it again in any case, and to replace a dataset of this name that the plugin has not made.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    DatasetExistsError
        If there is a dataset of this name that the plugin has not made.
    PluginError
        If the plugin's function fails, or returns something else than `register_dataset` says.
    InvalidArraysError
        If what it returns cannot become a dataset.
    """
    registered = registered_datasets()[identifier]
    folder = datasets_folder() / identifier
    code = foreign_code(registered.recordings).get("code_sha256")
    if folder.exists() and not replace:
        with contextlib.suppress(CorruptDatasetError):  # what cannot be read is made again, below
            made_by = read_manifest_of(folder)["details"].get(_CODE)
            if made_by == code:
                return folder
            if made_by is None:
                raise DatasetExistsError(
                    f"{folder} was not packaged by the plugin that registers {identifier!r}. Give the plugin's dataset "
                    f"another name, or replace this one: brainscore-mouse data fetch {identifier} --replace"
                )
    return _package(identifier, registered, {_CODE: code})


def _package(identifier: str, registered: RegisteredDataset, details: Mapping[str, Any]) -> Path:
    # What is there may be replaced: it was made by the plugin, perhaps by another process since we looked.
    try:
        recordings = registered.recordings()
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"The recordings of the plugin's dataset {identifier!r} cannot be made: {type(error).__name__}: {error}"
        ) from error
    if isinstance(recordings, str | Path):
        folder = Path(recordings)
        _check_areas(identifier, registered, areas_in_folder(folder))
        return package_array_folder(folder, identifier, replace=True, details=details)
    try:
        arrays, stimuli, recipe = recordings
        areas = {array.area for array in arrays}
    except (TypeError, ValueError, AttributeError) as error:
        raise PluginError(
            f"The function that registers the dataset {identifier!r} returned {type(recordings).__name__}. Return a "
            "folder, or three things: a list of SubjectArrays, the images, and a Recipe."
        ) from error
    _check_areas(identifier, registered, areas)
    return package_arrays(arrays, stimuli, identifier, recipe, replace=True, details=details)


def _check_areas(identifier: str, registered: RegisteredDataset, found: set[str]) -> None:
    if found != set(registered.areas):
        raise PluginError(
            f"The dataset {identifier!r} is registered with the areas {', '.join(sorted(registered.areas))}, and its "
            f"recordings are of {', '.join(sorted(found))}. Make them the same."
        )
