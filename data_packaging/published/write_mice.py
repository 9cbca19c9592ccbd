"""From recordings of several mice to a packaged dataset; besides the result, one mouse is in memory at a time."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from ...core.errors import UnexpectedFormatError
from ...core.terminal.progress import progress
from ..packaged_dataset import Recipe, write_dataset
from ..recordings import Recordings
from ..running_speed import RunningSpeed
from .published_dataset import REGION, MouseRecording, MouseTrials, PublishedRecordings


def write_mice(identifier: str, recordings: PublishedRecordings, recipe: Recipe, details: Mapping[str, Any]) -> Path:
    """Package recordings; a dataset of the same name is replaced, which whoever calls has checked.

    Neuroids with the same response on all trials are left out and counted: no metric can use them.

    Parameters
    ----------
    identifier : str
        The dataset's name.
    recordings : PublishedRecordings
        What to package.
    recipe : Recipe
        How the responses came to be.
    details : mapping
        What else the manifest says; the readers' own details are added.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    UnexpectedFormatError
        If a neuroid id occurs twice, a response is not finite, or a stimulus has too few trials of a mouse.
    """
    _check_ids(recordings)
    joined, speeds, left_out = _join(recordings)
    stimulus_ids = tuple(recordings.images)
    running_speed = None
    if speeds:
        experiments = tuple(speeds)
        running_speed = RunningSpeed(np.stack(list(speeds.values()), axis=-1), experiments, stimulus_ids)
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for stimulus_id, image in recordings.images.items():
            paths[stimulus_id] = Path(folder) / f"{stimulus_id}.png"
            Image.fromarray(image).save(paths[stimulus_id])
        return write_dataset(
            identifier,
            [joined],
            paths,
            recipe,
            running_speed=running_speed,
            details={**details, **recordings.details, "neuroids_without_variance": left_out},
            replace=True,
        )


def _join(recordings: PublishedRecordings) -> tuple[Recordings, dict[str, np.ndarray], dict[str, int]]:
    """Load mouse after mouse; return the recordings, each mouse's running speed, and how many neuroids it lost."""
    n_repetitions = max(mouse.n_repetitions for mouse in recordings.mice)
    n_stimuli = len(recordings.images)
    n_neuroids = sum(len(mouse.neuroids) for mouse in recordings.mice)
    trials = np.full((n_repetitions * n_stimuli, n_neuroids), np.nan, dtype=np.float32)
    tables, speeds, left_out = [], {}, {}
    n_kept = 0
    for mouse in progress(recordings.mice, desc="Reading recordings", unit="recording"):
        loaded = mouse.load()
        _check_trials(mouse, loaded, n_stimuli, recordings.least_trials)
        kept = np.nanmin(loaded.responses, axis=(0, 1)) < np.nanmax(loaded.responses, axis=(0, 1))
        rows = len(loaded.responses) * n_stimuli
        trials[:rows, n_kept : n_kept + kept.sum()] = loaded.responses.reshape(rows, -1)[:, kept]
        n_kept += int(kept.sum())
        tables.append(mouse.neuroids[kept].assign(region=REGION, experiment=mouse.experiment))
        left_out[mouse.experiment] = int((~kept).sum())
        if loaded.running_speed is not None:
            speeds[mouse.experiment] = np.full((n_repetitions, n_stimuli), np.nan, dtype=np.float32)
            speeds[mouse.experiment][: len(loaded.running_speed)] = loaded.running_speed
    trials = _without_last_columns(trials, n_kept)
    table = pd.concat(tables, ignore_index=True)
    responses = trials.reshape(n_repetitions, n_stimuli, n_kept)
    return Recordings(responses, table, tuple(recordings.images)), speeds, left_out


def _without_last_columns(array: np.ndarray, n_columns: int) -> np.ndarray:
    """Drop the last columns of an array in its own memory: a copy would be as large as the whole result."""
    n_rows, width = array.shape
    flat = array.reshape(-1)
    if n_columns < width:
        for row in range(n_rows):  # each moves towards the front, over what was moved before
            flat[row * n_columns : (row + 1) * n_columns] = flat[row * width : row * width + n_columns].copy()
    return flat[: n_rows * n_columns].reshape(n_rows, n_columns)


def _check_trials(mouse: MouseRecording, loaded: MouseTrials, n_stimuli: int, least_trials: int) -> None:
    shape = (mouse.n_repetitions, n_stimuli, len(mouse.neuroids))
    if loaded.responses.shape != shape:
        raise AssertionError(f"{mouse.experiment}: {loaded.responses.shape} instead of {shape}")
    if np.isinf(loaded.responses).any():
        raise UnexpectedFormatError(f"{mouse.experiment} has infinite responses; download its file again.")
    n_trials = np.zeros(shape[1:], dtype=np.int32)
    for repetition in loaded.responses:
        n_trials += ~np.isnan(repetition)
    if n_trials.min() < least_trials:
        raise UnexpectedFormatError(
            f"{mouse.experiment} has stimuli with {n_trials.min()} trials of a neuroid; it needs at least "
            f"{least_trials}. "
            "Its file is incomplete, or not the published one: download it again."
        )


def _check_ids(recordings: PublishedRecordings) -> None:
    counts = Counter(identifier for mouse in recordings.mice for identifier in mouse.neuroids["neuroid_id"])
    repeated = [identifier for identifier, count in counts.items() if count > 1]
    if repeated:
        raise UnexpectedFormatError(
            f"{len(repeated)} neuroid ids occur more than once, for instance {repeated[0]!r}. Two files may hold the "
            "same mouse: download them again."
        )
