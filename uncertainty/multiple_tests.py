"""Correction of p-values for the number of tests."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidParameterError


def holm(p_values: NDArray[Any]) -> NDArray[Any]:
    """Adjust p-values so that no false positive among all tests is likelier than the level (Holm 1979).

    Parameters
    ----------
    p_values : array of shape (n_tests,)
        One p-value per test; the tests may depend on each other in any way.

    Returns
    -------
    array of shape (n_tests,)
        At most 1: the smallest times n, the next times n - 1 and so on, none smaller than the one before.

    Raises
    ------
    InvalidParameterError
        If these are not p-values.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(6).tolist()
    [0.03, 0.06, 0.06]
    """
    p_values = _checked(p_values)
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p_values[order] * factors))
    return adjusted


def benjamini_hochberg(p_values: NDArray[Any]) -> NDArray[Any]:
    """Adjust p-values so that the expected share of false ones among the positives is the level.

    Benjamini & Hochberg 1995, for tests that are independent or depend positively.

    Parameters
    ----------
    p_values : array of shape (n_tests,)
        One p-value per test.

    Returns
    -------
    array of shape (n_tests,)

    Raises
    ------
    InvalidParameterError
        If these are not p-values.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.9])).round(6).tolist()
    [0.04, 0.053333, 0.053333, 0.9]
    """
    p_values = _checked(p_values)
    n_tests = len(p_values)
    order = np.argsort(p_values)
    by_rank = p_values[order] * (n_tests / np.arange(1, n_tests + 1, dtype=float))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.clip(np.minimum.accumulate(by_rank[::-1])[::-1], 0, 1)
    return adjusted


def _checked(p_values: NDArray[Any]) -> NDArray[Any]:
    p_values = np.asarray(p_values, dtype=np.float64)
    if p_values.ndim != 1 or not ((p_values >= 0) & (p_values <= 1)).all():
        raise InvalidParameterError(f"p-values must be a list of numbers between 0 and 1, got {p_values}")
    return p_values
