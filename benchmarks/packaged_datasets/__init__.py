"""Benchmarks of the datasets that the user has packaged: they need no lines of their own."""

from ...core.registries import benchmark_registry
from ..family import METRICS, member

_registered: set[str] = set()


def register_packaged_datasets() -> None:
    """Register each area of each dataset on disk by each metric; forget those of datasets that are gone."""
    from ...data_packaging.packaged_dataset import packaged_regions

    for identifier in _registered:
        del benchmark_registry[identifier]
    _registered.clear()
    for dataset, regions in packaged_regions().items():
        for region in regions:
            for metric in METRICS:
                identifier = f"{dataset}-{region}-{metric}"
                if identifier not in benchmark_registry:  # some have literal lines in a plugin of their own
                    benchmark_registry[identifier] = member(dataset, region, metric)
                    _registered.add(identifier)
