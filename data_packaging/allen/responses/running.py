"""Whether neuroids respond differently while the mouse runs."""

import numpy as np
from scipy import stats

RUNNING_CM_PER_S = 1.0
"""From this speed on the mouse runs (AllenSDK)."""

_MIN_TRIALS = 5  # of each kind (AllenSDK: more than 4)


def mean_speeds_between(speed: np.ndarray, times: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Average the running speed over the samples in each of several half-open intervals.

    Parameters
    ----------
    speed : array of shape (n_samples,)
        In cm/s, NaN where not known.
    times : array of shape (n_samples,)
        In seconds, increasing.
    starts, stops : array of shape (n_intervals,)
        In seconds.

    Returns
    -------
    float64 array of shape (n_intervals,)
        In cm/s. NaN where an interval has no sample, or one that is not known.
    """
    first = np.searchsorted(times, starts, side="left")
    after_last = np.searchsorted(times, stops, side="left")
    unknown = np.isnan(speed)
    totals, n_unknown, n_samples = (
        cumulative[after_last] - cumulative[first]
        for cumulative in (
            np.concatenate([[0.0], np.cumsum(np.where(unknown, 0.0, speed), dtype=np.float64)]),
            np.concatenate([[0], np.cumsum(unknown)]),
            np.arange(len(speed) + 1),
        )
    )
    known = (n_samples > 0) & (n_unknown == 0)
    return np.where(known, totals / np.maximum(n_samples, 1), np.nan)


def running_modulation_p_values(trials: np.ndarray, running_speed: np.ndarray, preferred: np.ndarray) -> np.ndarray:
    """Test (Welch) whether responses to the preferred scene differ between running and resting.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_scenes, n_neuroids)
        Responses.
    running_speed : array of shape (n_repetitions, n_scenes)
        In cm/s, NaN where not recorded.
    preferred : integer array of shape (n_neuroids,)
        The scene of each neuroid.

    Returns
    -------
    array of shape (n_neuroids,)
        NaN where there are fewer than 5 trials of either kind, as in the AllenSDK.
    """
    p_values = np.full(len(preferred), np.nan)
    for neuroid, scene in enumerate(preferred):
        responses, speed = trials[:, scene, neuroid], running_speed[:, scene]
        present = ~np.isnan(responses)
        running = responses[present & (speed >= RUNNING_CM_PER_S)]
        resting = responses[present & (speed < RUNNING_CM_PER_S)]
        if min(len(running), len(resting)) >= _MIN_TRIALS and (np.ptp(running) > 0 or np.ptp(resting) > 0):
            p_values[neuroid] = stats.ttest_ind(running, resting, equal_var=False).pvalue
    return p_values
