"""The score of each layer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from ...core.errors import InvalidParameterError
from ...results.most_chosen_layer import most_chosen_layer
from ..drawing import COLOURS
from .drawn_axes import drawn_axes

if TYPE_CHECKING:
    from brainscore_core.metrics import Score


def plot_layers(score: "Score | Sequence[Score]", axes: Axes | None = None) -> Axes:
    """Plot the held-out score of each candidate layer; a dot marks the layer that was chosen.

    Parameters
    ----------
    score : Score or sequence of Score
        From :func:`brainscore_mouse.score_model`. Several are drawn over relative depth, from the first layer to the
        last; a single one over the layers' names. The plotted numbers are ``score.attrs["layer_scores"]``.
    axes : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidParameterError
        If a score has no scores of layers, such as one on a benchmark of robustness.
    """
    scores = list(score) if isinstance(score, Sequence) else [score]
    for one in scores:
        if not one.attrs.get("layer_scores"):
            raise InvalidParameterError(
                f"The score of {one.attrs.get('model_identifier')} on {one.attrs.get('benchmark_identifier')} has no "
                "scores of layers to plot."
            )
    axes = drawn_axes(axes)
    for number, one in enumerate(scores):
        curve = one.attrs["layer_scores"]
        names, values = list(curve), np.array(list(curve.values()), dtype=float)  # None becomes NaN
        places = np.arange(len(names)) if len(scores) == 1 else np.linspace(0, 1, len(names))
        colour = COLOURS[number % len(COLOURS)]
        label = f"{one.attrs.get('model_identifier')} on {one.attrs.get('benchmark_identifier')}"
        axes.plot(places, values, ".-", color=colour, label=label)
        layer = most_chosen_layer(one.attrs)
        if layer in curve:
            chosen = names.index(layer)
            axes.plot(places[chosen], values[chosen], "o", color=colour, markersize=9)
    if len(scores) == 1:
        axes.set_xticks(places, names, rotation=45, ha="right", fontsize="small")
        axes.set_title(label, fontsize="medium")
    else:
        axes.set_xticks([0, 1], ["first layer", "last layer"])
        axes.legend(fontsize="small")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_ylabel("share of the ceiling")
    return axes
