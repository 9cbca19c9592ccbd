"""Figures of scores."""

from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from ..core.files import written_whole
from ..plugins.identifiers import benchmark_parts
from .drawing import COLOURS


def score_bars(table: pd.DataFrame, path: Path, title: str) -> None:
    """Draw the scores of some models by area, one panel per metric.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`brainscore_mouse.scoring.score_table.score_table`, with benchmarks of one dataset.
    path : Path
        The image file to write; its suffix determines the format.
    title : str
        Shown above.
    """
    parts = [benchmark_parts(identifier) for identifier in table["benchmark"]]
    table = table.assign(region=[part.area for part in parts], metric=[part.metric for part in parts])
    metrics, regions = table["metric"].unique(), table["region"].unique()
    models = table["model"].unique()
    with matplotlib.rc_context({"font.size": 9}):
        figure = Figure(figsize=(1.6 * len(regions) + 1, 2.8 * len(metrics)), layout="constrained")
        panels = figure.subplots(len(metrics), 1, squeeze=False)[:, 0]
        width = 0.8 / len(models)
        for panel, metric in zip(panels, metrics, strict=True):
            for index, model in enumerate(models):
                rows = table[(table["model"] == model) & (table["metric"] == metric)].set_index("region")
                rows = rows.loc[regions]
                positions = [number + (index - (len(models) - 1) / 2) * width for number in range(len(regions))]
                colour = COLOURS[index % len(COLOURS)]
                panel.bar(positions, rows["score"], width, yerr=rows["error"], color=colour, label=model)
            panel.axhline(1, color="gray", linestyle="--", linewidth=0.8)
            panel.axhline(0, color="black", linewidth=0.8)
            panel.set_xticks(range(len(regions)), regions)
            panel.set_ylabel(f"{metric}: share of ceiling")
            panel.spines[["top", "right"]].set_visible(False)
        figure.suptitle(title)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=min(4, len(models)))
        with written_whole(path) as temporary:
            figure.savefig(temporary, dpi=150)


def score_scatter(table: pd.DataFrame, mouse_benchmark: str, robustness_benchmark: str, title: str, path: Path) -> None:
    """Draw a mouse score against a robustness score, one point with its standard errors per model.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`brainscore_mouse.analyses.robustness.mouse_and_robustness.joint_scores`.
    mouse_benchmark, robustness_benchmark : str
        Names of the axes.
    title : str
        Shown above.
    path : Path
        The image file to write; its suffix determines the format.
    """
    with matplotlib.rc_context({"font.size": 9}):
        figure = Figure(figsize=(6.5, 5), layout="constrained")
        axes = figure.subplots()
        axes.errorbar(
            table["mouse"],
            table["robustness"],
            xerr=table["mouse_error"],
            yerr=table["robustness_error"],
            fmt="o",
            color=COLOURS[0],
            ecolor="0.7",
            markersize=4,
        )
        for model, row in table.iterrows():
            axes.annotate(
                str(model), (row["mouse"], row["robustness"]), xytext=(4, 3), textcoords="offset points", fontsize=7
            )
        axes.set_xlabel(f"{mouse_benchmark} (share of the ceiling)")
        axes.set_ylabel(f"{robustness_benchmark} (0: chance, 1: perfect)")
        axes.set_title(title, fontsize=8)
        with written_whole(path) as temporary:
            figure.savefig(temporary, dpi=150)
