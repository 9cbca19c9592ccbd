"""Whether neuroids respond differently while the mouse runs."""

import numpy as np
from scipy import stats

RUNNING_CM_PER_S = 1.0
"""From this speed on the mouse runs (AllenSDK)."""

_MIN_TRIALS = 5  # of each kind (AllenSDK: more than 4)


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
