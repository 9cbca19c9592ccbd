"""From experiments on disk to a packaged dataset: one region in memory at a time, always in the same order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import DataError, UnexpectedFormatError
from ...core.image_file import read_image
from ..packaged_dataset import Recipe, write_dataset
from ..recordings import Recordings
from ..running_speed import RunningSpeed
from .allen_dataset import AllenDataset
from .display import GRAY_LEVEL, HEIGHT_DEGREES, WIDTH_DEGREES
from .experiment_store import stored_neuroids, stored_report, stored_running_speed, stored_trials
from .gratings.conditions import CONTRAST, GRATINGS, ORIENTATIONS, PHASES, SPATIAL_FREQUENCIES
from .terms import CITATIONS, LICENCE, TERMS

_FILTERS = {
    "allen-mouse": "all cells of session B of all containers that passed quality control",
    "allen-mouse-npx": (
        "units of quality 'good' with amplitude_cutoff <= 0.1, presence_ratio >= 0.95 and isi_violations <= 0.5, on "
        "valid channels; invalid presentations dropped"
    ),
}
_FILTERS["allen-mouse-events"] = _FILTERS["allen-mouse"]


@dataclass(frozen=True)
class Extent:
    """How much of what there is a dataset has.

    Attributes
    ----------
    planned : mapping of str to sequence of int
        Region -> the experiments that were to be used.
    complete : mapping of str to bool
        Whether these are all that the source has of the region.
    left_out : mapping of str to str
        Experiment -> why it could not be used.
    """

    planned: Mapping[str, Sequence[int]]
    complete: Mapping[str, bool]
    left_out: Mapping[str, str]


def assemble(
    dataset: AllenDataset,
    files_of_region: Mapping[str, Sequence[Path]],
    images: Mapping[str, Path],
    location: str,
    extent: Extent,
) -> Path:
    """Write a dataset from experiments on disk.

    Parameters
    ----------
    dataset : AllenDataset
        What to write.
    files_of_region : mapping of str to sequence of Path
        The experiments of each region, by id.
    images : mapping of str to Path
        The image of each scene.
    location : str
        Where the experiments were read from.
    extent : Extent
        For the manifest.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    DataError
        If no region has neuroids.
    UnexpectedFormatError
        If a neuroid occurs in two experiments.
    """
    files = sorted({path for paths in files_of_region.values() for path in paths}, key=lambda path: int(path.stem))
    neuroids = {path: stored_neuroids(path) for path in files}
    _check_ids(neuroids)
    present = {
        region: paths
        for region, paths in files_of_region.items()
        if any((neuroids[path]["region"] == region).any() for path in paths)
    }
    if not present:
        raise DataError(f"None of the experiments in {location} has neuroids in {', '.join(files_of_region)}.")
    stimulus_ids = dataset.recipe.protocol.stimulus_ids
    return write_dataset(
        dataset.identifier,
        (_region_recordings(region, paths, neuroids, stimulus_ids) for region, paths in present.items()),
        images,
        _recipe(dataset, location),
        running_speed=_running_speed(files, stimulus_ids),
        details=_details(dataset, files, images, location, extent),
        replace=True,
    )


def _recipe(dataset: AllenDataset, location: str) -> Recipe:
    return Recipe(
        response=dataset.recipe.description,
        window_ms=dataset.recipe.window_ms,
        filters=_FILTERS[dataset.base],
        source=f"Allen Brain Observatory, Visual Coding, {dataset.recipe.protocol.name}: {location}",
        citation=CITATIONS[dataset.base],
        licence=LICENCE,
    )


def _details(
    dataset: AllenDataset, files: Sequence[Path], images: Mapping[str, Path], location: str, extent: Extent
) -> dict[str, Any]:
    """Return what the manifest says of these datasets only."""
    height_px, width_px = read_image(next(iter(images.values()))).shape[:2]
    return {
        "fetched_from": location,
        "response_recipe": dataset.recipe.name,
        "display": {
            "width_degrees": WIDTH_DEGREES,
            "height_degrees": HEIGHT_DEGREES,
            "width_px": width_px,
            "height_px": height_px,
            "aspect": width_px / height_px,
            "gray_level": GRAY_LEVEL,
            "on_screen_only": dataset.on_screen_only,
        },
        **(_gratings() if dataset.recipe.protocol is GRATINGS else {}),
        # Also of regions without neuroids: that they have none need not be found out again.
        "complete": dict(extent.complete),
        "experiments_of_region": {region: list(numbers) for region, numbers in extent.planned.items()},
        "experiments": [_report(path) for path in files],
        "left_out": dict(extent.left_out),
        "terms": TERMS,
    }


def _gratings() -> dict[str, Any]:
    return {
        "gratings": {
            "orientations_deg": list(ORIENTATIONS),
            "spatial_frequencies_cpd": list(SPATIAL_FREQUENCIES),
            "phases_cycles": list(PHASES),
            "contrast": CONTRAST,
            "images": "drawn by the formula of the AllenSDK, in equal angles; no template was published",
        },
        "unverified": {
            "contrast": "not in the files of 2-photon experiments",
            "orientation and phase": "their sign and origin on the monitor follow the AllenSDK's formula",
        },
    }


def _region_recordings(
    region: str, paths: Sequence[Path], neuroids: Mapping[Path, pd.DataFrame], stimulus_ids: tuple[str, ...]
) -> Recordings:
    """Join the experiments of a region; besides the result, one experiment is in memory at a time."""
    in_region = {path: (neuroids[path]["region"] == region).to_numpy() for path in paths}
    paths = [path for path in paths if in_region[path].any()]
    n_repetitions = max(_report(path)["n_repetitions"] for path in paths)
    table = pd.concat([neuroids[path][in_region[path]] for path in paths], ignore_index=True)
    responses: np.ndarray | None = None
    start = 0
    for path in paths:
        trials = stored_trials(path)[:, :, in_region[path]]
        if responses is None:
            shape = (n_repetitions, trials.shape[1], len(table), *trials.shape[3:])
            responses = np.full(shape, np.nan, dtype=np.float32)
        responses[: len(trials), :, start : start + trials.shape[2]] = trials
        start += trials.shape[2]
    if responses is None:
        raise AssertionError("unreachable: a region without neuroids is not assembled")
    return Recordings(responses, table, stimulus_ids)


def _running_speed(files: Sequence[Path], stimulus_ids: tuple[str, ...]) -> RunningSpeed:
    speeds = [stored_running_speed(path) for path in files]
    joined = np.full((max(len(speed) for speed in speeds), len(stimulus_ids), len(files)), np.nan, dtype=np.float32)
    for number, speed in enumerate(speeds):
        joined[: len(speed), :, number] = speed
    return RunningSpeed(joined, tuple(path.stem for path in files), stimulus_ids)


def _report(path: Path) -> dict[str, Any]:
    report = stored_report(path)
    if report is None:
        raise DataError(f"{path} was removed, or written by another version, while the dataset was assembled.")
    return report


def _check_ids(neuroids: Mapping[Path, pd.DataFrame]) -> None:
    counts = Counter(identifier for table in neuroids.values() for identifier in table["neuroid_id"])
    repeated = [identifier for identifier, count in counts.items() if count > 1]
    if repeated:
        raise UnexpectedFormatError(
            f"{len(repeated)} neuroids occur in more than one experiment, for instance {repeated[:3]}."
        )
