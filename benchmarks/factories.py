"""The benchmarks that every dataset gets: each area by each metric."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..core.errors import InvalidParameterError
from ..plugins.discovery import load_metric

if TYPE_CHECKING:
    from ..metrics.layerwise import LayerwiseMetric
    from .neural_benchmark import MouseNeuralBenchmark


def layerwise_metric(identifier: str) -> "LayerwiseMetric":
    """Make a metric that benchmarks can use; raise InvalidParameterError for one that only compares two assemblies."""
    from ..metrics.layerwise import LayerwiseMetric

    metric = load_metric(identifier)
    if not isinstance(metric, LayerwiseMetric):
        raise InvalidParameterError(
            f"The metric {identifier!r} compares two assemblies, and benchmarks need one that compares layers with "
            "held-out recordings: derive it from brainscore_mouse.metrics.layerwise.LayerwiseMetric."
        )
    return metric


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

        return MouseNeuralBenchmark(f"{dataset}-{area}-{metric}", dataset, area, layerwise_metric(metric))

    return make
