"""Whether arrays can be compared at all: said before anything is computed of them."""

import numpy as np
from numpy.typing import ArrayLike

from ..core.errors import InvalidArraysError, UnreliableDataError

Numbers = ArrayLike
"""What the functions take: a numpy array, or whatever ``numpy.asarray`` makes one of."""


def checked_matrix(values: Numbers, name: str, least_stimuli: int) -> np.ndarray:
    """Return responses as a matrix of float32 or float64.

    Parameters
    ----------
    values : array of shape (n_stimuli, n_units)
        Finite real numbers.
    name : str
        What the caller calls it, for error messages.
    least_stimuli : int
        With fewer there is nothing to compare.

    Raises
    ------
    InvalidArraysError
        If it has another shape, is not of numbers, or has NaN or infinite values.
    UnreliableDataError
        If there are too few stimuli.
    """
    matrix = _checked_numbers(values, name, ("n_stimuli", "n_units"))
    if not np.isfinite(matrix).all():
        stimulus, unit = np.argwhere(~np.isfinite(matrix))[0]
        raise InvalidArraysError(
            f"{name} has {np.sum(~np.isfinite(matrix))} NaN or infinite values, the first in row {stimulus}, column "
            f"{unit}. Leave out these stimuli or units."
        )
    _check_number_of_stimuli(len(matrix), name, least_stimuli)
    return matrix


def checked_pair(a: Numbers, b: Numbers, names: tuple[str, str], least_stimuli: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two matrices of responses to the same stimuli.

    Parameters
    ----------
    a, b : array of shape (n_stimuli, n_units)
        Row i of both belongs to the same stimulus.
    names : (str, str)
        What the caller calls them.
    least_stimuli : int
        With fewer there is nothing to compare.

    Raises
    ------
    InvalidArraysError, UnreliableDataError
        As `checked_matrix`; the former also if the numbers of stimuli differ.
    """
    first, second = (checked_matrix(values, name, least_stimuli) for values, name in zip((a, b), names, strict=True))
    if len(first) != len(second):
        raise InvalidArraysError(
            f"{names[0]} has {len(first)} stimuli (rows) and {names[1]} has {len(second)}; row i of both must belong "
            "to the same stimulus."
        )
    return first, second


def checked_rdm(values: Numbers, name: str, least_stimuli: int) -> np.ndarray:
    """Return a matrix of dissimilarities.

    Parameters
    ----------
    values : array of shape (n_stimuli, n_stimuli)
        Symmetric up to rounding, finite. The diagonal plays no part.
    name : str
        What the caller calls it.
    least_stimuli : int
        With fewer there is nothing to compare.

    Raises
    ------
    InvalidArraysError, UnreliableDataError
        As `checked_matrix`; the former also if it is not square and symmetric.
    """
    matrix = checked_matrix(values, name, least_stimuli)
    if matrix.shape[0] != matrix.shape[1]:
        raise InvalidArraysError(
            f"{name} has the shape {matrix.shape}; an RDM is square. To compare responses, call rsa."
        )
    if not np.allclose(matrix, matrix.T, rtol=1e-5, atol=1e-8):
        largest = float(np.abs(matrix - matrix.T).max())
        raise InvalidArraysError(
            f"{name} is not symmetric: entries differ from their mirror images by up to {largest:.3g}. To compare "
            "responses, call rsa."
        )
    return matrix


def checked_trials(trials: Numbers) -> np.ndarray:
    """Return single-trial responses.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        NaN where a neuroid has no such trial.

    Raises
    ------
    InvalidArraysError
        If it has another shape, fewer than two repetitions or stimuli, is not of numbers or has infinite values.
    """
    array = _checked_numbers(trials, "trials", ("n_repetitions", "n_stimuli", "n_neuroids"))
    if min(array.shape[:2]) < 2:
        raise InvalidArraysError(
            f"trials has {array.shape[0]} repetitions of {array.shape[1]} stimuli; at least 2 of each are needed."
        )
    if np.isinf(array).any():
        raise InvalidArraysError("trials has infinite values; write NaN where a neuroid has no such trial.")
    return array


def as_array(values: Numbers, name: str) -> np.ndarray:
    """Return an array; raise InvalidArraysError for lists of different lengths."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise InvalidArraysError(f"{name} is not an array: its rows differ in length.") from error


def _checked_numbers(values: Numbers, name: str, axes: tuple[str, ...]) -> np.ndarray:
    array = as_array(values, name)
    if array.dtype.kind not in "buif":
        raise InvalidArraysError(f"{name} is an array of {array.dtype}; it must be of real numbers.")
    if array.ndim != len(axes) or array.size == 0:
        raise InvalidArraysError(f"{name} has the shape {array.shape}; it must be ({', '.join(axes)}), none of them 0.")
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _check_number_of_stimuli(n_stimuli: int, name: str, least: int) -> None:
    if n_stimuli < least:
        raise UnreliableDataError(f"{name} has {n_stimuli} stimuli (rows); at least {least} are needed.")
