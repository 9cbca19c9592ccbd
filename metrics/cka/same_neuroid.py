"""The part of an inner product of two Gram matrices that comes from single neuroids."""

import numpy as np


def products_of_same_neuroids(first: np.ndarray, second: np.ndarray) -> float:
    """Sum up the inner products of U-centred Gram matrices of each neuroid alone.

    Parameters
    ----------
    first, second : array of shape (n_stimuli, n_neuroids)
        Responses to the same stimuli in two halves of the repetitions.

    Returns
    -------
    float
        In a time proportional to n_stimuli * n_neuroids.

    Notes
    -----
    With A and B hollow (without their diagonals), the inner product of their U-centred forms is sum(A * B)
    + sum(A) sum(B) / ((n - 1)(n - 2)) - 2 (A 1).(B 1) / (n - 2): Song et al. 2012,
    https://www.jmlr.org/papers/v13/song12a.html, equation 5.
    """
    # A shift plays no part, and would cost digits.
    first, second = (half.astype(np.float64) for half in (first, second))
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    n = len(first)
    squares = [np.square(half).sum(axis=0) for half in (first, second)]
    # Columns sum up to zero: the rows of the hollow matrices y y^T sum up to -y^2, and all entries to -(y.y).
    inner = np.square((first * second).sum(axis=0)) - (np.square(first) * np.square(second)).sum(axis=0)
    totals = squares[0] * squares[1] / ((n - 1) * (n - 2))
    rows = 2 / (n - 2) * (np.square(first) * np.square(second)).sum(axis=0)
    return float((inner + totals - rows).sum())
