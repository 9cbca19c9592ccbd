"""Means of those values that are defined."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def nan_mean(values: NDArray[Any]) -> NDArray[Any]:
    """Average the first axis over values that are not NaN; unlike numpy's, without a warning where all are.

    Parameters
    ----------
    values : array of shape (n, ...)

    Returns
    -------
    array of shape (...)
        NaN where no value is defined.

    Examples
    --------
    >>> nan_mean(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist()
    [2.0, nan]
    """
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0))


def nan_means_of_groups(values: NDArray[Any], groups: NDArray[Any]) -> NDArray[Any]:
    """Average the last axis over the members of groups that are not NaN.

    Parameters
    ----------
    values : array of shape (n_rows, n)
    groups : array of bool, shape (n_groups, n)
        The members of each group.

    Returns
    -------
    array of shape (n_groups, n_rows)
        NaN where no member is defined.

    Examples
    --------
    >>> nan_means_of_groups(np.array([[1.0, 3.0, np.nan]]), np.array([[1, 1, 1], [0, 0, 1]], dtype=bool)).tolist()
    [[2.0], [nan]]
    """
    defined, weights = ~np.isnan(values), groups.T.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.where(defined, values, 0.0) @ weights / (defined @ weights)).T)
