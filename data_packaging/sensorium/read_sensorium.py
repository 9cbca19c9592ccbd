"""Reading mice in the layout of Sensorium 2022: the repeated images of several, or all images of one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.errors import UnexpectedFormatError
from ..published.gray_levels import gray_levels
from ..published.published_dataset import MouseRecording, MouseTrials, PublishedRecordings
from .mouse_archive import MouseArchive, mouse_archive

_TEST = "test"
_TRAIN = "train"
_AREA_IN_FILES = "V1"
_RUNNING = 2  # of data/behavior: pupil dilation, its derivative, running speed
_LARGEST_TRIAL_INDEX = 10**6  # no session has so many trials; hashes are larger
_USE_OTHERS = (
    "The two mice of the competition (26872-17-20, 27204-5-13) have hidden responses and hashed trial indices: use the "
    "five pre-training mice."
)


@dataclass(frozen=True)
class _Tiers:
    """What is known of some of a mouse's tiers before its responses are read.

    `trials` has shape (n_repetitions, n_images): the number in the files' names, in the order of time; -1: no trial.
    """

    path: Path
    mouse: str
    image_ids: np.ndarray
    trials: np.ndarray
    digests: dict[int, str]
    neuroids: pd.DataFrame


def read_sensorium(recordings: Mapping[str, Path], shared_files: Mapping[str, Path]) -> PublishedRecordings:
    """Read the repeated images of several mice.

    Parameters
    ----------
    recordings : mapping of str to Path
        Published name of a zip file (``static<mouse>-GrayImageNet-....zip``) -> the file, or the folder it unpacks to.
    shared_files : mapping of str to Path
        Empty.

    Returns
    -------
    PublishedRecordings
        Images by id, and the mice with their running speeds.

    Raises
    ------
    UnexpectedFormatError
        If a file is damaged or of another layout, the mice did not see the same images under the same ids, a neuron is
        not of V1, or a mouse is one of the competition.
    """
    tiers = []
    images: dict[int, np.ndarray] = {}
    for name, path in recordings.items():
        with mouse_archive(path) as archive:
            tier = _read_tiers(_mouse_of(name), archive, (_TEST,))
            images = images or _images(archive, tier)
        tiers.append(tier)
    for tier in tiers[1:]:
        _check_same_images(tiers[0], tier)
    return PublishedRecordings(
        images=_by_stimulus_id(images),
        mice=[_recording(tier) for tier in tiers],
        details={"tier": _TEST, "order_of_repetitions": "time, by trial_idx"},
    )


def read_sensorium_regression(recordings: Mapping[str, Path], shared_files: Mapping[str, Path]) -> PublishedRecordings:
    """Read the training and test images of one mouse, of which those were shown once and these repeatedly.

    Parameters
    ----------
    recordings, shared_files
        As of `read_sensorium`; a single recording.

    Returns
    -------
    PublishedRecordings
        With `fixed_split` in its details.

    Raises
    ------
    UnexpectedFormatError
        As `read_sensorium`; also if an image of the training tier was repeated, or one of the test tier was not.
    """
    ((name, path),) = recordings.items()
    with mouse_archive(path) as archive:
        tiers = _read_tiers(_mouse_of(name), archive, (_TRAIN, _TEST))
        images = _images(archive, tiers)
        tier_of_trial = archive.load("meta/trials/tiers.npy").reshape(-1).astype(str)
    n_trials = (tiers.trials >= 0).sum(axis=0)
    is_test = tier_of_trial[tiers.trials[0]] == _TEST
    if ((n_trials > 1) != is_test).any():
        raise UnexpectedFormatError(
            f"{path.name} has {int(((n_trials > 1) & ~is_test).sum())} repeated images in the tier {_TRAIN!r} and "
            f"{int(((n_trials == 1) & is_test).sum())} in the tier {_TEST!r} that were shown once; the split should be "
            "the other way round. Download it again."
        )
    return PublishedRecordings(
        images=_by_stimulus_id(images),
        mice=[_recording(tiers)],
        details={
            "tier": f"{_TRAIN}, {_TEST}",
            "order_of_repetitions": "time, by trial_idx",
            "fixed_split": f"fitted to the tier {_TRAIN!r}, whose images were shown once; tested on the tier {_TEST!r}",
        },
        least_trials=1,
    )


def _mouse_of(name: str) -> str:
    return name.removeprefix("static").split("-Gray")[0]


def _images(archive: MouseArchive, tiers: _Tiers) -> dict[int, np.ndarray]:
    first_trials = zip(tiers.image_ids, tiers.trials[0], strict=True)
    return {int(image): _image(archive, trial) for image, trial in first_trials}


def _by_stimulus_id(images: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
    digits = len(str(max(images)))
    return {f"image_{image_id:0{digits}d}": image for image_id, image in images.items()}


def _recording(tier: _Tiers) -> MouseRecording:
    return MouseRecording(tier.mouse, tier.neuroids, len(tier.trials), lambda: _load(tier))


def _load(tier: _Tiers) -> MouseTrials:
    responses = np.full((*tier.trials.shape, len(tier.neuroids)), np.nan, dtype=np.float32)
    speeds = np.full(tier.trials.shape, np.nan, dtype=np.float32)
    with mouse_archive(tier.path) as archive:
        for place in zip(*np.nonzero(tier.trials >= 0), strict=True):
            number = tier.trials[place]
            response = archive.load(f"data/responses/{number}.npy")
            if response.size != len(tier.neuroids) or not np.isfinite(response).all():
                raise UnexpectedFormatError(
                    f"data/responses/{number}.npy of {tier.path.name} has not one number for each of "
                    f"{len(tier.neuroids)} neurons (shape {response.shape}). Download the file again."
                )
            responses[place] = response.reshape(-1)
            behavior = archive.load(f"data/behavior/{number}.npy").reshape(-1)
            if len(behavior) <= _RUNNING:
                raise UnexpectedFormatError(
                    f"data/behavior/{number}.npy of {tier.path.name} has {len(behavior)} numbers; the third should be "
                    "the running speed. Download the file again."
                )
            speeds[place] = behavior[_RUNNING]
    if np.nanmin(responses) == np.nanmax(responses) == 0:
        raise UnexpectedFormatError(f"All responses of {tier.mouse} are 0. {_USE_OTHERS}")
    return MouseTrials(responses, speeds)


def _read_tiers(mouse: str, archive: MouseArchive, chosen: tuple[str, ...]) -> _Tiers:
    of_trials = {
        name: archive.load(f"meta/trials/{name}.npy").reshape(-1) for name in ("tiers", "frame_image_id", "trial_idx")
    }
    lengths = {name: len(values) for name, values in of_trials.items()}
    if len(set(lengths.values())) > 1:
        raise UnexpectedFormatError(
            f"{archive.path.name} has {', '.join(f'{number} {name}' for name, number in lengths.items())}; each trial "
            "should have one of each. Download it again."
        )
    _check_trial_indices(mouse, of_trials["trial_idx"])
    if of_trials["frame_image_id"].dtype.kind not in "iu":
        raise UnexpectedFormatError(
            f"frame_image_id of {archive.path.name} is of type {of_trials['frame_image_id'].dtype}, not whole numbers. "
            "Download it again."
        )
    tiers = of_trials["tiers"].astype(str)
    for tier in chosen:
        if tier not in tiers:
            raise UnexpectedFormatError(f"{archive.path.name} has no trial of the tier {tier!r}: download it again.")
    numbers = np.flatnonzero(np.isin(tiers, chosen))
    numbers = numbers[np.argsort(of_trials["trial_idx"][numbers])]  # in the order of time
    image_ids, columns = np.unique(of_trials["frame_image_id"][numbers], return_inverse=True)
    trials = np.full((np.bincount(columns).max(), len(image_ids)), -1)
    n_seen = np.zeros(len(image_ids), dtype=int)
    digests: dict[int, str] = {}
    for number, column in zip(numbers, columns, strict=True):
        trials[n_seen[column], column] = number
        n_seen[column] += 1
        image_id = int(image_ids[column])
        digest = hashlib.sha256(_image(archive, number).tobytes()).hexdigest()
        if digests.setdefault(image_id, digest) != digest:
            raise UnexpectedFormatError(
                f"{archive.path.name} shows different images under the id {image_id}: its files do not belong "
                "together. Download it again."
            )
    return _Tiers(archive.path, mouse, image_ids, trials, digests, _neuroids(mouse, archive))


def _check_trial_indices(mouse: str, trial_indices: np.ndarray) -> None:
    is_hashed = trial_indices.dtype.kind not in "iu" or (trial_indices > _LARGEST_TRIAL_INDEX).any()
    if is_hashed:
        raise UnexpectedFormatError(
            f"The trial indices of {mouse} are hashed, so that the order of its trials is unknown. {_USE_OTHERS}"
        )
    if len(np.unique(trial_indices)) != len(trial_indices):
        raise UnexpectedFormatError(f"Trial indices of {mouse} occur more than once: download its file again.")


def _image(archive: MouseArchive, number: int) -> np.ndarray:
    name = f"data/images/{number}.npy"
    image = archive.load(name)
    if image.ndim != 3 or image.shape[0] != 1:
        raise UnexpectedFormatError(
            f"{name} of {archive.path.name} has the shape {image.shape}; gray images have (1, height, width)."
        )
    return gray_levels(image[0], f"{name} of {archive.path.name}")


def _neuroids(mouse: str, archive: MouseArchive) -> pd.DataFrame:
    unit_ids = archive.load("meta/neurons/unit_ids.npy").reshape(-1)
    areas = archive.load("meta/neurons/area.npy").reshape(-1).astype(str)
    layers = archive.load("meta/neurons/layer.npy").reshape(-1).astype(str)
    positions = archive.load("meta/neurons/cell_motor_coordinates.npy")
    n_neurons = len(unit_ids)
    if len(areas) != n_neurons or len(layers) != n_neurons or positions.shape != (n_neurons, 3):
        raise UnexpectedFormatError(
            f"{archive.path.name} has {n_neurons} unit_ids, {len(areas)} areas, {len(layers)} layers and positions of "
            f"shape {positions.shape}; each neuron should have one of each. Download it again."
        )
    others = sorted({*areas} - {_AREA_IN_FILES})
    if others:
        raise UnexpectedFormatError(
            f"{archive.path.name} has neurons in {', '.join(others)}; all neurons of Sensorium 2022 are in "
            f"{_AREA_IN_FILES}."
        )
    return pd.DataFrame(
        {
            "neuroid_id": [f"{mouse}-{unit_id}" for unit_id in unit_ids],
            "subject": mouse.split("-")[0],
            "layer": layers.astype(object),
            **{f"position_{axis}_um": positions[:, place].astype(float) for place, axis in enumerate("xyz")},
        }
    )


def _check_same_images(first: _Tiers, other: _Tiers) -> None:
    differing = {*first.digests} ^ {*other.digests}
    if differing:
        raise UnexpectedFormatError(
            f"{first.mouse} and {other.mouse} differ in the ids of {len(differing)} test images, for instance "
            f"{min(differing)}; all mice saw the same ones. Download both files again."
        )
    changed = [image_id for image_id, digest in first.digests.items() if other.digests[image_id] != digest]
    if changed:
        raise UnexpectedFormatError(
            f"{first.mouse} and {other.mouse} saw different images under {len(changed)} ids, for instance "
            f"{changed[0]}: their ids do not match. Download both files again."
        )
