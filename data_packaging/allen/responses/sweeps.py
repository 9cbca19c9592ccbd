"""Responses to natural scenes in 2-photon recordings, computed from traces: pure functions on arrays.

Frames are frames of the 2-photon movie, at about 30 Hz. Windows are half-open.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class EventWindow:
    """A window after stimulus onset over which events are combined.

    Attributes
    ----------
    start : int
        First frame, counted from the onset.
    stop : int or None
        The frame after the last; None: the frame on which the scene ends.
    combine : {'mean', 'sum'}
        What is done with the frames' events.
    """

    start: int
    stop: int | None
    combine: Literal["mean", "sum"]


def mean_sweep_responses(traces: np.ndarray, starts: np.ndarray, sweep_length: int) -> np.ndarray:
    """Compute the AllenSDK's `mean_sweep_response` of natural scenes.

    The relative change (in percent) of the mean over the frames [N, N + 2 L) to the mean over the frames before,
    [N - 4 L, N), where N is the frame of the onset and L the length of a sweep.

    Parameters
    ----------
    traces : array of shape (n_cells, n_frames)
        Fluorescence, corrected for neuropil.
    starts : integer array of shape (n_sweeps,)
        Frame of each onset.
    sweep_length : int
        Frames for which a scene is shown (7).

    Returns
    -------
    float64 array of shape (n_sweeps, n_cells)
        In percent. NaN where the recording does not hold all frames.
    """
    baseline_length, response_length = 4 * sweep_length, 2 * sweep_length
    complete, windows = _windows(starts, -baseline_length, response_length, traces.shape[1])
    responses = np.full((len(starts), len(traces)), np.nan)
    for cell, trace in enumerate(traces):  # all windows of all cells at once would be large
        frames = trace[windows].astype(np.float64, copy=False)
        baseline = frames[:, :baseline_length].mean(axis=1, keepdims=True)
        # In the AllenSDK's order, so that not even the last bit differs from its analysis files.
        responses[complete, cell] = (100 * (frames[:, baseline_length:] / baseline - 1)).mean(axis=1)
    return responses


def mean_running_speeds(speed: np.ndarray, starts: np.ndarray, sweep_length: int) -> np.ndarray:
    """Average the running speed over the frames [N, N + 2 L) of each sweep, as the AllenSDK does.

    Parameters
    ----------
    speed : array of shape (n_frames,)
        In cm/s, NaN where not recorded.
    starts, sweep_length
        As for `mean_sweep_responses`.

    Returns
    -------
    array of shape (n_sweeps,)
        In cm/s.
    """
    complete, windows = _windows(starts, 0, 2 * sweep_length, len(speed))
    speeds = np.full(len(starts), np.nan)
    speeds[complete] = speed[windows].mean(axis=1)
    return speeds


def align_running_speed(speed: np.ndarray, speed_times: np.ndarray, frame_times: np.ndarray) -> np.ndarray:
    """Give each frame its running speed: the recording of running may start later and end earlier.

    Parameters
    ----------
    speed : array of shape (n_samples,)
        In cm/s.
    speed_times : array of shape (n_samples,)
        In seconds.
    frame_times : array of shape (n_frames,)
        In seconds.

    Returns
    -------
    array of shape (n_frames,)
        NaN before the first and after the last sample of running.

    Raises
    ------
    ValueError
        If running did not begin on a frame.
    """
    first = int(np.searchsorted(frame_times, speed_times[0]))
    if first == len(frame_times) or frame_times[first] != speed_times[0]:
        raise ValueError(f"the running speed begins at {speed_times[0]} s, which is the time of no frame")
    aligned = np.full(len(frame_times), np.nan)
    n_samples = min(len(speed), len(frame_times) - first)
    aligned[first : first + n_samples] = speed[:n_samples]
    return aligned


def event_responses(events: np.ndarray, starts: np.ndarray, ends: np.ndarray, window: EventWindow) -> np.ndarray:
    """Combine the events of a cell in a window after each onset.

    Parameters
    ----------
    events : array of shape (n_frames,)
        Magnitude of the event in each frame, 0 where there is none.
    starts, ends : integer array of shape (n_sweeps,)
        Frame of the onset, and the frame after the last of the scene.
    window : EventWindow
        What to combine, and how.

    Returns
    -------
    float64 array of shape (n_sweeps,)
        NaN where the recording does not hold all frames.
    """
    first = starts + window.start
    last = ends if window.stop is None else starts + window.stop
    complete = (first >= 0) & (last <= len(events))
    responses = np.full(len(starts), np.nan)
    for length in np.unique(last - first):
        same_length = np.flatnonzero(complete & (last - first == length))
        frames = events[first[same_length, np.newaxis] + np.arange(length)]
        responses[same_length] = frames.mean(axis=1) if window.combine == "mean" else frames.sum(axis=1)
    return responses


def spontaneous_p_values(
    responses: np.ndarray, events: np.ndarray, spontaneous: tuple[int, int], n_frames: int, seed: int
) -> np.ndarray:
    """Compare responses with 10,000 equally long windows of spontaneous activity (de Vries et al. 2020).

    As there, windows begin within the spontaneous activity, and the last of them reach beyond its end.

    Parameters
    ----------
    responses : array of shape (n_sweeps,)
        Mean events in windows of `n_frames`.
    events : array of shape (n_frames_of_the_recording,)
        The cell's events.
    spontaneous : (int, int)
        First frame and end of the gray screen, within the recording.
    n_frames : int
        Length of a window.
    seed : int
        Seed of the choice of windows.

    Returns
    -------
    array of shape (n_sweeps,)
        The share of spontaneous windows with at least this response; NaN stays NaN.
    """
    generator = np.random.default_rng(seed)
    first = generator.integers(spontaneous[0], min(spontaneous[1], len(events) - n_frames + 1), size=10_000)
    null = np.sort(events[first[:, np.newaxis] + np.arange(n_frames)].mean(axis=1))
    p_values = 1 - np.searchsorted(null, responses, side="left") / len(null)
    return np.where(np.isnan(responses), np.nan, p_values)


def _windows(starts: np.ndarray, first: int, stop: int, n_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which windows the recording holds (n_sweeps,), and the frames of those (n_complete, length)."""
    complete = (starts + first >= 0) & (starts + stop <= n_frames)
    return complete, starts[complete, np.newaxis] + np.arange(first, stop)
