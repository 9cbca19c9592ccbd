"""Ranks that models share unless one is clearly ahead."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...uncertainty.multiple_tests import benjamini_hochberg
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
    ahead = clearly_ahead(found)
    has_error = ~np.isnan(np.diag(found.p))
    return [1 + int(ahead[:, number].sum()) if known else None for number, known in enumerate(has_error)]


def clearly_ahead(found: PairwiseDifferences) -> NDArray[Any]:
    """Return whether each model is clearly ahead of each other, boolean of shape (n_models, n_models)."""
    first, second = np.triu_indices(len(found.p), 1)
    p = found.p[first, second]
    known = ~np.isnan(p)
    clear = np.zeros(found.p.shape, dtype=bool)
    if known.any():
        first, second = first[known], second[known]
        is_clear = benjamini_hochberg(p[known]) < 1 - LEVEL
        clear[first[is_clear], second[is_clear]] = True
        clear |= clear.T
    return clear & (found.difference > 0)
