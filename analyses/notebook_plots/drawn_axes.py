"""Axes to draw into."""

from matplotlib import pyplot
from matplotlib.axes import Axes


def drawn_axes(axes: Axes | None, width: float = 6.0, height: float = 3.5) -> Axes:
    """Return the given axes; where there are none, those of a new figure of this size in inches."""
    if axes is not None:
        return axes
    _, new = pyplot.subplots(figsize=(width, height), layout="constrained")
    return new
