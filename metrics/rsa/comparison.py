"""Correlations between RDMs, and their bootstrap over stimuli."""

from typing import Literal

import numpy as np
from scipy.stats import kendalltau, rankdata

from ..correlation import pearson

Correlation = Literal["spearman", "pearson", "kendall"]
CORRELATIONS: tuple[Correlation, ...] = ("spearman", "pearson", "kendall")


def compare_pairs(a: np.ndarray, b: np.ndarray, correlation: Correlation) -> np.ndarray:
    """Correlate the entries of RDMs.

    Parameters
    ----------
    a, b : array of shape (..., n_pairs)
        Upper triangles of RDMs; leading axes broadcast.
    correlation : {'spearman', 'pearson', 'kendall'}
        Kendall's tau is tau-b.

    Returns
    -------
    array of shape (...)
    """
    if correlation == "pearson":
        return pearson(a, b)
    undefined = np.isnan(a).any(axis=-1) | np.isnan(b).any(axis=-1)
    if correlation == "spearman":
        return np.where(undefined, np.nan, pearson(rankdata(a, axis=-1), rankdata(b, axis=-1)))
    a, b = np.broadcast_arrays(a, b)
    taus = [
        kendalltau(one, other).statistic
        for one, other in zip(a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1]), strict=True)
    ]
    return np.where(undefined, np.nan, np.reshape(taus, a.shape[:-1]))


def bootstrap_counts(n_stimuli: int, n_draws: int, generator: np.random.Generator) -> np.ndarray:
    """Draw stimuli with replacement and count how often each was drawn, shape (n_draws, n_stimuli)."""
    return generator.multinomial(n_stimuli, np.full(n_stimuli, 1 / n_stimuli), size=n_draws)


def pair_weights(counts: np.ndarray) -> np.ndarray:
    """Count how often each pair of different stimuli occurs in a bootstrap draw.

    Pairs of a stimulus with itself, which resampling with replacement makes, are left out: their dissimilarity
    of zero is trivial and would inflate every correlation.

    Parameters
    ----------
    counts : array of shape (n_draws, n_stimuli)
        How often each stimulus was drawn.

    Returns
    -------
    array of shape (n_draws, n_pairs)
        In float64, in the order of :func:`~brainscore_mouse.metrics.rsa.rdm.pairs_of_rdm`.
    """
    first, second = np.triu_indices(counts.shape[1], k=1)
    return counts[:, first].astype(np.float64) * counts[:, second]


def bootstrapped_comparison(a: np.ndarray, b: np.ndarray, weights: np.ndarray, correlation: Correlation) -> np.ndarray:
    """Correlate two RDMs in every bootstrap draw, as if their pairs were repeated by the weights.

    Parameters
    ----------
    a, b : array of shape (n_pairs,)
        Upper triangles of two RDMs.
    weights : array of shape (n_draws, n_pairs)
        How often each pair occurs, from :func:`pair_weights`.
    correlation : {'spearman', 'pearson', 'kendall'}
        How to compare; Spearman's ranks are those within each draw.

    Returns
    -------
    array of shape (n_draws,)
    """
    if correlation == "kendall":
        repeats = weights.astype(np.intp)
        return np.array([kendalltau(np.repeat(a, n), np.repeat(b, n)).statistic for n in repeats])
    if correlation == "spearman":
        return _weighted_pearson(_weighted_ranks(a, weights), _weighted_ranks(b, weights), weights)
    return _weighted_pearson(np.broadcast_to(a, weights.shape), np.broadcast_to(b, weights.shape), weights)


def _weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Rank values repeated by integer weights; ties share the middle rank (up to a constant), per draw."""
    unique, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(unique)))
    group_weights = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(group_weights, axis=1) - group_weights / 2
    return middle[:, group]


def _weighted_pearson(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Correlate along the last axis; NaN in a draw that has no two different pairs."""
    with np.errstate(invalid="ignore"):
        total = weights.sum(axis=1, keepdims=True)
        a = a - (weights * a).sum(axis=1, keepdims=True) / total
        b = b - (weights * b).sum(axis=1, keepdims=True) / total
        weighted_a = weights * a
        covariance = (weighted_a * b).sum(axis=1)
        return covariance / np.sqrt((weighted_a * a).sum(axis=1) * (weights * b**2).sum(axis=1))
