"""Spearman correlation between columns of scores, with intervals over models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MINIMAL_N_MODELS = 5
_N_BOOTSTRAPS = 10_000
# Numbers in memory at a time, per column: blocks of draws that stay in the processor's cache.
_BLOCK_SIZE = 250_000


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation over models.

    Attributes
    ----------
    value : float
        In [-1, 1]; NaN, as its interval, where all models have the same score.
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
    return rank_correlations(np.stack([first, second]), [(0, 1)], seed)[0]


def rank_correlations(scores: NDArray[Any], pairs: Sequence[tuple[int, int]], seed: int = 0) -> list[RankCorrelation]:
    """Correlate many pairs of scores of the same models, as :func:`rank_correlation` does, with the same draws for all.

    Parameters
    ----------
    scores : NDArray[Any] of shape (n_columns, n_models)
        Scores, such as one row per benchmark.
    pairs : sequence of (int, int)
        Which rows to correlate.
    seed : int
        Of the draws.
    """
    n_models = scores.shape[1]
    rows = np.random.default_rng(seed).integers(n_models, size=(_N_BOOTSTRAPS, n_models))
    # Sums of squares and products of ranks, in each draw. Ranks are halves of integers: every sum is exact.
    squares = {column: np.empty(_N_BOOTSTRAPS) for pair in pairs for column in pair}
    products = np.empty((len(pairs), _N_BOOTSTRAPS))
    for block in _blocks(n_models):
        counts = _counts(rows[block])
        ranks = {column: _centred_ranks(scores[column], counts) for column in squares}
        weighted = {column: of_column * counts for column, of_column in ranks.items()}
        for column, sums in squares.items():
            sums[block] = np.einsum("md,md->d", weighted[column], ranks[column])
        for number, (first, second) in enumerate(pairs):
            products[number, block] = np.einsum("md,md->d", weighted[first], ranks[second])
    return [
        RankCorrelation(
            _spearman(scores[first], scores[second]), *_interval(product, squares[first], squares[second]), n_models
        )
        for product, (first, second) in zip(products, pairs, strict=True)
    ]


def _blocks(n_models: int) -> Iterator[slice]:
    size = max(1, _BLOCK_SIZE // n_models)
    for start in range(0, _N_BOOTSTRAPS, size):
        yield slice(start, min(start + size, _N_BOOTSTRAPS))


def _counts(rows: NDArray[Any]) -> NDArray[Any]:
    """Return how often each model is in each draw, integers of shape (n_models, n_draws)."""
    n_draws, n_models = rows.shape
    places = rows * n_draws + np.arange(n_draws)[:, None]
    counts = np.bincount(places.ravel(), minlength=n_models * n_draws).reshape(n_models, n_draws)
    return counts.astype(np.int32)  # sums go up to the number of models


def _centred_ranks(scores: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """Rank each model among those drawn, shape (n_models, n_draws), minus the mean of all ranks.

    Equal scores share their mean rank. As many models are drawn as there are.

    By counting instead of sorting each draw: the leaderboard does this for a thousand models.
    """
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    n_lowest = np.zeros((len(scores) + 1, counts.shape[1]), counts.dtype)  # how many of the lowest models were drawn
    np.cumsum(counts[order], axis=0, out=n_lowest[1:])
    n_below, n_up_to = (n_lowest[np.searchsorted(ordered, scores, side)] for side in ("left", "right"))
    # The mean rank of equal scores is (n_below + n_up_to + 1) / 2, that of all models (n_models + 1) / 2.
    n_below += n_up_to
    n_below -= len(scores)
    return n_below * 0.5


def _interval(products: NDArray[Any], first: NDArray[Any], second: NDArray[Any]) -> tuple[float, float]:
    norms = np.sqrt(first * second)
    defined = norms > 0
    if not defined.any():
        return float("nan"), float("nan")
    low, high = np.percentile(products[defined] / norms[defined], [2.5, 97.5])
    return float(low), float(high)


def _spearman(first: NDArray[Any], second: NDArray[Any]) -> float:
    once = np.ones((len(first), 1), np.int32)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.corrcoef(_centred_ranks(first, once)[:, 0], _centred_ranks(second, once)[:, 0])[1, 0])
