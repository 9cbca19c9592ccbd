"""Benchmarks of the datasets that are on this machine or made on first use: they need no lines of their own."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from ...core.errors import CorruptDatasetError
from ...core.visual_areas import VISUAL_AREAS
from ...plugins.discovery import metrics_with_benchmarks
from ...plugins.registries import benchmark_sources
from ..factories import area_benchmark

_logger = logging.getLogger(__name__)


def benchmarks_of_datasets_here() -> dict[str, Callable[[], Any]]:
    """Return the maker of each area of each dataset, by each metric."""
    return {
        f"{dataset}-{area}-{metric}": area_benchmark(dataset, area, metric)
        for dataset, areas in _areas_of_datasets().items()
        for area in areas
        for metric in metrics_with_benchmarks()
    }


def _areas_of_datasets() -> dict[str, Sequence[str]]:
    from ...data_packaging.datasets import datasets_on_disk, read_manifest
    from ...data_packaging.registered_datasets import registered_datasets
    from ...data_packaging.simulated_mouse import SIMULATED_MOUSE

    found: dict[str, Sequence[str]] = {SIMULATED_MOUSE: VISUAL_AREAS}
    found |= {identifier: registered.areas for identifier, registered in registered_datasets().items()}
    for dataset in datasets_on_disk():
        if dataset not in found:  # of those that are made on first use, another version may be on the disk
            try:
                found[dataset] = list(read_manifest(dataset)["regions"])
            except CorruptDatasetError as error:
                _logger.warning("No benchmarks of %s: %s", dataset, error)  # the other datasets' are still wanted
    return found


benchmark_sources["datasets here"] = benchmarks_of_datasets_here
