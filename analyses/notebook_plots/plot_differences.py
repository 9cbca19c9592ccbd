"""The differences between two models."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from ..drawing import COLOURS
from .drawn_axes import drawn_axes

if TYPE_CHECKING:
    from ...scoring.compare import PairedComparison


def plot_differences(comparison: "PairedComparison", axes: Axes | None = None) -> Axes:
    """Plot the difference between two models on each benchmark with its interval, the first model minus the second.

    Filled dots are differences whose interval excludes 0. The plotted numbers are ``comparison.table``.

    Parameters
    ----------
    comparison : PairedComparison
        From :func:`brainscore_mouse.compare`.
    axes : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    table = comparison.table
    axes = drawn_axes(axes, height=1.2 + 0.35 * len(table))
    for number, row in enumerate(table.itertuples()):
        excludes_zero = row.low > 0 or row.high < 0
        axes.plot([row.low, row.high], [number, number], color=COLOURS[0], linewidth=1.5)
        axes.plot(
            row.difference, number, "o", color=COLOURS[0], markerfacecolor=COLOURS[0] if excludes_zero else "white"
        )
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_yticks(np.arange(len(table)), table["benchmark"])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel(f"difference, first minus second ({comparison.level:.0%} intervals)")
    return axes
