"""What this package offers to brainscore_vision, and under which names.

An identifier that brainscore_vision has already stays its own; ours is then called ``mouse-<identifier>`` there (its
'ridge' and 'pls' are other metrics than ours).
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from ..core.errors import CorruptDatasetError
from .internals import registered_identifiers

_logger = logging.getLogger(__name__)

KINDS = ("benchmark", "metric", "data", "stimulus_set")
STUB_FOLDER = "brainscore_mouse"
PREFIX = "mouse-"


def offered(kind: str) -> dict[str, str]:
    """Return what we offer: the name in brainscore_vision, and our identifier behind it.

    Parameters
    ----------
    kind : {'benchmark', 'metric', 'data', 'stimulus_set'}
        The beginning of the registry's name.
    """
    taken = names_of_others(kind)
    names = {PREFIX + identifier if identifier in taken else identifier: identifier for identifier in _ours(kind)}
    for name in taken & names.keys():
        _logger.warning(
            "The %s %s is not offered to brainscore_vision: both its names are taken", kind, names.pop(name)
        )
    return names


def names_of_others(kind: str) -> set[str]:
    """Return the identifiers of a kind that are registered in brainscore_vision, and not by our stubs.

    Parameters
    ----------
    kind : {'benchmark', 'metric', 'data', 'stimulus_set', 'model'}
        The beginning of the registry's name.
    """
    return {name for name, folder in registered_identifiers(kind).items() if folder != STUB_FOLDER}


def plugin_for_brain_score(kind: str, identifier: str) -> Callable[..., Any]:
    """Return the function that makes a plugin of ours, for one of brainscore_vision's registries.

    Parameters
    ----------
    kind : str
        As of `offered`.
    identifier : str
        Ours.
    """

    def make(*args: Any, **options: Any) -> Any:
        return _load(kind, identifier, *args, **options)

    return make


def _ours(kind: str) -> Iterable[str]:
    from ..plugins.discovery import list_benchmarks, list_metrics

    if kind == "benchmark":
        return list_benchmarks()
    if kind == "metric":
        return list_metrics()
    datasets = _regions_of_datasets()
    if kind == "stimulus_set":
        return datasets
    return [*datasets, *(f"{dataset}-{region}" for dataset, regions in datasets.items() for region in regions)]


def _regions_of_datasets() -> dict[str, list[str]]:
    """Return the datasets that are here, can be made or can be fetched, with their areas."""
    from ..core.home import datasets_folder
    from ..core.visual_areas import VISUAL_AREAS
    from ..data_packaging.allen.areas import all_areas
    from ..data_packaging.on_disk.datasets_here import datasets_on_disk
    from ..data_packaging.on_disk.manifest import SIMULATED_MOUSE, read_manifest_of

    datasets: dict[str, list[str]] = {SIMULATED_MOUSE: list(VISUAL_AREAS)}
    for row in all_areas():
        datasets.setdefault(row.dataset, []).append(row.name)
    for dataset in datasets_on_disk():
        try:
            datasets[dataset] = list(read_manifest_of(datasets_folder() / dataset)["regions"])
        except CorruptDatasetError as error:
            _logger.warning("%s is not offered to brainscore_vision: %s", dataset, error)
    return datasets


def _load(kind: str, identifier: str, *args: Any, **options: Any) -> Any:
    from ..data_packaging.datasets import load_dataset, load_stimulus_set
    from ..plugins.discovery import load_benchmark, load_metric

    if kind == "benchmark":
        return load_benchmark(identifier)
    if kind == "metric":
        return load_metric(identifier, *args, **options)
    datasets = _regions_of_datasets()
    if kind == "stimulus_set" or identifier in datasets:
        return (load_stimulus_set if kind == "stimulus_set" else load_dataset)(identifier)
    dataset, _, region = identifier.rpartition("-")
    return load_dataset(dataset, region)
