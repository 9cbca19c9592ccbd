"""One kind of stimulus in the Allen Institute's files: its names there, and the index of each presentation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

BLANK = -1
"""The index of a presentation of the gray screen, which is not a stimulus."""


@dataclass(frozen=True)
class Protocol:
    """One kind of stimulus that experiments show in random order, between blanks.

    Attributes
    ----------
    name, one : str
        What messages call them: 'natural scenes', 'scene'.
    suffix : str
        Of the names of analysis files' tables: 'ns' in ``stim_table_ns``.
    group : str
        Its name in NWB files: 'natural_scenes'.
    columns : tuple of str
        What files say of a presentation.
    stimulus_ids : tuple of str
        Index -> stimulus id.
    repetitions : (int, int)
        How often each is shown, at least and at most; deviations are reported.
    indices : callable
        From the columns, each of shape (n_presentations,), and what to call the file, to int64 indices of that shape,
        `BLANK` for blanks. Raises UnexpectedFormatError for what is not of this kind.
    means_by_index : callable
        From the analysis file's ``response_<suffix>`` to means of shape (n_stimuli + 1, n_cells + 1, 3), the blank
        first. Raises UnexpectedFormatError for another shape.
    """

    name: str
    one: str
    suffix: str
    group: str
    columns: tuple[str, ...]
    stimulus_ids: tuple[str, ...]
    repetitions: tuple[int, int]
    indices: Callable[[Mapping[str, np.ndarray], str], np.ndarray]
    means_by_index: Callable[[np.ndarray], np.ndarray]

    @property
    def n_stimuli(self) -> int:
        """Number of stimuli, without the blank."""
        return len(self.stimulus_ids)


def trials_by_repetition(responses: np.ndarray, images: np.ndarray, onsets: np.ndarray, n_stimuli: int) -> np.ndarray:
    """Arrange presentations by repetition and stimulus; blanks are left out.

    Parameters
    ----------
    responses : array of shape (n_presentations, ...)
        One response (of each neuroid, in each bin) per presentation.
    images : integer array of shape (n_presentations,)
        Index of the stimulus shown, -1 for a blank.
    onsets : array of shape (n_presentations,)
        When it was shown, in any unit: the order of the presentations in time.
    n_stimuli : int
        Number of stimuli.

    Returns
    -------
    float32 array of shape (n_repetitions, n_stimuli, ...)
        The i-th repetition is the i-th presentation of each stimulus in time; NaN where one was shown less often
        than others.
    """
    in_time = np.argsort(onsets, kind="stable")
    in_time = in_time[images[in_time] != BLANK]
    shown = images[in_time]
    by_stimulus = np.argsort(shown, kind="stable")
    counts = np.bincount(shown, minlength=n_stimuli)
    first_of_stimulus = np.cumsum(counts) - counts
    repetitions = np.empty(len(shown), dtype=np.intp)
    repetitions[by_stimulus] = np.arange(len(shown)) - first_of_stimulus[shown[by_stimulus]]
    trials = np.full((counts.max(initial=0), n_stimuli, *responses.shape[1:]), np.nan, dtype=np.float32)
    trials[repetitions, shown] = responses[in_time]
    return trials


def preferred_stimuli(trials: np.ndarray) -> np.ndarray:
    """Return the stimulus with the largest mean response, for trials (n_repetitions, n_stimuli, n_neuroids)."""
    present = ~np.isnan(trials)
    means = np.where(present, trials, 0).sum(axis=0, dtype=np.float64) / np.maximum(present.sum(axis=0), 1)
    return np.where(present.any(axis=0), means, -np.inf).argmax(axis=0)
