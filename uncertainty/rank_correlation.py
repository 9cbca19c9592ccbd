"""Spearman correlation between two columns of scores, with an interval over models."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

MINIMAL_N_MODELS = 5
_N_BOOTSTRAPS = 10_000


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation over models.

    Attributes
    ----------
    value : float
        In [-1, 1].
    low, high : float
        The 95 % bootstrap interval over models (percentiles).
    n_models : int
        How many models there are.
    """

    value: float
    low: float
    high: float
    n_models: int


def rank_correlation(first: NDArray[Any], second: NDArray[Any], seed: int = 0) -> RankCorrelation:
    """Correlate two scores over models, with an interval from drawing models with replacement.

    Parameters
    ----------
    first, second : NDArray[Any] of shape (n_models,)
        Scores.
    seed : int
        Of the draws. Draws in which a score is constant have no correlation and are left out.
    """
    n_models = len(first)
    rows = np.random.default_rng(seed).integers(n_models, size=(_N_BOOTSTRAPS, n_models))
    rows += np.arange(_N_BOOTSTRAPS)[:, None] * n_models
    counts = np.bincount(rows.ravel(), minlength=rows.size).reshape(rows.shape)  # of each model in each draw
    centred = [_ranks_in_draws(scores, counts) - (n_models + 1) / 2 for scores in (first, second)]
    norms = np.sqrt(np.prod([np.einsum("dm,dm,dm->d", counts, rank, rank) for rank in centred], axis=0))
    defined = norms > 0
    draws = np.einsum("dm,dm,dm->d", counts, *centred)[defined] / norms[defined]
    low, high = np.percentile(draws, [2.5, 97.5])
    return RankCorrelation(float(stats.spearmanr(first, second).statistic), float(low), float(high), len(first))


def _ranks_in_draws(scores: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """Rank each model among those drawn, shape (n_draws, n_models); equal scores share their mean rank.

    By counting instead of sorting each draw: the leaderboard does this for a thousand models.
    """
    values, of_model = np.unique(scores, return_inverse=True)
    order = np.argsort(of_model, kind="stable")
    starts = np.searchsorted(of_model[order], np.arange(len(values)))
    drawn = np.add.reduceat(counts[:, order], starts, axis=1)
    ranks: NDArray[Any] = (np.cumsum(drawn, axis=1) - (drawn - 1) / 2)[:, of_model]
    return ranks
