"""Benchmarks of the datasets that the user has packaged: they need no lines of their own."""

import logging

from ...core.errors import CorruptDatasetError
from ...plugins.registries import benchmark_registry
from ..factories import METRICS, member

_logger = logging.getLogger(__name__)
_registered: set[str] = set()


def register_packaged_datasets() -> None:
    """Register each area of each dataset on disk by each metric; forget those of datasets that are gone."""
    from ...data_packaging.datasets import datasets_on_disk, read_manifest

    for identifier in _registered:
        benchmark_registry.pop(identifier, None)  # a broken plugin package may have been undone meanwhile
    _registered.clear()
    for dataset in datasets_on_disk():
        try:
            regions = read_manifest(dataset)["regions"]
        except CorruptDatasetError as error:
            _logger.warning("No benchmarks of %s: %s", dataset, error)  # the other datasets' are still wanted
            continue
        for region in regions:
            for metric in METRICS:
                identifier = f"{dataset}-{region}-{metric}"
                if identifier not in benchmark_registry:  # some have literal lines in a plugin of their own
                    benchmark_registry[identifier] = member(dataset, region, metric)
                    _registered.add(identifier)
