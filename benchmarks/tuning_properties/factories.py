"""From a dataset, an area and a property of tuning to a benchmark."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tuning_benchmark import TuningBenchmark


def tuning_benchmark(dataset: str, area: str, tuning_property: str) -> "Callable[[], TuningBenchmark]":
    """Return the function that makes ``<dataset>-<area>-<property>``.

    Parameters
    ----------
    dataset : str
        The recordings whose neuroids tables describe: 'allen-mouse-gratings' or 'allen-mouse-npx-gratings'.
    area : str
        A visual area.
    tuning_property : str
        The metric's name.
    """

    def make() -> "TuningBenchmark":
        # Only now: registering must not load Brain-Score.
        from ...metrics.tuning_distribution.metric import TuningDistribution
        from .tuning_benchmark import TuningBenchmark

        return TuningBenchmark(dataset, area, TuningDistribution(tuning_property))

    return make
