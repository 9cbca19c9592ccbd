"""How well the RDM of a mouse correlates with those of the others."""

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
    others = (comparable.sum(axis=0) - comparable) / (len(comparable) - 1)
    return float(compare_pairs(mouse_pairs, others, correlation).mean())


def nili_upper_bound(mouse_pairs: np.ndarray, correlation: Correlation) -> float:
    """Average correlation of each mouse's RDM with the mean RDM of all mice, itself included.

    Inflated for few mice: with 5 mice that share no signal it is about .43. It is reported, never divided by.

    Parameters and source as for :func:`leave_one_mouse_out`.
    """
    comparable = _for_averaging(mouse_pairs, correlation)
    return float(compare_pairs(mouse_pairs, comparable.mean(axis=0), correlation).mean())


def _for_averaging(mouse_pairs: np.ndarray, correlation: Correlation) -> np.ndarray:
    if correlation == "pearson":  # z-scored, so that no mouse dominates by the spread of its dissimilarities
        centred = mouse_pairs - mouse_pairs.mean(axis=1, keepdims=True)
        return centred / centred.std(axis=1, keepdims=True)
    return ranks(mouse_pairs)
