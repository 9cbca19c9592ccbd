"""Does a higher mouse score go with higher robustness? Stored scores of both kinds, over models."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from ...core.errors import DataError
from ...results.view import results_frame

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


def stored_scores(benchmark: str) -> pd.DataFrame:
    """Return the scores of a benchmark that are stored in the package's home, the newest of each model.

    Parameters
    ----------
    benchmark : str
        Its identifier.

    Returns
    -------
    pandas.DataFrame
        Columns `score` and `error`, indexed by model, sorted.
    """
    frame = results_frame()
    newest = frame[(frame["benchmark"] == benchmark) & frame["is_newest"]]
    return newest.set_index("model")[["score", "error"]].sort_index()


def joint_scores(mouse_benchmark: str, robustness_benchmark: str) -> pd.DataFrame:
    """Return the models that have a stored score of both benchmarks.

    Returns
    -------
    pandas.DataFrame
        Columns `mouse`, `mouse_error`, `robustness` and `robustness_error`, indexed by model.

    Raises
    ------
    DataError
        If there are fewer than five: a rank correlation would say nothing.
    """
    mouse, robustness = (
        stored_scores(name).rename(columns={"score": kind, "error": f"{kind}_error"})
        for name, kind in ((mouse_benchmark, "mouse"), (robustness_benchmark, "robustness"))
    )
    table = mouse.join(robustness, how="inner")
    if len(table) < MINIMAL_N_MODELS:
        raise DataError(
            f"{len(table)} models have stored scores of both {mouse_benchmark} ({len(mouse)} models) and "
            f"{robustness_benchmark} ({len(robustness)}); at least {MINIMAL_N_MODELS} are needed. Score more models on "
            "both first."
        )
    return table


def rank_correlation(first: np.ndarray, second: np.ndarray, seed: int = 0) -> RankCorrelation:
    """Correlate two scores over models, with an interval from drawing models with replacement.

    Parameters
    ----------
    first, second : np.ndarray of shape (n_models,)
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


def _ranks_in_draws(scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Rank each model among those drawn, shape (n_draws, n_models); equal scores share their mean rank.

    By counting instead of sorting each draw: the leaderboard does this for a thousand models.
    """
    values, of_model = np.unique(scores, return_inverse=True)
    order = np.argsort(of_model, kind="stable")
    starts = np.searchsorted(of_model[order], np.arange(len(values)))
    drawn = np.add.reduceat(counts[:, order], starts, axis=1)
    return (np.cumsum(drawn, axis=1) - (drawn - 1) / 2)[:, of_model]


def write_joint_report(mouse_benchmark: str, robustness_benchmark: str, figure: Path) -> str:
    """Draw the scatter plot of a mouse score and a robustness score.

    Parameters
    ----------
    mouse_benchmark, robustness_benchmark : str
        Identifiers of benchmarks that models were scored on.
    figure : Path
        The image file to write.

    Returns
    -------
    str
        The rank correlation and the table behind it.
    """
    from ..plots import score_scatter

    table = joint_scores(mouse_benchmark, robustness_benchmark)
    correlation = rank_correlation(table["mouse"].to_numpy(), table["robustness"].to_numpy())
    summary = (
        f"Spearman's rank correlation over {correlation.n_models} models: {correlation.value:.2f}, 95 % bootstrap "
        f"interval {correlation.low:.2f} to {correlation.high:.2f}"
    )
    score_scatter(table, mouse_benchmark, robustness_benchmark, summary, figure)
    return f"{summary}\n\n{table.round(3).to_string()}\n\nFigure: {figure}"
