"""Packaged datasets: their form on disk, and writing, verifying and loading them.

A dataset is one folder, ``<home>/datasets/<dataset>/``::

    manifest.json                   what belongs to the dataset, the SHA-256 of each file, the recipe of the responses
    stimuli-<hash>/stimuli.csv      columns stimulus_id, filename; in the order of the stimuli
    stimuli-<hash>/stimuli/         the images
    <region>-<hash>.nc              one assembly per region: presentation x neuroid x time_bin, single trials
    running-speed-<hash>.nc         where known, the running speed in each trial: presentation x experiment

All but the manifest are named by their content and never change. So a dataset is replaced in one step, by its new
manifest: who reads meanwhile finds the old dataset, or the new one, never parts of both.

The files also load with Brain-Score's own ``NeuronRecordingAssembly.from_files`` and
``StimulusSet.from_files``, of brainscore_core and of the PyPI package brainscore-brainio.
"""

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from filelock import FileLock
from xarray.backends.netCDF4_ import NetCDF4BackendEntrypoint

from ..core.errors import CorruptDatasetError, DatasetExistsError, InvalidArraysError
from ..core.files import sha256_of_file, temporary_folder
from ..core.home import datasets_folder
from ..core.image_file import check_image
from .on_disk.manifest import DATASET_IDENTIFIER, FORMAT_VERSION, HOW_TO_REPAIR, MANIFEST_FILE
from .recordings import Recordings, assembly_from_recordings
from .running_speed import FILE_NAME as RUNNING_SPEED_FILE
from .running_speed import RunningSpeed, write_running_speed
from .stimulus_order import same_names
from .twin_stimuli import twins_of

_logger = logging.getLogger(__name__)

_STIMULI_CSV = "stimuli.csv"
_STIMULI_FOLDER = "stimuli"
_LOCK_FILE = ".lock"
_NAME_DIGITS = 12  # of a SHA-256, in the names of files
_NAMES_SHOWN = 5
_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]{0,99}")
# Of 13 MB of real recordings: 2.2 MB in 0.2 s. Level 9 with shuffling, brainio's choice: 3.8 MB in 13 s.
_COMPRESSION = {"zlib": True, "complevel": 4, "shuffle": False}
# Presentations, neuroids, time bins: 2 MB. NetCDF's own choice grows with the assembly, and is held several times.
_LARGEST_CHUNK = (590, 850, 1)

# (path, modification time in ns, size) -> SHA-256: each file is read for its checksum once per process.
_verified: dict[tuple[str, int, int], str] = {}
# SHA-256 of images whose kind was looked at.
_checked_images: set[str] = set()


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
            f"A dataset cannot be called {identifier!r}: use at most 100 letters, digits, '.', '_' and '-', "
            "beginning with a letter or digit."
        )


def check_region(region: str) -> None:
    """Raise InvalidArraysError unless a region can be called this; it is also a file's name."""
    if not _REGION.fullmatch(region):
        raise InvalidArraysError(
            f"A region cannot be called {region!r}: use at most 100 letters, digits, '.' and '_', beginning with "
            "a letter or digit ('-' separates the parts of benchmark identifiers)."
        )


def write_dataset(
    identifier: str,
    recordings: Iterable[Recordings],
    stimuli: Mapping[str, Path],
    recipe: Recipe,
    simulated: bool = False,
    running_speed: RunningSpeed | None = None,
    details: Mapping[str, Any] | None = None,
    replace: bool = False,
) -> Path:
    """Write a packaged dataset, whole or not at all, after reading back and comparing what was written.

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
        What else the manifest says, under ``details``; what JSON can hold.
    replace : bool
        Whether to replace a dataset of the same identifier.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    InvalidArraysError
        If identifier, regions, columns or stimuli cannot be stored.
    DatasetExistsError
        If there is a dataset of this identifier, and it is not to be replaced.
    DataError
        If an image cannot be read.
    """
    check_dataset_identifier(identifier)
    check_not_there(identifier, replace)
    folder = datasets_folder() / identifier
    with temporary_folder(folder) as unfinished:
        stimulus_set, stimuli_entry = _write_stimuli(unfinished, identifier, stimuli)
        manifest: dict[str, Any] = {
            "format_version": FORMAT_VERSION,
            "identifier": identifier,
            "simulated": simulated,
            "recipe": asdict(recipe),
            "regions": _write_regions(unfinished, identifier, recordings, stimulus_set, recipe),
            "stimulus_set": stimuli_entry,
            "details": dict(details or {}),
        }
        if running_speed is not None:
            path = unfinished / RUNNING_SPEED_FILE
            write_running_speed(running_speed, path)
            manifest["running_speed"] = _named_by_content(path)
        (unfinished / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        _publish(unfinished, folder, replace)
    return folder


def check_not_there(identifier: str, replace: bool) -> None:
    """Raise DatasetExistsError if there is something in a dataset's place that is not to be replaced."""
    folder = datasets_folder() / identifier
    if os.path.lexists(folder) and not folder.is_dir():
        raise DatasetExistsError(f"{folder} is not a folder, so the dataset {identifier!r} cannot be there. Remove it.")
    if not replace and folder.is_dir() and any(path.name != _LOCK_FILE for path in folder.iterdir()):
        raise DatasetExistsError(
            f"There is a dataset {identifier!r} in {folder} already. Choose another name, or ask for it to be "
            "replaced: --replace (in Python: replace=True)."
        )


def _publish(unfinished: Path, folder: Path, replace: bool) -> None:
    """Put files that are named by their content, and then the manifest, in a dataset's folder; remove all others."""
    (unfinished / _LOCK_FILE).touch()
    try:
        os.rename(unfinished, folder)  # a new dataset appears whole, even if this process is killed
        return
    except OSError:
        if not folder.is_dir():
            raise
    (unfinished / _LOCK_FILE).unlink()
    with FileLock(folder / _LOCK_FILE):  # one writer at a time; readers need no lock
        check_not_there(folder.name, replace)
        files = [path.relative_to(unfinished) for path in sorted(unfinished.rglob("*")) if path.is_file()]
        files.remove(Path(MANIFEST_FILE))
        for file in [*files, Path(MANIFEST_FILE)]:
            (folder / file).parent.mkdir(exist_ok=True, parents=True)
            os.replace(unfinished / file, folder / file)
        _remove_all_but({*files, Path(MANIFEST_FILE), Path(_LOCK_FILE)}, folder)


def _remove_all_but(kept: set[Path], folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # it is not empty
                path.rmdir()
        elif path.relative_to(folder) not in kept:
            path.unlink()


def _write_regions(
    folder: Path, identifier: str, recordings: Iterable[Recordings], stimulus_set: StimulusSet, recipe: Recipe
) -> dict[str, dict[str, Any]]:
    """Write one file per region; return what the manifest says of each."""
    regions: dict[str, dict[str, Any]] = {}
    for region_recordings in recordings:
        region = _region_of(region_recordings)
        if region in regions:
            raise InvalidArraysError(f"Region {region} was given twice; join its recordings first.")
        netcdf = folder / f"{region}.nc"
        assembly = assembly_from_recordings(region_recordings, stimulus_set, recipe.window_ms)
        assembly.attrs["identifier"] = f"{identifier}-{region}"
        try:
            _write_assembly(assembly, netcdf)
        except (ValueError, TypeError, LookupError, RuntimeError) as error:
            raise InvalidArraysError(
                f"The recordings of {region} cannot be stored as NetCDF ({type(error).__name__}: {error}); simplify "
                "the columns of the neuroids."
            ) from error
        _check_as_written(assembly, netcdf)
        regions[region] = {**_named_by_content(netcdf), **_summary(region_recordings)}
    return regions


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


def _named_by_content(path: Path) -> dict[str, str]:
    """Add a hash to a file's name; return the manifest's entry for the file."""
    sha256 = sha256_of_file(path)
    named = path.rename(path.with_name(f"{path.stem}-{sha256[:_NAME_DIGITS]}{path.suffix}"))
    return {"file": named.name, "sha256": sha256}


def _write_stimuli(folder: Path, identifier: str, stimuli: Mapping[str, Path]) -> tuple[StimulusSet, dict[str, Any]]:
    """Copy the images and write the CSV; return the stimulus set, and what the manifest says of it."""
    alike = same_names(list(stimuli))
    if alike:
        raise InvalidArraysError(
            f"Stimuli cannot be called {' and '.join(map(repr, alike[0]))}: some file systems hold these names to be "
            "the same. Rename one."
        )
    unfinished = folder / "stimuli-unfinished"
    images_folder = unfinished / _STIMULI_FOLDER
    images_folder.mkdir(parents=True)
    images = {}
    for stimulus_id, source in stimuli.items():
        copy = images_folder / f"{stimulus_id}{source.suffix}"
        shutil.copyfile(source, copy)
        images[f"{_STIMULI_FOLDER}/{copy.name}"] = sha256_of_file(copy)
    csv_path = unfinished / _STIMULI_CSV
    filenames = [Path(name).name for name in images]
    table = pd.DataFrame({"stimulus_id": list(stimuli), "filename": filenames})
    table.to_csv(csv_path, index=False, lineterminator="\n")
    stimulus_set = _stimulus_set_of(csv_path, f"{identifier}-stimuli-{digest_of_files(images)[:8]}")
    if stimulus_set["stimulus_id"].tolist() != list(stimuli):
        raise InvalidArraysError(_ids_that_a_csv_changes(list(stimuli), stimulus_set["stimulus_id"].tolist()))
    twins = twins_of(stimuli)
    if twins:
        _logger.warning(
            "%s: %d pictures occur more than once, under the names %s. Splits keep them together.",
            *(identifier, len(twins), "; ".join(" = ".join(group) for group in twins[:_NAMES_SHOWN])),
        )
    files = {csv_path.name: sha256_of_file(csv_path), **images}
    named = unfinished.rename(folder / f"stimuli-{digest_of_files(files)[:_NAME_DIGITS]}")
    return stimulus_set, {
        "identifier": stimulus_set.identifier,
        "n_stimuli": len(stimulus_set),
        "folder": named.name,
        "file": csv_path.name,
        "sha256": files[csv_path.name],
        "images": images,
        "twins": twins,
    }


def _ids_that_a_csv_changes(ids: Sequence[str], read_back: Sequence[object]) -> str:
    changed = [stimulus_id for stimulus_id, read in zip(ids, read_back, strict=True) if stimulus_id != read]
    example = changed[0]
    if example.isdecimal():
        # Of equal length: scene_2 and scene_10 would be sorted otherwise as text than by number.
        digits = max(len(stimulus_id) for stimulus_id in ids if stimulus_id.isdecimal())
        example = example.zfill(digits)
    return (
        f"{len(changed)} stimulus ids do not survive a CSV file, which takes them for numbers or blanks "
        f"({', '.join(changed[:_NAMES_SHOWN])}). Begin all names with a letter, and give numbers equally many digits, "
        f"such as 'scene_{example}'."
    )


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


def _check_as_written(assembly: NeuronRecordingAssembly, path: Path) -> None:
    """Raise InvalidArraysError unless a file gives the assembly back; some presentations in memory at a time."""
    plain = xr.DataArray(assembly).reset_index(list(assembly.dims))
    try:
        with xr.open_dataarray(path, engine=NetCDF4BackendEntrypoint) as stored:
            changed = [name for name in plain.coords if not _is_same(plain, stored, str(name))]
            if set(stored.coords) != set(plain.coords) or stored.dims != plain.dims or stored.shape != plain.shape:
                changed.append("responses")
            for start in range(0, 0 if changed else len(plain), _LARGEST_CHUNK[0]):
                block = slice(start, start + _LARGEST_CHUNK[0])
                if not np.array_equal(plain[block].values, stored[block].values, equal_nan=True):
                    changed.append("responses")
                    break
            NeuronRecordingAssembly(stored[:1].load())
    except (ValueError, TypeError, LookupError, RuntimeError) as error:
        raise InvalidArraysError(
            f"{path.name} cannot be read back after writing ({type(error).__name__}: {error}); simplify the columns of "
            "the neuroids."
        ) from error
    if changed:
        raise InvalidArraysError(
            f"{path.name} cannot hold {', '.join(sorted(set(map(str, changed))))} as given: NetCDF gives other values "
            "back. Change these columns."
        )


def _is_same(plain: xr.DataArray, stored: xr.DataArray, name: str) -> bool:
    """Tell whether a coordinate was stored as it is."""
    if name not in stored.coords:
        return False
    given, read = plain[name].values, stored[name].values
    if given.dtype.kind in "fc":
        return read.dtype == given.dtype and np.array_equal(given, read, equal_nan=True)
    return read.shape == given.shape and read.tolist() == given.tolist()


def read_assembly(path: Path, stimulus_set: StimulusSet) -> NeuronRecordingAssembly:
    """Read the assembly in a NetCDF file that `write_dataset` wrote."""
    # Not from_files: it leaves the file open in xarray's cache, which would serve old values after a rewrite.
    # The engine is given as a class, because finding one by name fails in xarray 2022.3 with Python 3.12.
    assembly = NeuronRecordingAssembly(xr.load_dataarray(path, engine=NetCDF4BackendEntrypoint))
    assembly.attrs["stimulus_set"] = stimulus_set
    return assembly


def verified_stimulus_set(folder: Path, manifest: Mapping[str, Any]) -> StimulusSet:
    """Read the stimuli in a dataset's folder, after verifying each of their files.

    Raises
    ------
    CorruptDatasetError
        If a file is not the one that was packaged.
    DataError
        If an image is of a kind that `read_image` refuses, which other readers may take for something else.
    """
    entry = manifest["stimulus_set"]
    stimuli_folder = folder / entry.get("folder", "")  # without it, written by an older version
    csv_path = stimuli_folder / entry["file"]
    verify_file(csv_path, entry["sha256"])
    for name, sha256 in entry["images"].items():
        verify_file(stimuli_folder / name, sha256)
        if sha256 not in _checked_images:
            check_image(stimuli_folder / name)
            _checked_images.add(sha256)
    return _stimulus_set_of(csv_path, entry["identifier"])


def twins_in(stimulus_set: StimulusSet, manifest: Mapping[str, Any]) -> list[list[str]]:
    """Return which stimuli of a dataset show the same picture; see :func:`twins_of`."""
    twins = manifest["stimulus_set"].get("twins")
    if twins is None:  # written by an older version
        return twins_of({key: Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]})
    return twins


def verify_file(path: Path, sha256: str) -> None:
    """Raise CorruptDatasetError unless the file has this checksum."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # a name that no file can have
        raise CorruptDatasetError(f"{path} is missing from the dataset. {HOW_TO_REPAIR}") from error
    key = (str(path), status.st_mtime_ns, status.st_size)
    if key not in _verified:
        _verified[key] = sha256_of_file(path)
    if _verified[key] != sha256:
        raise CorruptDatasetError(
            f"{path} is not the file that was packaged (its SHA-256 is {_verified[key]}, the manifest says "
            f"{sha256}). {HOW_TO_REPAIR}"
        )


def digest_of_files(sha256_by_name: Mapping[str, str]) -> str:
    """Return one SHA-256 over the names and checksums of files."""
    lines = "".join(f"{name} {sha256}\n" for name, sha256 in sorted(sha256_by_name.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
