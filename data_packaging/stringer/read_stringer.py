"""Reading the 2,800 natural images of Stringer et al. 2019, each shown twice."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.errors import UnexpectedFormatError
from ..published.gray_levels import gray_levels
from ..published.load_matlab import load_matlab
from ..published.published_dataset import MouseRecording, MouseTrials, PublishedRecordings
from .without_spontaneous_activity import without_spontaneous_activity

_N_REPETITIONS = 2


def read_stringer(
    recordings: Mapping[str, Path], shared_files: Mapping[str, Path], preprocessed: bool = True
) -> PublishedRecordings:
    """Read the images that were shown exactly twice in all recordings, and the single trials.

    Parameters
    ----------
    recordings : mapping of str to Path
        Published name, such as ``natimg2800_M170714_MP032_2017-09-14.mat`` -> the file.
    shared_files : mapping of str to Path
        The MATLAB file with the images.
    preprocessed : bool
        Whether responses are preprocessed as the authors do: `without_spontaneous_activity`.

    Returns
    -------
    PublishedRecordings
        Images by their numbers, which start at 1 as in the files.

    Raises
    ------
    UnexpectedFormatError
        If a file is damaged or of another layout, or no image was shown twice in all recordings.
    """
    (images_path,) = shared_files.values()
    images = _images(images_path)
    shown = {name: _presentations(path, len(images)) for name, path in recordings.items()}
    twice = {name: _shown_twice(presented, len(images)) for name, presented in shown.items()}
    common = sorted(set.intersection(*({*numbers.tolist()} for numbers in twice.values())))
    if not common:
        raise UnexpectedFormatError(
            f"{', '.join(recordings)} have no image that was shown exactly twice in all of them. Download them again."
        )
    digits = len(str(len(images)))
    return PublishedRecordings(
        images={f"image_{number:0{digits}d}": images[number - 1] for number in common},
        mice=[_recording(name, path, len(images), common, preprocessed) for name, path in recordings.items()],
        details={
            "images_in_common": len(common),
            "images_shown_twice": {name: len(numbers) for name, numbers in twice.items()},
            "preprocessing": "without_spontaneous_activity, 32 components" if preprocessed else "none",
        },
    )


def _images(path: Path) -> np.ndarray:
    """Return images of shape (n_images, height, width)."""
    stack = load_matlab(path, ["imgs"])["imgs"]
    if stack.ndim != 3:
        raise UnexpectedFormatError(
            f"imgs of {path.name} has the shape {stack.shape}, not (height, width, images). Download it again."
        )
    return np.ascontiguousarray(gray_levels(stack, f"imgs of {path.name}").transpose(2, 0, 1))


def _recording(name: str, path: Path, n_images: int, common: list[int], preprocessed: bool) -> MouseRecording:
    experiment = name.removesuffix(".mat").removeprefix("natimg2800_")
    _, subject, _ = experiment.split("_")
    positions = load_matlab(path, ["med"])["med"]
    if positions.ndim != 2 or positions.shape[1] != 3 or positions.dtype.kind not in "fiu":
        raise UnexpectedFormatError(
            f"med of {path.name} has the shape {positions.shape}, not (neurons, 3). Download it again."
        )
    neuroids = pd.DataFrame(
        {
            "neuroid_id": [f"{experiment}-{number}" for number in range(len(positions))],
            "subject": subject,
            **{f"position_{axis}": positions[:, place].astype(float) for place, axis in enumerate("xyz")},
        }
    )
    load = partial(_load, path, len(positions), n_images, common, preprocessed)
    return MouseRecording(experiment, neuroids, _N_REPETITIONS, load)


def _load(path: Path, n_neurons: int, n_images: int, common: list[int], preprocessed: bool) -> MouseTrials:
    stim = _stim(path)
    presented = _checked_presentations(stim, path, n_images)
    natural = presented <= n_images
    responses = _activity(stim, "resp", path, n_neurons)
    spontaneous = _activity(stim, "spont", path, n_neurons) if preprocessed else None
    del stim  # holds both once more
    if len(responses) != len(presented):
        raise UnexpectedFormatError(
            f"resp of {path.name} has {len(responses)} presentations, and istim {len(presented)}. Download it again."
        )
    if not natural.all():
        responses = responses[natural]
    if spontaneous is not None:
        responses = without_spontaneous_activity(responses, spontaneous)
    order = np.argsort(presented[natural], kind="stable")  # presentations of an image stay in the order of time
    first = np.searchsorted(presented[natural][order], common)
    return MouseTrials(np.stack([responses[order[first + repetition]] for repetition in range(_N_REPETITIONS)]))


def _presentations(path: Path, n_images: int) -> np.ndarray:
    return _checked_presentations(_stim(path), path, n_images)


def _stim(path: Path) -> np.ndarray:
    """Return the struct of a recording; its fields are in the file as one variable."""
    stim = load_matlab(path, ["stim"])["stim"]
    missing = [name for name in ("resp", "istim", "spont") if name not in (stim.dtype.names or ())]
    if missing or stim.size != 1:
        raise UnexpectedFormatError(
            f"stim of {path.name} is not one struct with resp, istim and spont. Download it again."
        )
    return stim.reshape(-1)[0]


def _checked_presentations(stim: np.ndarray, path: Path, n_images: int) -> np.ndarray:
    """Return the number of the image of each presentation, from 1; one more than there are images is gray."""
    presented = np.asarray(stim["istim"]).reshape(-1)
    is_number = presented.dtype.kind in "fiu" and len(presented) > 0
    if not is_number or presented.min() < 1 or presented.max() > n_images + 1:
        reached = f"{presented.min()} to {presented.max()}" if is_number else str(presented.dtype)
        raise UnexpectedFormatError(
            f"istim of {path.name} is {reached}; it should number {n_images} images from 1, and the gray screen "
            f"{n_images + 1}. It does not belong to these images: download both again."
        )
    return presented.astype(np.int64)


def _shown_twice(presented: np.ndarray, n_images: int) -> np.ndarray:
    counts = np.bincount(presented, minlength=n_images + 2)[1 : n_images + 1]
    return np.flatnonzero(counts == _N_REPETITIONS) + 1


def _activity(stim: np.ndarray, name: str, path: Path, n_neurons: int) -> np.ndarray:
    values = np.asarray(stim[name])
    if values.ndim != 2 or values.shape[1] != n_neurons or len(values) == 0 or values.dtype.kind not in "fiu":
        raise UnexpectedFormatError(
            f"{name} of {path.name} has the shape {values.shape}, not (times, {n_neurons} neurons). Download it again."
        )
    values = values.astype(np.float32, order="C", copy=False)
    np.nan_to_num(values, copy=False, nan=0.0, posinf=np.inf, neginf=-np.inf)  # NaN is 0, as in the authors' programs
    return values
