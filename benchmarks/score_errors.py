"""The error of a score and its interval, as attributes."""

from typing import Any

import numpy as np

from ..metrics.layer_choice import N_PARTITIONS
from ..uncertainty.leave_one_out import LeaveOneOutScores, jackknife
from ..uncertainty.left_out_effects import LeftOutEffects


def score_errors(
    left_out: LeaveOneOutScores | None, why_none: str = "the metric cannot leave out stimuli or mice"
) -> dict[str, Any]:
    """Return what is said of a score's error.

    Parameters
    ----------
    left_out : LeaveOneOutScores or None
        Of a single model; None if no error can be estimated.
    why_none : str
        Why there is none, in that case.

    Returns
    -------
    dict
        `error` and `interval` (95 %), over what `error_kind` says; `error_stimuli`; with several mice
        `error_mice`; `left_out_effects`, which paired comparisons of stored scores need.
    """
    if left_out is None:
        return {"error": float("nan"), "error_kind": f"none: {why_none}"}
    over_stimuli = jackknife(left_out, "stimuli")
    found, generalizes_to = over_stimuli, "stimuli only: a single mouse cannot be left out"
    errors = {"error_stimuli": over_stimuli.error}
    if left_out.mice:
        found, generalizes_to = jackknife(left_out, "both"), "stimuli and mice"
        errors["error_mice"] = jackknife(left_out, "mice").error
    effects = LeftOutEffects.of_scores(left_out)
    return {
        "error": found.error,
        "interval": [found.low, found.high],
        "error_kind": f"standard error by jackknife over {generalizes_to}",
        **errors,
        **({} if effects is None else {"left_out_effects": effects.as_json()}),
    }


def standard_error_of_partitions(of_folds: np.ndarray) -> float:
    """Return the standard error that the choice of the partitions adds to the mean over folds, shape (n_folds,)."""
    of_partitions = of_folds.reshape(N_PARTITIONS, -1).mean(axis=1)
    return float(np.std(of_partitions, ddof=1) / np.sqrt(N_PARTITIONS))
