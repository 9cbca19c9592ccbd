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


_METRIC_OF_FIXED_SPLITS = "ridge-fixed-split"


def benchmarks_of_datasets_here() -> dict[str, Callable[[], Any]]:
    """Return the maker of each area of each dataset, by each metric.

    Datasets with a split of their own, whose training stimuli were shown once, have those by the metric that uses it.
    """
    every_metric = metrics_with_benchmarks()
    return {
        f"{dataset}-{area}-{metric}": area_benchmark(dataset, area, metric)
        for dataset, (areas, has_split) in _areas_of_datasets().items()
        for area in areas
        for metric in ([_METRIC_OF_FIXED_SPLITS] if has_split else every_metric)
    }


def _areas_of_datasets() -> dict[str, tuple[Sequence[str], bool]]:
    """Return the areas of each dataset, and whether it has a split of its own."""
    from ...core.home import datasets_folder
    from ...data_packaging.on_disk.datasets_here import datasets_on_disk, registered_datasets
    from ...data_packaging.on_disk.manifest import SIMULATED_MOUSE, read_manifest_of

    found: dict[str, tuple[Sequence[str], bool]] = {SIMULATED_MOUSE: (VISUAL_AREAS, False)}
    found |= {identifier: (registered.areas, False) for identifier, registered in registered_datasets().items()}
    for dataset in datasets_on_disk():
        if dataset not in found:  # of those that are made on first use, another version may be on the disk
            try:
                manifest = read_manifest_of(datasets_folder() / dataset)
            except CorruptDatasetError as error:
                _logger.warning("No benchmarks of %s: %s", dataset, error)  # the other datasets' are still wanted
            else:
                found[dataset] = list(manifest["regions"]), "fixed_split" in manifest["details"]
    return found


benchmark_sources["datasets here"] = benchmarks_of_datasets_here
