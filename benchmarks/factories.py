"""The benchmarks that every dataset gets: each area by each metric."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..plugins.discovery import load_metric

if TYPE_CHECKING:
    from .neural_benchmark import MouseNeuralBenchmark


def area_benchmark(dataset: str, area: str, metric: str) -> "Callable[[], MouseNeuralBenchmark]":
    """Return the function that makes the benchmark ``<dataset>-<area>-<metric>``.

    Parameters
    ----------
    dataset : str
        Identifier of a packaged dataset.
    area : str
        One of its areas.
    metric : str
        Identifier of a metric.
    """

    def make() -> "MouseNeuralBenchmark":
        # Only now: registering must not load Brain-Score.
        from .neural_benchmark import MouseNeuralBenchmark

        return MouseNeuralBenchmark(f"{dataset}-{area}-{metric}", dataset, area, load_metric(metric))

    return make
