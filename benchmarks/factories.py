"""The benchmarks that every dataset gets: each area by each metric."""

from collections.abc import Callable
from typing import Any

METRICS = ("rsa", "ridge", "pls", "map-rmse", "activation-overlap")


def member(dataset: str, region: str, metric: str) -> Callable[[], Any]:
    """Return the function that makes the benchmark ``<dataset>-<region>-<metric>``.

    Parameters
    ----------
    dataset : str
        Identifier of a packaged dataset.
    region : str
        One of its areas.
    metric : str
        Identifier of a metric.
    """

    def make() -> Any:
        # Only now: registering must not load Brain-Score.
        from ..plugins.discovery import load_metric
        from .neural_benchmark import MouseNeuralBenchmark

        identifier = f"{dataset}-{region}-{metric}"
        return MouseNeuralBenchmark(identifier, dataset, region, load_metric(metric))

    return make
