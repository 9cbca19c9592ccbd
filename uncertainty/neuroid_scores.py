"""Paired comparison of any score that each neuroid has."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidParameterError
from .difference import Difference, difference_of_draws
from .resampling import hierarchical_counts
from .weighted import weighted_median


def compare_neuroid_scores(
    first: NDArray[Any],
    second: NDArray[Any],
    subjects: NDArray[Any],
    generator: np.random.Generator,
    statistic: Literal["median", "mean"] = "median",
    n_draws: int = 2000,
    level: float = 0.95,
) -> Difference:
    """Compare two models by scores of the same neuroids, drawing mice and then neuroids anew.

    Parameters
    ----------
    first, second : array of shape (n_neuroids,)
        Each model's score of each neuroid. A neuroid that is NaN in either is left out of both.
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from.
    generator : numpy.random.Generator
        Source of the draws, which both models share.
    statistic : {'median', 'mean'}
        Over neuroids; the difference is that of the two models' medians or means.
    n_draws : int
        Bootstrap draws.
    level : float
        Share of the draws within the interval.

    Raises
    ------
    InvalidParameterError
        If shapes do not agree, no neuroid is left or the statistic is unknown.
    """
    if not first.shape == second.shape == np.shape(subjects) or first.ndim != 1:
        raise InvalidParameterError(
            f"scores and subjects must have one value per neuroid, got shapes {first.shape}, {second.shape} and "
            f"{np.shape(subjects)}"
        )
    if statistic not in _STATISTICS:
        raise InvalidParameterError(f"statistic is {statistic!r}; use one of {tuple(_STATISTICS)}.")
    defined = ~(np.isnan(first) | np.isnan(second))
    if not defined.any():
        raise InvalidParameterError("no neuroid has a score by both models")
    first, second, subjects = first[defined], second[defined], np.asarray(subjects)[defined]
    of_draws = _STATISTICS[statistic]
    once = np.ones((1, len(first)), dtype=np.int64)
    counts = hierarchical_counts(subjects, n_draws, generator)
    value = float((of_draws(first, once) - of_draws(second, once))[0])
    return difference_of_draws(value, of_draws(first, counts) - of_draws(second, counts), level)


def _weighted_mean(values: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    return counts @ values / counts.sum(axis=1)


_STATISTICS: dict[str, Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]] = {
    "median": weighted_median,
    "mean": _weighted_mean,
}
