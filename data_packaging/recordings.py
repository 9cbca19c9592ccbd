"""Single-trial recordings as plain arrays, and their conversion to and from Brain-Score's assemblies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..core.errors import DataError, InvalidArraysError

REQUIRED_NEUROID_COLUMNS = ("neuroid_id", "region", "subject")


@dataclass(frozen=True)
class Recordings:
    """Responses of neuroids to repeated presentations of stimuli.

    Attributes
    ----------
    responses : array of shape (n_repetitions, n_stimuli, n_neuroids) or (n_repetitions, n_stimuli, n_neuroids, n_bins)
        One response per trial, or one in each of several equally wide time bins; NaN where a neuroid has no such
        trial.
    neuroids : DataFrame with n_neuroids rows
        ``neuroid_id``, ``region`` and ``subject``, and whatever else is known: ``cre_line``, ``layer``,
        ``depth_um``, ...
    stimulus_ids : tuple of str
        The stimulus of each entry of the second axis.

    Raises
    ------
    InvalidArraysError
        If the three parts do not fit together.
    """

    responses: np.ndarray
    neuroids: pd.DataFrame
    stimulus_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        missing_columns = [name for name in REQUIRED_NEUROID_COLUMNS if name not in self.neuroids.columns]
        if missing_columns:
            raise InvalidArraysError(f"The table of neuroids has no column {', '.join(missing_columns)}.")
        n_stimuli, n_neuroids = len(self.stimulus_ids), len(self.neuroids)
        if self.responses.ndim not in (3, 4) or self.responses.shape[1:3] != (n_stimuli, n_neuroids):
            raise InvalidArraysError(
                f"Responses have shape {self.responses.shape}; the {n_stimuli} stimuli and {n_neuroids} "
                f"neuroids given with them need (n_repetitions, {n_stimuli}, {n_neuroids})."
            )


def join_neuroids(recordings: Sequence[Recordings]) -> Recordings:
    """Put the neuroids of several recordings of the same stimuli side by side.

    Where the recordings differ in their number of repetitions, the shorter ones are continued with NaN: their
    neuroids have no such trial.

    Parameters
    ----------
    recordings : sequence of Recordings
        At least one; all of the same stimuli in the same order and with the same columns in ``neuroids``.

    Raises
    ------
    InvalidArraysError
        If stimuli or columns differ.
    """
    first = recordings[0]
    for other in recordings[1:]:
        if other.stimulus_ids != first.stimulus_ids:
            raise InvalidArraysError("Recordings can only be joined if all have the same stimuli in the same order.")
        if set(other.neuroids.columns) != set(first.neuroids.columns):
            differing = sorted(set(other.neuroids.columns) ^ set(first.neuroids.columns))
            raise InvalidArraysError(
                f"Some recordings have the neuroid columns {', '.join(differing)} and others have not; "
                "give them for all neuroids or for none."
            )
    n_repetitions = max(part.responses.shape[0] for part in recordings)
    n_neuroids = sum(len(part.neuroids) for part in recordings)
    bins = first.responses.shape[3:]
    responses = np.full((n_repetitions, len(first.stimulus_ids), n_neuroids, *bins), np.nan, dtype=np.float32)
    start = 0
    for part in recordings:
        stop = start + len(part.neuroids)
        responses[: part.responses.shape[0], :, start:stop] = part.responses
        start = stop
    neuroids = pd.concat([part.neuroids for part in recordings], ignore_index=True)
    return Recordings(responses, neuroids, first.stimulus_ids)


def assembly_from_recordings(
    recordings: Recordings, stimulus_set: StimulusSet, window_ms: tuple[float, float]
) -> NeuronRecordingAssembly:
    """Convert recordings to Brain-Score's form.

    Parameters
    ----------
    recordings : Recordings
        The trials.
    stimulus_set : StimulusSet
        The stimuli of the recordings, in the same order; it is attached to the assembly.
    window_ms : (float, float)
        Start and end of the window of the responses, in ms after stimulus onset. Time bins divide it evenly.

    Returns
    -------
    NeuronRecordingAssembly
        presentation x neuroid x time_bin, one presentation for each (repetition, stimulus) that at least one
        neuroid has a trial of.

    Raises
    ------
    InvalidArraysError
        If the stimulus set is not that of the recordings.
    """
    if tuple(stimulus_set["stimulus_id"]) != recordings.stimulus_ids:
        raise InvalidArraysError("The stimulus set must hold the stimuli of the recordings, in the same order.")
    n_repetitions, n_stimuli, n_neuroids = recordings.responses.shape[:3]
    trials = recordings.responses.astype(np.float32, copy=False).reshape(n_repetitions * n_stimuli, n_neuroids, -1)
    edges_ms = np.linspace(*window_ms, trials.shape[2] + 1)
    # One by one: a flag for each response would take a quarter of the responses' memory.
    presented = np.array([not np.isnan(trial).all() for trial in trials], dtype=bool)
    if not presented.all():  # a copy, which large recordings without gaps are spared
        trials = trials[presented]
    stimulus_ids = np.tile(np.asarray(recordings.stimulus_ids, dtype=object), n_repetitions)
    repetitions = np.repeat(np.arange(n_repetitions), n_stimuli)
    # At least two coordinates on each dimension: with one only, Brain-Score's averages rename the dimension.
    coords = {
        "stimulus_id": ("presentation", stimulus_ids[presented]),
        "repetition": ("presentation", repetitions[presented]),
        **{name: ("neuroid", recordings.neuroids[name].to_numpy()) for name in recordings.neuroids.columns},
        "time_bin_start": ("time_bin", edges_ms[:-1]),
        "time_bin_end": ("time_bin", edges_ms[1:]),
    }
    assembly = NeuronRecordingAssembly(trials, coords=coords, dims=["presentation", "neuroid", "time_bin"])
    assembly.attrs["stimulus_set"] = stimulus_set
    assembly.attrs["stimulus_set_identifier"] = stimulus_set.identifier
    return assembly


def trials_from_assembly(assembly: NeuronRecordingAssembly) -> np.ndarray:
    """Convert an assembly back to an array of trials.

    Parameters
    ----------
    assembly : NeuronRecordingAssembly
        presentation x neuroid (x time_bin, averaged over), with ``stimulus_id`` and ``repetition`` on
        presentation and its stimulus set in ``attrs``.

    Returns
    -------
    array of shape (n_repetitions, n_stimuli, n_neuroids)
        In the order of the stimulus set, NaN where a neuroid has no such trial.

    Raises
    ------
    DataError
        If a presentation shows a stimulus that is not in the stimulus set, or two presentations are the same
        repetition of the same stimulus.
    """
    if "time_bin" in assembly.dims:
        by_time_bin = assembly.transpose("presentation", "neuroid", "time_bin").values
        responses = by_time_bin[:, :, 0] if by_time_bin.shape[2] == 1 else _mean_of_present(by_time_bin)
    else:
        responses = assembly.transpose("presentation", "neuroid").values
    stimulus_ids = pd.Index(assembly.attrs["stimulus_set"]["stimulus_id"])
    presented_ids = assembly["stimulus_id"].values
    stimulus_indices = stimulus_ids.get_indexer(presented_ids)
    if (stimulus_indices < 0).any():
        unknown = presented_ids[stimulus_indices < 0][0]
        raise DataError(f"The assembly has presentations of {unknown!r}, which is not in its stimulus set.")
    repetitions, repetition_indices = np.unique(assembly["repetition"].values, return_inverse=True)
    cells = repetition_indices * len(stimulus_ids) + stimulus_indices
    if len(np.unique(cells)) != len(cells):
        repeated = np.flatnonzero(np.bincount(cells) > 1)[0]
        raise DataError(
            f"The assembly has several presentations of {stimulus_ids[repeated % len(stimulus_ids)]!r} as "
            f"repetition {repetitions[repeated // len(stimulus_ids)]}; number each stimulus' repetitions."
        )
    trials = np.full((len(repetitions) * len(stimulus_ids), responses.shape[1]), np.nan, dtype=responses.dtype)
    trials[cells] = responses
    return trials.reshape(len(repetitions), len(stimulus_ids), -1)


def _mean_of_present(by_time_bin: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis of what is not NaN, and NaN where all is (np.nanmean would warn)."""
    present = ~np.isnan(by_time_bin)
    total = np.where(present, by_time_bin, 0).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return total / present.sum(axis=-1, dtype=by_time_bin.dtype)
