"""Scores of several models on several benchmarks."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ...core.errors import InvalidParameterError
from ...plugins.identifiers import in_order
from ..drawing import COLOURS
from .drawn_axes import drawn_axes

_COLUMNS = ("model", "benchmark", "score", "error")
_MARKERS = "osD^v<>P"


def plot_scores(frame: pd.DataFrame, axes: Axes | None = None) -> Axes:
    """Plot scores with their standard errors: benchmarks side by side, one colour and marker per model.

    Parameters
    ----------
    frame : pandas.DataFrame
        From :func:`brainscore_mouse.score_table` or :func:`brainscore_mouse.results_frame`; rows without a score are
        left out. Of several scores of a model on a benchmark, select one first.
    axes : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidParameterError
        If a column is missing, no row has a score, or a model has two scores on a benchmark.
    """
    missing = set(_COLUMNS) - set(frame.columns)
    if missing:
        raise InvalidParameterError(
            f"The table has no column {', '.join(sorted(missing))}; pass what score_table or results_frame returned."
        )
    shown = frame[frame["score"].notna()].copy()
    if shown.empty:
        raise InvalidParameterError("The table has no scores to plot.")
    shown["name"] = shown["label"] if "label" in shown.columns else shown["model"]
    twice = shown[shown.duplicated(["name", "benchmark"])]
    if len(twice):
        row = twice.iloc[0]
        raise InvalidParameterError(
            f"The table has several scores of {row['name']} on {row['benchmark']}; keep one of them, for instance "
            "frame[frame.is_newest]."
        )
    models, benchmarks = list(dict.fromkeys(shown["name"])), in_order(shown["benchmark"])
    place = {name: number for number, name in enumerate(benchmarks)}
    axes = drawn_axes(axes, width=max(4.0, 1.5 + 0.9 * len(benchmarks)), height=4.0)
    offsets = np.linspace(-0.3, 0.3, len(models)) if len(models) > 1 else np.zeros(1)
    for number, (model, offset) in enumerate(zip(models, offsets, strict=True)):
        rows = shown[shown["name"] == model]
        axes.errorbar(
            [place[name] + offset for name in rows["benchmark"]],
            rows["score"].to_numpy(float),
            rows["error"].to_numpy(float),
            fmt=_MARKERS[number // len(COLOURS) % len(_MARKERS)],
            color=COLOURS[number % len(COLOURS)],
            capsize=2,
            label=model,
        )
    axes.axhline(0, color="black", linewidth=0.6)
    axes.axhline(1, color="gray", linestyle="--", linewidth=0.6)
    axes.set_xticks(range(len(benchmarks)), benchmarks, rotation=30, ha="right", fontsize="small")
    axes.set_xlim(-0.5, len(benchmarks) - 0.5)
    axes.set_ylabel("score ± standard error")
    axes.legend(fontsize="small")
    return axes
