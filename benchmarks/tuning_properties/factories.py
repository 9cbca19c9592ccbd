"""From an area and a property of tuning to a benchmark."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tuning_benchmark import TuningBenchmark

DATASET = "allen-mouse-gratings"
"""The recordings whose cells the table describes."""


def tuning_benchmark(area: str, tuning_property: str) -> "Callable[[], TuningBenchmark]":
    """Return the function that makes ``allen-mouse-gratings-<area>-<property>``.

    Parameters
    ----------
    area : str
        A visual area.
    tuning_property : str
        The metric's name.
    """

    def make() -> "TuningBenchmark":
        # Only now: registering must not load Brain-Score.
        from ...metrics.tuning_distribution.metric import TuningDistribution
        from .tuning_benchmark import TuningBenchmark

        return TuningBenchmark(DATASET, area, TuningDistribution(tuning_property))

    return make
