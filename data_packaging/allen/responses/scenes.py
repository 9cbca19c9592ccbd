"""What is known of the natural-scenes stimulus in all of the Allen Institute's experiments."""

import numpy as np

from ....core.errors import UnexpectedFormatError

N_SCENES = 118
N_REPETITIONS = 50
"""How often each scene was shown; deviations are reported."""

BLANK = -1
"""The image index of a presentation of the gray screen, which is not a stimulus."""

STIMULUS_IDS = tuple(f"scene_{number:03d}" for number in range(N_SCENES))
"""Image index -> stimulus id."""


def check_image_indices(images: np.ndarray, where: str) -> None:
    """Raise UnexpectedFormatError unless all image indices are those of scenes or blanks.

    Parameters
    ----------
    images : integer array of shape (n_presentations,)
        Index of the image shown, -1 for a blank.
    where : str
        What the message calls the file.
    """
    outside = (images < BLANK) | (images >= N_SCENES)
    if outside.any():
        raise UnexpectedFormatError(
            f"{where} has presentations of image {images[outside][0]}; there are {N_SCENES} scenes, counted from 0, "
            f"and blanks ({BLANK})."
        )


def trials_by_repetition(responses: np.ndarray, images: np.ndarray, onsets: np.ndarray) -> np.ndarray:
    """Arrange presentations by repetition and scene; blanks are left out.

    Parameters
    ----------
    responses : array of shape (n_presentations, ...)
        One response (of each neuroid, in each bin) per presentation.
    images : integer array of shape (n_presentations,)
        Index of the scene shown, -1 for a blank.
    onsets : array of shape (n_presentations,)
        When it was shown, in any unit: the order of the presentations in time.

    Returns
    -------
    float32 array of shape (n_repetitions, 118, ...)
        The i-th repetition is the i-th presentation of each scene in time; NaN where a scene was shown less often
        than others.
    """
    in_time = np.argsort(onsets, kind="stable")
    in_time = in_time[images[in_time] != BLANK]
    scenes = images[in_time]
    by_scene = np.argsort(scenes, kind="stable")
    counts = np.bincount(scenes, minlength=N_SCENES)
    first_of_scene = np.cumsum(counts) - counts
    repetitions = np.empty(len(scenes), dtype=np.intp)
    repetitions[by_scene] = np.arange(len(scenes)) - first_of_scene[scenes[by_scene]]
    trials = np.full((counts.max(initial=0), N_SCENES, *responses.shape[1:]), np.nan, dtype=np.float32)
    trials[repetitions, scenes] = responses[in_time]
    return trials


def preferred_scenes(trials: np.ndarray) -> np.ndarray:
    """Return the scene with the largest mean response, for trials (n_repetitions, 118, n_neuroids)."""
    present = ~np.isnan(trials)
    means = np.where(present, trials, 0).sum(axis=0, dtype=np.float64) / np.maximum(present.sum(axis=0), 1)
    return np.where(present.any(axis=0), means, -np.inf).argmax(axis=0)
