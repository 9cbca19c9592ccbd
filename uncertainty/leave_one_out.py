"""How far a score may be from the one that other stimuli and other mice would give: a jackknife over both.

Every score is computed again without each stimulus, without each mouse, and without both. Unlike a bootstrap this never
repeats a stimulus or a mouse, so it needs no correction for pairs of equal stimuli and pools that hold a mouse twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ..core.errors import InvalidParameterError, UnreliableDataError
from .nan_mean import nan_mean

Over = Literal["stimuli", "mice", "both"]
"""What a score is to be generalized to."""

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

    def as_row(self) -> dict[str, float]:
        """Return the columns of a table of differences."""
        return {
            "difference": self.value,
            "low": self.low,
            "high": self.high,
            "standard_error": self.error,
            "p": self.p,
            "degrees_of_freedom": self.degrees_of_freedom,
        }


@dataclass(frozen=True)
class LeaveOneOutScores:
    """Scores of models as measured, and without each stimulus, each mouse, and both.

    Attributes
    ----------
    values : array of shape (n_models, 1 + n_mice, 1 + n_stimuli)
        ``[:, 0, 0]`` as measured; ``[:, 1 + k, 1 + i]`` without mouse k and stimulus i; index 0 leaves out none.
    mice : tuple of str
        Names of the mice, in the order of `values`.
    pairs : array of shape (n_models, 1 + n_mice, n_stimuli * (n_stimuli - 1) / 2), optional
        Scores without two stimuli, those of the pairs (0, 1), (0, 2), ..., (1, 2), ...; None where the score does not
        depend on pairs: where neither two stimuli are compared nor one is left out of what predicts another.
    seeds : array of shape (n_models, n_seeds), optional
        Scores as measured of networks with other random weights, of which `values` are the mean; for a model without
        weight seeds, its score for each of them. None where no model has any.
    """

    values: NDArray[Any]
    mice: tuple[str, ...]
    pairs: NDArray[Any] | None = None
    seeds: NDArray[Any] | None = None

    @property
    def over(self) -> Over:
        """The most that the scores can be generalized to: not to mice where there is a single one."""
        return "both" if self.mice else "stimuli"

    def of_model(self, number: int) -> "LeaveOneOutScores":
        """Return the scores of one model."""
        pairs = None if self.pairs is None else self.pairs[number : number + 1]
        seeds = None if self.seeds is None else self.seeds[number : number + 1]
        return LeaveOneOutScores(self.values[number : number + 1], self.mice, pairs, seeds)

    def with_all_mice(self) -> "LeaveOneOutScores":
        """Return the scores without stimuli only."""
        return LeaveOneOutScores(self.values[:, :1], (), None if self.pairs is None else self.pairs[:, :1])

    def of_difference(self, first: int, second: int) -> "LeaveOneOutScores":
        """Return how much higher one model scores than another, whatever is left out."""
        pairs = None if self.pairs is None else self.pairs[first : first + 1] - self.pairs[second : second + 1]
        seeds = None if self.seeds is None else self.seeds[first : first + 1] - self.seeds[second : second + 1]
        values = self.values[first : first + 1] - self.values[second : second + 1]
        return LeaveOneOutScores(values, self.mice, pairs, seeds)


def mice_to_leave_out(subjects: NDArray[Any]) -> NDArray[Any]:
    """Return the names of the mice in order; none where there is a single one, which is never left out."""
    mice = np.unique(subjects)
    return np.asarray(mice if len(mice) > 1 else mice[:0])


def mouse_names(subjects: NDArray[Any]) -> tuple[str, ...]:
    """Return the names of the mice to leave out, as :class:`LeaveOneOutScores` has them."""
    return tuple(str(mouse) for mouse in mice_to_leave_out(subjects))


def kept_neuroids(subjects: NDArray[Any]) -> NDArray[Any]:
    """Return which neuroids are left with all mice, and without each, boolean of shape (1 + n_mice, n_neuroids)."""
    without = [subjects != mouse for mouse in mice_to_leave_out(subjects)]
    return np.stack([np.ones(len(subjects), dtype=bool), *without])


def over_all_stimuli(values: NDArray[Any], scored: NDArray[Any], n_stimuli: int) -> NDArray[Any]:
    """Spread numbers of a part of the recordings over all stimuli, of which those not scored there make no difference.

    Parameters
    ----------
    values : array of shape (..., 1 + n_scored)
        With all scored stimuli, then without each.
    scored : array of int, shape (n_scored,)
        Which stimuli these are.
    n_stimuli : int
        How many there are in all.

    Returns
    -------
    array of shape (..., 1 + n_stimuli)
    """
    of_all = np.repeat(values[..., :1], 1 + n_stimuli, axis=-1)
    of_all[..., 1 + scored] = values[..., 1:]
    return of_all


def without_pairs(values: NDArray[Any], of_pairs: NDArray[Any]) -> NDArray[Any]:
    """Return scores without two stimuli, of which one is predicted from the other.

    Parameters
    ----------
    values : array of shape (..., 1 + n_stimuli)
        The score, and without each stimulus.
    of_pairs : array of shape (..., n_stimuli, n_stimuli)
        What leaving out the first stimulus changes in the score by the prediction of the second: nothing where the
        second is left out, too.

    Returns
    -------
    array of shape (..., n_stimuli * (n_stimuli - 1) / 2)
    """
    first, second = np.triu_indices(of_pairs.shape[-1], k=1)
    without = values[..., 1 + first] + values[..., 1 + second] - values[..., :1]
    without -= of_pairs[..., first, second]
    without -= of_pairs[..., second, first]
    return np.asarray(without)


def mean_of_defined(values: NDArray[Any]) -> NDArray[Any]:
    """Average over parts of the recordings those in which all models have a score.

    Parameters
    ----------
    values : array of shape (n_parts, n_models, ...)
        NaN where a part has nothing left to compare, as where its only mouse is left out.

    Returns
    -------
    array of shape (n_models, ...)
        NaN where no part has.
    """
    return nan_mean(np.where(np.isnan(values).any(axis=1, keepdims=True), np.nan, values))


def mean_leave_one_out(scores: Sequence[LeaveOneOutScores]) -> LeaveOneOutScores:
    """Average scores of several areas that share their stimuli, and partly their mice.

    Parameters
    ----------
    scores : sequence of LeaveOneOutScores
        Of each area, for the same models.

    Returns
    -------
    LeaveOneOutScores
        The mean, for every mouse of any area: an area that it was not recorded in stays as it is without it.
    """
    names = sorted({mouse for of_area in scores for mouse in of_area.mice})
    rows = [[0, *[1 + of_area.mice.index(name) if name in of_area.mice else 0 for name in names]] for of_area in scores]
    values = np.mean([of_area.values[:, index] for of_area, index in zip(scores, rows, strict=True)], axis=0)
    all_pairs = [of_area.pairs for of_area in scores]
    of_areas = [pairs[:, index] for pairs, index in zip(all_pairs, rows, strict=True) if pairs is not None]
    pairs = np.mean(of_areas, axis=0) if len(of_areas) == len(scores) else None
    of_seeds = [of_area.seeds for of_area in scores if of_area.seeds is not None]
    seeds = np.mean(of_seeds, axis=0) if len(of_seeds) == len(scores) else None
    return LeaveOneOutScores(values, tuple(names), pairs, seeds)


def mean_over_networks(scores: LeaveOneOutScores, n_networks: Sequence[int]) -> LeaveOneOutScores:
    """Average the scores of each model's networks, which have different random weights.

    Parameters
    ----------
    scores : LeaveOneOutScores
        Of all networks, one model after the other.
    n_networks : sequence of int
        How many each model has: one, or as many as all others that have several.

    Returns
    -------
    LeaveOneOutScores
        Of the models; with `seeds` where one has several networks.

    Raises
    ------
    InvalidParameterError
        If models have different numbers of several networks.
    """
    n_seeds = max(n_networks)
    if n_seeds == 1:
        return scores
    if set(n_networks) - {1, n_seeds}:
        raise InvalidParameterError(
            f"The models have {', '.join(map(str, n_networks))} networks; those with several weight seeds must have as "
            "many."
        )
    ends = np.cumsum(n_networks)[:-1]
    values = np.split(scores.values, ends)
    return LeaveOneOutScores(
        np.stack([of_model.mean(axis=0) for of_model in values]),
        scores.mice,
        None if scores.pairs is None else np.stack([part.mean(axis=0) for part in np.split(scores.pairs, ends)]),
        np.stack([np.broadcast_to(of_model[:, 0, 0], (n_seeds,)) for of_model in values]),
    )


def check_over(over: str) -> None:
    """Raise InvalidParameterError unless `over` is 'stimuli', 'mice' or 'both'."""
    if over not in get_args(Over):
        raise InvalidParameterError(f"over is {over!r}; use one of {', '.join(get_args(Over))}.")


def check_level(level: float) -> None:
    """Raise InvalidParameterError unless the coverage of an interval is between 0 and 1."""
    if not 0 < level < 1:
        raise InvalidParameterError(f"level is {level}; it must be between 0 and 1, for instance 0.95.")


def jackknife(scores: LeaveOneOutScores, over: Over = "both", level: float = 0.95) -> Estimate:
    """Estimate the error of a score, or of a difference of scores, over stimuli and mice.

    Parameters
    ----------
    scores : LeaveOneOutScores
        Of one model, or of one difference of two.
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
    least the larger of V_s and V_m.

    A jackknife counts twice what depends on pairs of stimuli. Scores without two stimuli show how much that is, and
    once of it is subtracted from V_s and V_sm (Efron & Stein 1981, https://doi.org/10.1214/aos/1176345462), never
    more than half.

    Where scores are means over weight seeds, the variance between the seeds is added: the error is that of a network
    with new random weights.

    Degrees of freedom are Satterthwaite's, not less than those of the mice; with two mice they are those of the mice.
    """
    check_over(over)
    check_level(level)
    (values,) = scores.values
    pairs = None if scores.pairs is None else scores.pairs[0]
    n_mice, n_stimuli = values.shape[0] - 1, values.shape[1] - 1
    if over != "stimuli" and n_mice < 2:
        raise UnreliableDataError(
            "There is one mouse, so no error over mice can be estimated. Use over='stimuli', or more mice."
        )
    undefined = int((~np.isfinite(values)).sum()) + (0 if pairs is None else int((~np.isfinite(pairs)).sum()))
    if undefined:
        raise UnreliableDataError(
            f"Without one or two stimuli or a mouse nothing is left to compare in {undefined} cases: there are too few "
            "stimuli, mice or neuroids for an error. Use more."
        )
    if over == "mice":
        variance, freedom = _jackknife_variance(values[1:, 0]), n_mice - 1.0
    else:
        n_rows = 1 if over == "stimuli" else 1 + n_mice
        of_pairs = None if pairs is None else second_order(values[:n_rows], pairs[:n_rows])
        variance, freedom = _jackknife_variance(values[0, 1:]), n_stimuli - 1.0
        if of_pairs is not None:
            variance = counted_once(variance, float((of_pairs[0] ** 2).sum()))
        if over == "both":
            of_both = _interaction_variance(values)
            if of_pairs is not None:
                of_mice = of_pairs[1:]
                of_mice -= of_mice.mean(axis=0)
                squares = sum(float((of_mouse**2).sum()) for of_mouse in of_mice)
                of_both = counted_once(of_both, (n_mice - 1) / n_mice * squares)
            over_mice = _jackknife_variance(values[1:, 0])
            variance, freedom = variance_over_both(variance, over_mice, of_both, n_stimuli, n_mice)
    if scores.seeds is not None:
        between = float(scores.seeds[0].var(ddof=1))
        variance, freedom = with_seeds(variance, freedom, between, scores.seeds.shape[1])
    value, error = float(values[0, 0]), float(np.sqrt(variance))
    half_width = float(stdtrit(freedom, (1 + level) / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(value) / error)) if error > 0 else float(value == 0)
    return Estimate(value, error, value - half_width, value + half_width, p, float(freedom))


def variance_over_both(over_stimuli: Any, over_mice: Any, of_both: Any, n_stimuli: int, n_mice: int) -> tuple[Any, Any]:
    """Return the variance over stimuli and mice and its degrees of freedom, see the notes of :func:`jackknife`.

    Parameters
    ----------
    over_stimuli, over_mice, of_both : float or array
        The jackknife variances over stimuli and over mice, and that of their interaction.
    n_stimuli, n_mice : int
        How many there are; at least two.
    """
    variance = np.maximum(np.maximum(over_stimuli + over_mice - of_both, over_stimuli), over_mice)
    fewest = np.full_like(variance, n_mice - 1.0)
    if n_mice <= _FEW_MICE:
        return variance, fewest
    uncertainty = over_mice**2 / (n_mice - 1) + over_stimuli**2 / (n_stimuli - 1)
    freedom = np.divide(variance**2, uncertainty, out=fewest.copy(), where=np.asarray(uncertainty) > 0)
    return variance, np.maximum(freedom, fewest)


def with_seeds(variance: Any, freedom: Any, between: Any, n_seeds: int) -> tuple[Any, Any]:
    """Add the variance between weight seeds; return the sum and its degrees of freedom by Satterthwaite.

    Parameters
    ----------
    variance, freedom : float or array
        Of a score or a difference.
    between : float or array
        Variance between the scores of the seeds; 0 for the same networks on both sides.
    n_seeds : int
        How many seeds there are.
    """
    uncertainty = np.asarray(variance**2 / freedom + between**2 / (n_seeds - 1))
    known = np.array(freedom, dtype=float)
    return variance + between, np.divide((variance + between) ** 2, uncertainty, out=known, where=between > 0)


def _jackknife_variance(left_out: NDArray[Any]) -> float:
    n = len(left_out)
    return float((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())


def _interaction_variance(values: NDArray[Any]) -> float:
    """Return the jackknife variance of what depends on mouse and stimulus together."""
    together = values[1:, 1:] - values[1:, :1] - values[:1, 1:]
    together = together - together.mean(axis=0) - together.mean(axis=1, keepdims=True) + together.mean()
    n_mice, n_stimuli = together.shape
    return float((n_mice - 1) / n_mice * (n_stimuli - 1) / n_stimuli * (together**2).sum())


def second_order(values: NDArray[Any], pairs: NDArray[Any]) -> NDArray[Any]:
    """Return what each pair of stimuli contributes beyond its two stimuli, of shape (1 + n_mice, n_pairs).

    The variance over stimuli of what depends on pairs is the sum of squares.
    """
    n_stimuli = values.shape[1] - 1
    first, second = np.triu_indices(n_stimuli, k=1)
    contributions = np.empty(pairs.shape)
    # A row after the other: thousands of stimuli have millions of pairs.
    for row, (of_row, of_pairs) in enumerate(zip(values, pairs, strict=True)):
        found = of_row[1 + first]
        found += of_row[1 + second]
        found *= 1 - n_stimuli
        found += n_stimuli * of_row[0]
        found += (n_stimuli - 2) * of_pairs
        found -= found.mean()
        np.divide(found, n_stimuli, out=contributions[row])
    return contributions


def counted_once(counted_twice: Any, of_pairs: Any) -> Any:
    """Subtract from a jackknife variance what depends on pairs of stimuli, which it counts twice; at most half.

    Parameters
    ----------
    counted_twice, of_pairs : float or array
        The variance, and the part of it that depends on pairs.
    """
    return np.maximum(counted_twice - of_pairs, counted_twice / 2)
