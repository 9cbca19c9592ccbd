"""How well the RDM of a mouse correlates with those of the others."""

import itertools
from collections.abc import Iterable

import numpy as np

from ...uncertainty.correlation import ranks
from .compare_pairs import Correlation, compare_pairs


def leave_one_mouse_out(mouse_pairs: np.ndarray, correlation: Correlation) -> float:
    """Average correlation of each mouse's RDM with the mean RDM of the others (a lower bound).

    Parameters
    ----------
    mouse_pairs : array of shape (n_mice, n_pairs)
        Upper triangle of each mouse's RDM.
    correlation : {'spearman', 'pearson', 'kendall'}
        How RDMs are compared. For rank correlations RDMs are averaged as ranks.

    Returns
    -------
    float
        NaN with fewer than two mice. Source: Nili et al. 2014, https://doi.org/10.1371/journal.pcbi.1003553
    """
    if len(mouse_pairs) < 2:
        return float("nan")
    comparable = _for_averaging(mouse_pairs, correlation)
    total = comparable.sum(axis=0)
    return _mean_correlation(
        mouse_pairs, ((total - of_mouse) / (len(comparable) - 1) for of_mouse in comparable), correlation
    )


def nili_upper_bound(mouse_pairs: np.ndarray, correlation: Correlation) -> float:
    """Average correlation of each mouse's RDM with the mean RDM of all mice, itself included.

    Inflated for few mice: with 5 mice that share no signal it is about .43. It is reported, never divided by.

    Parameters and source as for :func:`leave_one_mouse_out`.
    """
    mean = _for_averaging(mouse_pairs, correlation).mean(axis=0)
    return _mean_correlation(mouse_pairs, itertools.repeat(mean, len(mouse_pairs)), correlation)


def _mean_correlation(mouse_pairs: np.ndarray, others: Iterable[np.ndarray], correlation: Correlation) -> float:
    """Average over mice, one after the other: comparing millions of pairs takes several times their memory."""
    pairs_and_others = zip(mouse_pairs, others, strict=True)
    return float(np.mean([compare_pairs(pairs, other, correlation) for pairs, other in pairs_and_others]))


def _for_averaging(mouse_pairs: np.ndarray, correlation: Correlation) -> np.ndarray:
    if correlation == "pearson":  # z-scored, so that no mouse dominates by the spread of its dissimilarities
        centred = mouse_pairs - mouse_pairs.mean(axis=1, keepdims=True)
        return centred / centred.std(axis=1, keepdims=True)
    return np.stack([ranks(pairs) for pairs in mouse_pairs])
