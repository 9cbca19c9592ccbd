"""Benchmarks of the datasets that the user has packaged: they need no lines of their own."""

import logging
from collections.abc import Callable
from typing import Any

from ...core.errors import CorruptDatasetError
from ...plugins.discovery import metrics_with_benchmarks
from ...plugins.registries import benchmark_sources
from ..factories import area_benchmark

_logger = logging.getLogger(__name__)


def benchmarks_of_packaged_datasets() -> dict[str, Callable[[], Any]]:
    """Return the maker of each area of each dataset on this machine, by each metric."""
    from ...data_packaging.datasets import datasets_on_disk, read_manifest

    found = {}
    for dataset in datasets_on_disk():
        try:
            areas = read_manifest(dataset)["regions"]
        except CorruptDatasetError as error:
            _logger.warning("No benchmarks of %s: %s", dataset, error)  # the other datasets' are still wanted
            continue
        for area in areas:
            for metric in metrics_with_benchmarks():
                found[f"{dataset}-{area}-{metric}"] = area_benchmark(dataset, area, metric)
    return found


benchmark_sources["packaged datasets"] = benchmarks_of_packaged_datasets
