"""Ranks that models share unless one is clearly ahead."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clear_differences import clear_differences
from .pairwise_differences import LEVEL, PairwiseDifferences


def ranks(found: PairwiseDifferences) -> list[int | None]:
    """Rank models: one plus the number of models that are clearly ahead.

    One model is clearly ahead of another if their difference has an adjusted p-value below 0.05; p-values are adjusted
    for all pairs of models by Benjamini and Hochberg, so that at most 5 % of the differences called clear are expected
    to be due to chance.

    Parameters
    ----------
    found : PairwiseDifferences
        Of all models on one benchmark.

    Returns
    -------
    list of int or None
        For each model; None for one whose error is not known.
    """
    n_ahead = clearly_ahead(found).sum(axis=0)
    has_error = np.diag(found.is_known)
    return [1 + n if known else None for n, known in zip(n_ahead.tolist(), has_error, strict=True)]


def clearly_ahead(found: PairwiseDifferences) -> NDArray[Any]:
    """Return whether each model is clearly ahead of each other, boolean of shape (n_models, n_models)."""
    pairs = np.triu(found.is_known, 1)
    value, error = np.abs(found.difference[pairs]), found.error[pairs]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where((value == 0) & (error == 0), 0.0, value / error)
    clear = np.zeros(pairs.shape, dtype=bool)
    clear[pairs] = clear_differences(t, found.freedom[pairs], 1 - LEVEL)
    clear |= clear.T
    return clear & (found.difference > 0)
