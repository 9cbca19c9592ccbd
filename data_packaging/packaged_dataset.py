"""Packaged datasets: their form on disk, and writing, verifying and loading them.

A dataset is one folder, ``<home>/datasets/<dataset>/``::

    manifest.json       what is in the folder, the SHA-256 of each file, and the recipe of the responses
    stimuli.csv         columns stimulus_id, filename; in the order of the stimuli
    stimuli/            the images
    <region>.nc         one assembly per region: presentation x neuroid x time_bin, single trials
    running-speed.nc    where known, the running speed in each trial: presentation x experiment

The files also load with Brain-Score's own ``NeuronRecordingAssembly.from_files`` and
``StimulusSet.from_files``, of brainscore_core and of the PyPI package brainscore-brainio.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from xarray.backends.netCDF4_ import NetCDF4BackendEntrypoint

from ..core.errors import CorruptDatasetError, InvalidArraysError
from ..core.files import folder_written_whole, sha256_of_file
from ..core.home import datasets_folder
from .recordings import Recordings, assembly_from_recordings
from .running_speed import FILE_NAME as RUNNING_SPEED_FILE
from .running_speed import RunningSpeed, write_running_speed

FORMAT_VERSION = 1

MANIFEST_FILE = "manifest.json"
_MANIFEST_KEYS = {"format_version", "identifier", "simulated", "recipe", "regions", "stimulus_set", "details"}
_HOW_TO_REPAIR = "Remove the dataset's folder and package it again (simulated-mouse is made again by itself)."
_STIMULI_CSV = "stimuli.csv"
_STIMULI_FOLDER = "stimuli"
DATASET_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]*")
# Of 13 MB of real recordings: 2.2 MB in 0.2 s. Level 9 with shuffling, brainio's choice: 3.8 MB in 13 s.
_COMPRESSION = {"zlib": True, "complevel": 4, "shuffle": False}
# Presentations, neuroids, time bins: 2 MB. NetCDF's own choice grows with the assembly, and is held several times.
_LARGEST_CHUNK = (590, 850, 1)

# (path, modification time in ns, size) -> SHA-256: each file is read for its checksum once per process.
_verified: dict[tuple[str, int, int], str] = {}


@dataclass(frozen=True)
class Recipe:
    """How the responses of a dataset came to be.

    Attributes
    ----------
    response : str
        What one number is, with its unit, such as 'firing rate in spikes/s, mean over the window'.
    window_ms : (float, float)
        Start and end of the response window, in ms after stimulus onset. Where it differs between neuroids,
        the smallest window that contains all.
    filters : str
        How neuroids and trials were selected.
    source, citation, licence : str
        Where the recordings come from, what to cite, and on which terms they may be used.
    """

    response: str
    window_ms: tuple[float, float]
    filters: str
    source: str
    citation: str
    licence: str


def check_dataset_identifier(identifier: str) -> None:
    """Raise InvalidArraysError unless a dataset can be called this; it is also a folder's name."""
    if not DATASET_IDENTIFIER.fullmatch(identifier):
        raise InvalidArraysError(
            f"A dataset cannot be called {identifier!r}: use letters, digits, '.', '_' and '-', "
            "beginning with a letter or digit."
        )


def check_region(region: str) -> None:
    """Raise InvalidArraysError unless a region can be called this; it is also a file's name."""
    if not _REGION.fullmatch(region):
        raise InvalidArraysError(
            f"A region cannot be called {region!r}: use letters, digits, '.' and '_', beginning with a "
            "letter or digit ('-' separates the parts of benchmark identifiers)."
        )


def write_dataset(
    identifier: str,
    recordings: Iterable[Recordings],
    stimuli: Mapping[str, Path],
    recipe: Recipe,
    simulated: bool = False,
    running_speed: RunningSpeed | None = None,
    details: Mapping[str, Any] | None = None,
) -> Path:
    """Write a packaged dataset, whole or not at all; one of the same identifier is replaced.

    Parameters
    ----------
    identifier : str
        The dataset's name, such as 'allen-mouse-npx'.
    recordings : iterable of Recordings
        One for each region, all of the same stimuli. They are taken and written one by one: a generator need not
        hold all in memory.
    stimuli : mapping of stimulus_id to Path
        The image of each stimulus, in the order of the recordings; the files are copied as they are.
    recipe : Recipe
        How the responses came to be.
    simulated : bool
        Whether the responses are simulated rather than recorded.
    running_speed : RunningSpeed, optional
        In the trials of the recordings.
    details : mapping, optional
        What else the manifest is to tell, under ``details``; what JSON can hold.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    InvalidArraysError
        If identifier, regions or stimuli cannot be stored.
    """
    check_dataset_identifier(identifier)
    folder = datasets_folder() / identifier
    with folder_written_whole(folder) as unfinished:
        csv_path, images = _write_stimuli(unfinished, stimuli)
        stimulus_set = _stimulus_set_of(csv_path, f"{identifier}-stimuli-{digest_of_files(images)[:8]}")
        if stimulus_set["stimulus_id"].tolist() != list(stimuli):
            raise InvalidArraysError(
                "Some stimulus ids do not survive a CSV file (numbers, 'NA', 'True', ...); "
                f"begin them with a letter, such as 'scene_{next(iter(stimuli))}'."
            )
        regions: dict[str, dict[str, Any]] = {}
        for region_recordings in recordings:
            region = _region_of(region_recordings)
            if region in regions:
                raise InvalidArraysError(f"Region {region} was given twice; join its recordings first.")
            netcdf = unfinished / f"{region}.nc"
            assembly = assembly_from_recordings(region_recordings, stimulus_set, recipe.window_ms)
            assembly.attrs["identifier"] = f"{identifier}-{region}"
            _write_assembly(assembly, netcdf)
            regions[region] = {"file": netcdf.name, "sha256": sha256_of_file(netcdf)}
            regions[region].update(_summary(region_recordings))
        manifest: dict[str, Any] = {
            "format_version": FORMAT_VERSION,
            "identifier": identifier,
            "simulated": simulated,
            "recipe": asdict(recipe),
            "regions": regions,
            "stimulus_set": {
                "identifier": stimulus_set.identifier,
                "n_stimuli": len(stimulus_set),
                "file": csv_path.name,
                "sha256": sha256_of_file(csv_path),
                "images": images,
            },
            "details": dict(details or {}),
        }
        if running_speed is not None:
            path = unfinished / RUNNING_SPEED_FILE
            write_running_speed(running_speed, path)
            manifest["running_speed"] = {"file": path.name, "sha256": sha256_of_file(path)}
        (unfinished / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return folder


def _region_of(recordings: Recordings) -> str:
    names = recordings.neuroids["region"].unique()
    if len(names) != 1:
        raise InvalidArraysError(f"Each recordings object needs exactly one region, not {list(names)}.")
    check_region(names[0])
    return names[0]


def _summary(recordings: Recordings) -> dict[str, Any]:
    """Return what the manifest says of the size of a region's recordings."""
    n_trials = np.zeros(recordings.responses.shape[1:], dtype=np.int64)  # of each stimulus and neuroid (and bin)
    for repetition in recordings.responses:  # one by one: all flags at once would be half as large as the responses
        n_trials += ~np.isnan(repetition)
    return {
        "n_neuroids": len(recordings.neuroids),
        "n_subjects": int(recordings.neuroids["subject"].nunique()),
        "n_repetitions": {"min": int(n_trials.min()), "max": int(n_trials.max())},
    }


def _write_stimuli(folder: Path, stimuli: Mapping[str, Path]) -> tuple[Path, dict[str, str]]:
    """Copy the images and write the CSV; return the CSV's path, and image path in `folder` -> checksum."""
    images_folder = folder / _STIMULI_FOLDER
    images_folder.mkdir()
    images = {}
    for stimulus_id, source in stimuli.items():
        copy = images_folder / f"{stimulus_id}{source.suffix}"
        shutil.copyfile(source, copy)
        images[f"{_STIMULI_FOLDER}/{copy.name}"] = sha256_of_file(copy)
    csv_path = folder / _STIMULI_CSV
    filenames = [Path(name).name for name in images]
    table = pd.DataFrame({"stimulus_id": list(stimuli), "filename": filenames})
    table.to_csv(csv_path, index=False, lineterminator="\n")
    return csv_path, images


def _stimulus_set_of(csv_path: Path, identifier: str) -> StimulusSet:
    stimulus_set = StimulusSet.from_files(csv_path, csv_path.parent / _STIMULI_FOLDER)
    stimulus_set.identifier = identifier  # from_files leaves it unset
    return stimulus_set


def _write_assembly(assembly: NeuronRecordingAssembly, path: Path) -> None:
    """Write an assembly as NetCDF; the same assembly gives the same bytes."""
    # NetCDF knows neither multi-indexes nor attributes that are tables.
    plain = xr.DataArray(assembly).reset_index(list(assembly.dims))
    plain.attrs = {name: value for name, value in plain.attrs.items() if isinstance(value, str)}
    chunks = tuple(min(size, limit) for size, limit in zip(plain.shape, _LARGEST_CHUNK, strict=True))
    encoding = {**_COMPRESSION, "chunksizes": chunks}
    dataset = plain.to_dataset(name="data", promote_attrs=True)
    # By itself xarray lists them in the order of a set, which is another one in each process.
    dataset["data"].encoding["coordinates"] = " ".join(sorted(set(map(str, plain.coords)) - set(map(str, plain.dims))))
    dataset.to_netcdf(path, encoding={"data": encoding})


def read_assembly(path: Path, stimulus_set: StimulusSet) -> NeuronRecordingAssembly:
    """Read the assembly in a NetCDF file that `write_dataset` wrote."""
    # Not from_files: it leaves the file open in xarray's cache, which would serve old values after a rewrite.
    # The engine is given as a class, because finding one by name fails in xarray 2022.3 with Python 3.12.
    assembly = NeuronRecordingAssembly(xr.load_dataarray(path, engine=NetCDF4BackendEntrypoint))
    assembly.attrs["stimulus_set"] = stimulus_set
    return assembly


def read_manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest in a dataset's folder; raise CorruptDatasetError where it cannot be read."""
    path = folder / MANIFEST_FILE
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorruptDatasetError(f"{path} cannot be read as JSON ({error}). {_HOW_TO_REPAIR}") from error
    missing = _MANIFEST_KEYS - set(manifest if isinstance(manifest, dict) else ())
    if missing:
        raise CorruptDatasetError(f"{path} does not say {', '.join(sorted(missing))}. {_HOW_TO_REPAIR}")
    if manifest["format_version"] != FORMAT_VERSION:
        raise CorruptDatasetError(
            f"{path} is of format version {manifest['format_version']!r}, and this package reads "
            f"{FORMAT_VERSION}. {_HOW_TO_REPAIR}"
        )
    return manifest


def verified_stimulus_set(folder: Path, manifest: Mapping[str, Any]) -> StimulusSet:
    """Read the stimuli in a dataset's folder, after verifying each of their files."""
    entry = manifest["stimulus_set"]
    csv_path = folder / entry["file"]
    verify_file(csv_path, entry["sha256"])
    for name, sha256 in entry["images"].items():
        verify_file(folder / name, sha256)
    return _stimulus_set_of(csv_path, entry["identifier"])


def verify_file(path: Path, sha256: str) -> None:
    """Raise CorruptDatasetError unless the file has this checksum."""
    try:
        status = path.stat()
    except OSError as error:
        raise CorruptDatasetError(f"{path} is missing from the dataset. {_HOW_TO_REPAIR}") from error
    key = (str(path), status.st_mtime_ns, status.st_size)
    if key not in _verified:
        _verified[key] = sha256_of_file(path)
    if _verified[key] != sha256:
        raise CorruptDatasetError(
            f"{path} is not the file that was packaged (its SHA-256 is {_verified[key]}, the manifest says "
            f"{sha256}). {_HOW_TO_REPAIR}"
        )


def digest_of_files(sha256_by_name: Mapping[str, str]) -> str:
    """Return one SHA-256 over the names and checksums of files."""
    lines = "".join(f"{name} {sha256}\n" for name, sha256 in sorted(sha256_by_name.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
