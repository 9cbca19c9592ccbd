"""Loading datasets by name."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import xarray as xr
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..core.errors import DataError, DatasetNotFoundError, UnknownIdentifierError
from ..core.home import datasets_folder
from ..plugins.unknown_identifier import unknown_identifier
from .known_datasets import KNOWN_DATASETS
from .on_disk.datasets_here import datasets_on_disk, registered_datasets
from .on_disk.manifest import PACKAGED_FROM_ARRAYS, read_manifest_of
from .packaged_dataset import digest_of_files, read_assembly, twins_in, verified_stimulus_set, verify_file
from .recordings import Recordings, assembly_from_recordings, join_neuroids, trials_from_assembly
from .registered_datasets import ensure_registered_dataset
from .running_speed import read_running_speed
from .twin_stimuli import stimulus_groups

T = TypeVar("T")


def read_manifest(identifier: str) -> dict[str, Any]:
    """Return a dataset's manifest.

    Its keys: format_version, identifier, simulated, recipe, regions, stimulus_set, details; see `write_dataset`.

    Raises
    ------
    UnknownIdentifierError
        If there is no such dataset.
    DatasetNotFoundError
        If its files are not on this machine.
    CorruptDatasetError
        If the manifest cannot be read, or is of another format.
    """
    return read_manifest_of(dataset_folder(identifier))


def display_of(identifier: str) -> Mapping[str, Any] | None:
    """Return how a dataset's stimuli were shown: at least ``width_degrees`` and ``height_degrees``; None if unknown."""
    display = read_manifest(identifier)["details"].get("display")
    if display is None and identifier in KNOWN_DATASETS:
        display = KNOWN_DATASETS[identifier].display
    return display


def load_stimulus_set(dataset_identifier: str) -> StimulusSet:
    """Load the stimuli of a packaged dataset; each file is verified against the manifest.

    Raises
    ------
    UnknownIdentifierError, DatasetNotFoundError, CorruptDatasetError
        As of `load_dataset`.
    """
    return _read_at_once(dataset_identifier, verified_stimulus_set)


def load_dataset(identifier: str, region: str | None = None) -> NeuronRecordingAssembly:
    """Load the recordings of one region of a packaged dataset, or of all; each file is verified.

    Parameters
    ----------
    identifier : str
        A dataset of `list_datasets`. ``simulated-mouse`` is made on first use.
    region : str, optional
        Such as 'VISp'. Without it, the neuroids of all regions side by side (and time bins averaged).

    Returns
    -------
    NeuronRecordingAssembly
        presentation x neuroid x time_bin, single trials, in memory. ``attrs``: ``identifier``,
        ``stimulus_set``, ``stimulus_set_identifier``, ``data_sha256``, one checksum of all files that the
        assembly and its stimuli come from, ``data_origin``, see `origin_of`, and ``stimulus_groups``, which stimuli
        show the same picture, see :func:`~brainscore_mouse.data_packaging.twin_stimuli.stimulus_groups`.

    Raises
    ------
    UnknownIdentifierError
        If there is no such dataset, or the dataset has no such region.
    DatasetNotFoundError
        If the dataset's files are not on this machine; the message says how to get them.
    CorruptDatasetError
        If a file is missing or is not the one that was packaged.
    """
    return _read_at_once(identifier, lambda folder, manifest: _read_regions(folder, manifest, region))


def _read_regions(folder: Path, manifest: Mapping[str, Any], region: str | None) -> NeuronRecordingAssembly:
    """Read one region, or all side by side."""
    identifier = manifest["identifier"]
    if region is not None and region not in manifest["regions"]:
        raise UnknownIdentifierError(
            f"Dataset {identifier!r} has no region {region!r}; it has {', '.join(manifest['regions'])}."
        )
    stimulus_set = verified_stimulus_set(folder, manifest)
    entries = manifest["regions"] if region is None else {region: manifest["regions"][region]}
    assemblies = []
    for entry in entries.values():
        verify_file(folder / entry["file"], entry["sha256"])
        assemblies.append(read_assembly(folder / entry["file"], stimulus_set))
    assembly = assemblies[0] if region is not None else _side_by_side(assemblies, stimulus_set, manifest)
    stimuli = manifest["stimulus_set"]
    # By what the files are, not by their names, which hold hashes of their own.
    files = {f"{name}.nc": entry["sha256"] for name, entry in entries.items()}
    assembly.attrs.update(
        identifier=identifier if region is None else f"{identifier}-{region}",
        stimulus_set=stimulus_set,
        stimulus_set_identifier=stimulus_set.identifier,
        data_sha256=digest_of_files({**files, stimuli["file"]: stimuli["sha256"], **stimuli["images"]}),
        data_origin=origin_of(manifest),
        stimulus_groups=stimulus_groups(list(stimulus_set["stimulus_id"]), twins_in(stimulus_set, manifest)),
    )
    return assembly


def load_running_speed(identifier: str) -> xr.DataArray:
    """Load how fast the mice ran in each trial of a packaged dataset; the file is verified.

    Parameters
    ----------
    identifier : str
        A dataset of `list_datasets`.

    Returns
    -------
    DataArray
        presentation x experiment, in cm/s, NaN where not known. ``stimulus_id`` and ``repetition`` identify the
        presentation, as in the assemblies, whose neuroids have their ``experiment``.

    Raises
    ------
    UnknownIdentifierError, DatasetNotFoundError, CorruptDatasetError
        As of `load_dataset`.
    DataError
        If the dataset has no running speed.
    """
    return _read_at_once(identifier, _read_running_speed)


def _read_running_speed(folder: Path, manifest: Mapping[str, Any]) -> xr.DataArray:
    entry = manifest.get("running_speed")
    if entry is None:
        raise DataError(f"The dataset {manifest['identifier']} has no running speeds.")
    verify_file(folder / entry["file"], entry["sha256"])
    return read_running_speed(folder / entry["file"])


def origin_of(manifest: Mapping[str, Any]) -> str:
    """Return where a dataset's recordings come from: 'fetched from ...', 'packaged from arrays' or 'simulated'.

    Parameters
    ----------
    manifest : mapping
        From `read_manifest`.
    """
    details = manifest["details"]
    if "fetched_from" in details:
        return f"fetched from {details['fetched_from']}"
    return "simulated" if manifest["simulated"] else PACKAGED_FROM_ARRAYS


def _read_at_once(identifier: str, read: Callable[[Path, Mapping[str, Any]], T]) -> T:
    """Read parts of a dataset that belong together, again if the dataset was replaced meanwhile."""
    folder = dataset_folder(identifier)
    manifest = read_manifest_of(folder)
    while True:
        try:
            return read(folder, manifest)
        except Exception:  # whatever is raised where a file is suddenly missing
            # Files are named by their content and removed after a new manifest is there: what is missing although the
            # manifest is the same was not replaced but lost.
            manifest_now = read_manifest_of(folder)
            if manifest_now == manifest:
                raise
            manifest = manifest_now


def dataset_folder(identifier: str) -> Path:
    """Return the folder of a dataset, after making the dataset where it is made on first use.

    Raises
    ------
    UnknownIdentifierError
        If there is no such dataset.
    DatasetNotFoundError
        If its files are not on this machine; the message says how to get them.
    """
    known = KNOWN_DATASETS.get(identifier)
    if known is not None and known.ensure is not None:
        known.ensure()
    elif identifier in registered_datasets():
        ensure_registered_dataset(identifier)
    elif identifier not in datasets_on_disk():
        if known is not None:
            raise DatasetNotFoundError(
                f"The recordings {identifier!r} cannot be shipped with this package and are not in "
                f"{datasets_folder()}. To package them: {known.how_to_get}"
            )
        raise unknown_identifier("dataset", identifier, {*datasets_on_disk(), *registered_datasets(), *KNOWN_DATASETS})
    return datasets_folder() / identifier


def _side_by_side(
    assemblies: Sequence[NeuronRecordingAssembly], stimulus_set: StimulusSet, manifest: Mapping[str, Any]
) -> NeuronRecordingAssembly:
    """Join regions, which may differ in their presentations, on the neuroid dimension."""
    stimulus_ids = tuple(stimulus_set["stimulus_id"])
    recordings = []
    for assembly in assemblies:
        neuroids = assembly.indexes["neuroid"].to_frame(index=False)
        recordings.append(Recordings(trials_from_assembly(assembly), neuroids, stimulus_ids))
    return assembly_from_recordings(join_neuroids(recordings), stimulus_set, manifest["recipe"]["window_ms"])
