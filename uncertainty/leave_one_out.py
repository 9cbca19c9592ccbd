"""How far a score may be from the one that other stimuli and other mice would give: a jackknife over both.

Every score is computed again without each stimulus, without each mouse, and without both. Unlike a bootstrap this never
repeats a stimulus or a mouse, so it needs no correction for pairs of equal stimuli and pools that hold a mouse twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

from ..core.errors import InvalidParameterError, UnreliableDataError
from .resampling import Over, Resamples, check_over

# The variance of two values says little about its own size: no number of stimuli makes up for that.
_FEW_MICE = 2


@dataclass(frozen=True)
class Estimate:
    """A score, or a difference of two, with its error.

    Attributes
    ----------
    value : float
        As measured.
    error : float
        Standard error.
    low, high : float
        Ends of the interval, by quantiles of Student's t.
    p : float
        Two-sided p-value of zero, by Student's t.
    degrees_of_freedom : float
        Of Student's t.
    """

    value: float
    error: float
    low: float
    high: float
    p: float
    degrees_of_freedom: float


@dataclass(frozen=True)
class LeaveOneOutScores:
    """Scores of models as measured, and without each stimulus, each mouse, and both.

    Attributes
    ----------
    values : array of shape (n_models, 1 + n_mice, 1 + n_stimuli)
        ``[:, 0, 0]`` as measured; ``[:, 1 + k, 1 + i]`` without mouse k and stimulus i; index 0 leaves out none.
    mice : tuple of str
        Names of the mice, in the order of `values`.
    """

    values: np.ndarray
    mice: tuple[str, ...]


def leave_one_out(n_stimuli: int, subjects: np.ndarray) -> Resamples:
    """Leave out no or one mouse, and no or one stimulus, in all combinations.

    Parameters
    ----------
    n_stimuli : int
        How many stimuli there are.
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from. A single mouse is never left out.

    Returns
    -------
    Resamples
        With (1 + n_mice) * (1 + n_stimuli) draws, mouse by mouse (in the order of their names), as
        :func:`leave_one_out_scores` reads them.
    """
    mice = _left_out_mice(subjects)
    stimuli = np.vstack([np.ones(n_stimuli, dtype=np.int64), 1 - np.eye(n_stimuli, dtype=np.int64)])
    kept = np.vstack([np.ones(len(subjects), dtype=bool), *[(subjects != mouse) for mouse in mice]])
    return Resamples(np.tile(stimuli, (len(kept), 1)), np.repeat(kept.astype(np.int64), len(stimuli), axis=0))


def leave_one_out_scores(scores: np.ndarray, n_stimuli: int, subjects: np.ndarray) -> LeaveOneOutScores:
    """Arrange scores in the draws of :func:`leave_one_out` by mouse and stimulus.

    Parameters
    ----------
    scores : array of shape (n_models, n_draws)
    n_stimuli, subjects
        As given to :func:`leave_one_out`.
    """
    mice = _left_out_mice(subjects)
    return LeaveOneOutScores(scores.reshape(len(scores), 1 + len(mice), 1 + n_stimuli), tuple(map(str, mice)))


def _left_out_mice(subjects: np.ndarray) -> np.ndarray:
    mice = np.unique(subjects)
    return mice if len(mice) > 1 else mice[:0]


def mean_leave_one_out(values: Sequence[np.ndarray], mice: Sequence[Sequence[str]]) -> np.ndarray:
    """Average scores of several areas that share their stimuli, and partly their mice.

    Parameters
    ----------
    values : sequence of array of shape (1 + n_mice_of_area, 1 + n_stimuli)
        As of :class:`LeaveOneOutScores`, for each area.
    mice : sequence of sequence of str
        Names of each area's mice.

    Returns
    -------
    array of shape (1 + n_mice, 1 + n_stimuli)
        The mean, for every mouse of any area: an area that it was not recorded in stays as it is without it.
    """
    names = sorted({mouse for of_area in mice for mouse in of_area})
    rows = [[0, *[1 + list(of_area).index(name) if name in of_area else 0 for name in names]] for of_area in mice]
    return np.mean([of_area[index] for of_area, index in zip(values, rows, strict=True)], axis=0)


def jackknife(values: np.ndarray, over: Over = "both", level: float = 0.95) -> Estimate:
    """Estimate the error of a score, or of a difference of scores, over stimuli and mice.

    Parameters
    ----------
    values : array of shape (1 + n_mice, 1 + n_stimuli)
        The score as measured at [0, 0], without mouse k at [1 + k, 0], without stimulus i at [0, 1 + i], without both
        at [1 + k, 1 + i].
    over : {'both', 'stimuli', 'mice'}
        What the score is to be generalized to.
    level : float
        Coverage of the interval.

    Raises
    ------
    InvalidParameterError
        If `over` is unknown or the level is not between 0 and 1.
    UnreliableDataError
        If there is a single mouse, and the error is to be over mice.

    Notes
    -----
    With V_s and V_m the jackknife variances over stimuli and mice and V_sm that of their interaction, the variance over
    both is V_s + V_m - V_sm: what differs between stimuli *and* mice, as the noise of trials does, is in each of V_s
    and V_m. (A bootstrap that draws both counts it three times; Schuett et al. 2023,
    https://doi.org/10.7554/eLife.82566, and Owen 2007, https://doi.org/10.1214/07-AOAS122, correct that.) It is at
    least the larger of V_s and V_m. Degrees of freedom are Satterthwaite's, not less than those of the mice; with two
    mice they are those of the mice.
    """
    check_over(over)
    if not 0 < level < 1:
        raise InvalidParameterError(f"level is {level}; it must be between 0 and 1, for instance 0.95.")
    n_mice, n_stimuli = values.shape[0] - 1, values.shape[1] - 1
    if over != "stimuli" and n_mice < 2:
        raise UnreliableDataError(
            "There is one mouse, so no error over mice can be estimated. Use over='stimuli', or more mice."
        )
    undefined = ~np.isfinite(values)
    if undefined.any():
        raise UnreliableDataError(
            f"Without one stimulus or mouse nothing is left to compare in {int(undefined.sum())} of {values.size} "
            "cases: there are too few stimuli, mice or neuroids for an error. Use more."
        )
    over_stimuli = _jackknife_variance(values[0, 1:])
    if over == "stimuli":
        variance, freedom = over_stimuli, n_stimuli - 1.0
    else:
        over_mice = _jackknife_variance(values[1:, 0])
        variance, freedom = over_mice, n_mice - 1.0
        if over == "both":
            least = max(over_stimuli, over_mice)
            variance = max(over_stimuli + over_mice - _interaction_variance(values), least)
            if n_mice > _FEW_MICE and variance > 0:
                uncertainty = over_mice**2 / (n_mice - 1) + over_stimuli**2 / (n_stimuli - 1)
                freedom = max(variance**2 / uncertainty, freedom)
    value, error = float(values[0, 0]), float(np.sqrt(variance))
    half_width = float(student_t.ppf((1 + level) / 2, freedom)) * error
    p = 2 * float(student_t.sf(abs(value) / error, freedom)) if error > 0 else float(value == 0)
    return Estimate(value, error, value - half_width, value + half_width, p, float(freedom))


def _jackknife_variance(left_out: np.ndarray) -> float:
    n = len(left_out)
    return float((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())


def _interaction_variance(values: np.ndarray) -> float:
    """Return the jackknife variance of what depends on mouse and stimulus together."""
    together = values[1:, 1:] - values[1:, :1] - values[:1, 1:]
    together = together - together.mean(axis=0) - together.mean(axis=1, keepdims=True) + together.mean()
    n_mice, n_stimuli = together.shape
    return float((n_mice - 1) / n_mice * (n_stimuli - 1) / n_stimuli * (together**2).sum())
