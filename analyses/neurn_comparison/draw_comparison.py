"""The comparison as figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..drawing import COLOURS, STYLE, save_figure
from .compare_with_neurn import NeurnComparison

_MARKERS = {"plain": "o", "NeuRN": "D", "phase-scrambled": "v", "shuffled": "x"}


def draw_scores_and_controls(comparison: NeurnComparison, path: Path) -> None:
    """Draw the scores of models with and without NeuRN and on control stimuli: metrics in rows, areas in columns.

    Parameters
    ----------
    comparison : NeurnComparison
        What was measured.
    path : Path
        The SVG file to write.
    """
    scores = comparison.scores
    metrics, areas, models = _of(comparison, "metric"), _of(comparison, "area"), _of(comparison, "model")
    with matplotlib.rc_context(STYLE):
        size = (1.8 + 1.5 * len(areas), 0.8 + len(metrics) * (0.5 + 0.2 * len(models)))
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(len(metrics), len(areas), sharey=True, sharex="row", squeeze=False)
        for (row, column), panel in np.ndenumerate(panels):
            of_panel = scores[(scores["metric"] == metrics[row]) & (scores["area"] == areas[column])]
            for (kind, marker), colour in zip(_MARKERS.items(), COLOURS, strict=False):
                of_kind = of_panel[of_panel["kind"] == kind].set_index("model").reindex(models)
                panel.errorbar(
                    of_kind["score"], range(len(models)), xerr=of_kind["error"], fmt=marker, color=colour,
                    markersize=3.5, linewidth=0.8, label=kind,
                )  # fmt: skip
            panel.axvline(0, color="black", linewidth=0.6)
            panel.set_yticks(range(len(models)), models)
            if row == 0:
                panel.set_title(areas[column])
            if column == 0:
                panel.set_ylabel(metrics[row])
        panels[0, 0].invert_yaxis()
        figure.supxlabel("share of the ceiling")
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False)
        save_figure(figure, path)


def draw_differences(comparison: NeurnComparison, path: Path) -> None:
    """Draw NeuRN minus plain with intervals: a panel for each metric, areas in colours, diamonds for their mean.

    Parameters
    ----------
    comparison : NeurnComparison
        What was measured.
    path : Path
        The SVG file to write.
    """
    metrics, areas, models = _of(comparison, "metric"), _of(comparison, "area"), _of(comparison, "model")
    rows = [*models, "all"]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(1.8 + 2.6 * len(metrics), 0.9 + 0.55 * len(rows)), layout="constrained")
        panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
        for panel, metric in zip(panels, metrics, strict=True):
            of_metric = comparison.differences[comparison.differences["metric"] == metric]
            for number, area in enumerate(areas):
                of_area = of_metric[of_metric["area"] == area].set_index("model").loc[models]
                places = np.arange(len(models)) + (number - (len(areas) - 1) / 2) * 0.11
                _draw_intervals(panel, of_area, places, fmt="o", color=COLOURS[number % len(COLOURS)], label=area)
            means = comparison.means[comparison.means["metric"] == metric].set_index("model").loc[rows]
            places = np.arange(len(rows)) + np.array([0.44] * len(models) + [0])
            _draw_intervals(panel, means, places, fmt="D", color="black", label="mean")
            panel.axvline(0, color="black", linewidth=0.6)
            panel.set_title(metric)
            panel.set_yticks(range(len(rows)), rows)
        panels[0].invert_yaxis()
        figure.supxlabel("NeuRN minus plain (share of the ceiling), 95 % intervals")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=7, frameon=False)
        save_figure(figure, path)


def _draw_intervals(panel: Any, table: pd.DataFrame, places: np.ndarray, **style: Any) -> None:
    lengths = [table["difference"] - table["low"], table["high"] - table["difference"]]
    panel.errorbar(table["difference"], places, xerr=np.maximum(lengths, 0), markersize=2.5, linewidth=0.8, **style)


def _of(comparison: NeurnComparison, column: str) -> Sequence[str]:
    return list(comparison.differences[column].unique())
