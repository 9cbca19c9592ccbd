"""Does a higher mouse score go with higher robustness? Stored scores of both kinds, over models."""

from pathlib import Path

import pandas as pd

from ...core.errors import DataError
from ...results.view import results_frame
from ...uncertainty.rank_correlation import MINIMAL_N_MODELS, rank_correlation


def stored_scores(benchmark: str) -> pd.DataFrame:
    """Return the scores of a benchmark that are stored in the package's home, the newest of each model, none outdated.

    Parameters
    ----------
    benchmark : str
        Its identifier.

    Returns
    -------
    pandas.DataFrame
        Columns `score` and `error`, indexed by the model's label, sorted.
    """
    frame = results_frame()
    newest = frame[(frame["benchmark"] == benchmark) & frame["is_newest"]]
    return newest.set_index("label")[["score", "error"]].sort_index()


def joint_scores(mouse_benchmark: str, robustness_benchmark: str) -> pd.DataFrame:
    """Return the models that have a stored score of both benchmarks.

    Returns
    -------
    pandas.DataFrame
        Columns `mouse`, `mouse_error`, `robustness` and `robustness_error`, indexed by the model's label.

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
        f"Spearman's rank correlation over {correlation.n_models} models: {correlation.value:z.2f}, 95 % bootstrap "
        f"interval {correlation.low:z.2f} to {correlation.high:z.2f}"
    )
    score_scatter(table, mouse_benchmark, robustness_benchmark, summary, figure)
    return f"{summary}\n\n{table.round(3).to_string()}\n\nFigure: {figure}"
