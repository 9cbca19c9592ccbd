"""Random samples of the neuroids in which each mouse keeps its share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnreliableDataError

SMALL_AREA = 50
"""Areas with fewer neuroids are flagged, and do not determine the number at which all others are compared."""


def neuroid_sample(
    subjects: NDArray[Any], counted: NDArray[Any], n_counted: int, generator: np.random.Generator
) -> NDArray[Any]:
    """Draw neuroids at random until a given number of them are counted, each mouse with its share.

    The neuroids of a mouse come in random order, those that are not counted among them, up to the one that makes its
    share complete. So which neuroids are in does not depend on their reliability, by which a metric may count them:
    choosing reliable ones beforehand would be choosing lucky ones. Of the same generator, a smaller sample is part of a
    larger one, but for the rounding of shares.

    Parameters
    ----------
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from.
    counted : array of bool, shape (n_neuroids,)
        Which neuroids count.
    n_counted : int
        How many of these the sample has. All neuroids are in where it is all of them.
    generator : numpy.random.Generator
        Source of the orders.

    Returns
    -------
    array of int
        Indices of neuroids, ascending.

    Raises
    ------
    UnreliableDataError
        If there are fewer, or some mouse would have none.
    """
    mice = np.unique(subjects)
    available = np.array([int(counted[subjects == mouse].sum()) for mouse in mice])
    if n_counted > available.sum():
        raise UnreliableDataError(f"There are only {available.sum()} neuroids.")
    if n_counted == available.sum():  # also where some mouse has none that count: as the benchmark itself has it
        return np.arange(len(subjects))
    shares = _shares(available, n_counted)
    if (shares == 0).any():
        raise UnreliableDataError(
            f"Of {n_counted} neuroids none would be left of {(shares == 0).sum()} of {len(mice)} mice."
        )
    drawn = []
    for mouse, share in zip(mice, shares, strict=True):
        order = generator.permutation(np.flatnonzero(subjects == mouse))
        drawn.append(order[: np.searchsorted(np.cumsum(counted[order]), share) + 1])
    return np.asarray(np.sort(np.concatenate(drawn)))


def _shares(available: NDArray[Any], n: int) -> NDArray[Any]:
    """Split a number in proportion; what rounding leaves over goes to the largest remainders, the first if equal."""
    exact = available * n / available.sum()
    shares: NDArray[Any] = np.floor(exact).astype(int)
    first = np.argsort(shares - exact, kind="stable")[: n - shares.sum()]
    shares[first] += 1
    return shares
