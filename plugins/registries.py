"""The registries that plugins fill, in Brain-Score's idiom: identifier -> function that makes the object."""

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import PluginError
from ..core.quick_imports.without_garbage_collection import without_garbage_collection

benchmark_registry: dict[str, Callable[[], Any]] = {}
"""Pool of available benchmarks."""

metric_registry: dict[str, Callable[..., Any]] = {}
"""Pool of available metrics."""

model_registry: dict[str, Callable[[], Any]] = {}
"""Pool of available models."""

benchmark_sources: dict[str, Callable[[], Mapping[str, Callable[[], Any]]]] = {}
"""Whole families of benchmarks, by a name of the family: each call returns identifier -> maker.

For benchmarks that follow from what is on this machine or registered at the moment, such as the datasets that the user
has packaged. An identifier in `benchmark_registry` wins over one of a source.
"""

benchmarked_metrics: dict[str, int] = {}
"""The metrics that every dataset and area gets a benchmark by, and their place in tables and figures (ascending)."""


dataset_sources: dict[str, Callable[..., Any]] = {}
"""Where recordings can be fetched: pattern of datasets' names -> function that fetches one of them.

Its parameters are those of :func:`~brainscore_mouse.data_packaging.fetch_dataset.fetch_dataset`.
"""

model_sources: dict[str, Callable[[], Any]] = {}
"""Models by names with a prefix, ``<prefix>:<name>``: prefix -> function that returns a `ModelSource`.

See :class:`brainscore_mouse.models.sources.ModelSource`: the networks of a library, or files.
"""


RESERVED_PREFIXES = ("brainscore",)
"""Prefixes of models' names that are not those of a source: of Brain-Score's models."""


@dataclass(frozen=True)
class RegisteredDataset:
    """Recordings that are packaged on this machine when they are first needed.

    Attributes
    ----------
    areas : tuple of str
        Its areas: what benchmarks there are before it is packaged.
    recordings : callable
        Returns a folder of arrays (:mod:`~brainscore_mouse.data_packaging.array_folder`), or the first two arguments of
        :func:`~brainscore_mouse.package_arrays` and its recipe.
    """

    areas: tuple[str, ...]
    recordings: Callable[[], Any]


dataset_registry: dict[str, RegisteredDataset] = {}
"""Datasets of plugins; those that the user has packaged need no entry."""

area_registry: dict[str, Any] = {}
"""Further areas of the Allen Institute's recordings, ``<dataset>-<area>`` -> `Area`."""

weights_sources: dict[str, Callable[[], Mapping[str, Any]]] = {}
"""What model folders know of their pretrained weights: each call returns identifier -> `WeightsStatus`."""


@dataclass(frozen=True)
class Normalization:
    """What ``<model>+<name>`` does to any model; exactly one of `before` and `within` is given.

    Attributes
    ----------
    description : str
        One line, for lists.
    before : callable, optional
        Makes a module that images in [0, 1] go through before the network's own preprocessing.
    within : callable, optional
        From an ImageModel to a network that normalizes some of its layers.
    """

    description: str
    before: Callable[[], Any] | None = None
    within: Callable[[Any], Any] | None = None


normalization_registry: dict[str, Normalization] = {}
"""Pool of available normalizations, such as NeuRN."""


def lazily(package: str | None, target: str, *fixed: Any, **options: Any) -> Callable[..., Any]:
    """Return a function that imports `target` when it is first called, and calls it.

    Registering a plugin this way imports neither torch nor Brain-Score.

    Parameters
    ----------
    package : str
        The plugin's ``__package__``.
    target : str
        Module, relative to the package, and name within it, such as '.metric:RSA'.
    *fixed, **options
        Arguments of every call, before those of the call itself.

    Examples
    --------
    >>> lazily("brainscore_mouse.plugins", ".registries:Normalization", "no change")().description
    'no change'
    """
    module, _, name = target.partition(":")

    def make(*args: Any, **more: Any) -> Any:
        with without_garbage_collection():
            function = getattr(importlib.import_module(module, package), name)
        return function(*fixed, *args, **options, **more)

    vars(make)["lazy_target"] = importlib.util.resolve_name(module, package), name
    return make


Entries = tuple[dict[str, Any], ...]
"""What is in each registry."""


def _registries() -> Entries:
    return (
        benchmark_registry,
        metric_registry,
        model_registry,
        model_sources,
        benchmark_sources,
        benchmarked_metrics,
        dataset_registry,
        area_registry,
        dataset_sources,
        weights_sources,
        normalization_registry,
    )


def all_entries() -> Entries:
    """Return copies of all registries."""
    return tuple(dict(registry) for registry in _registries())


def restore_entries(before: Entries) -> None:
    """Make all registries what they were."""
    for registry, entries in zip(_registries(), before, strict=True):
        registry.clear()
        registry.update(entries)


def entries_since(before: Entries) -> Entries:
    """Return what was registered since."""
    return tuple(
        {identifier: entry for identifier, entry in registry.items() if identifier not in entries}
        for registry, entries in zip(_registries(), before, strict=True)
    )


def forget_entries(registered: Entries) -> None:
    """Remove entries, where they are still those that were registered."""
    for registry, entries in zip(_registries(), registered, strict=True):
        for identifier, entry in entries.items():
            if registry.get(identifier) is entry:
                del registry[identifier]


def check_nothing_replaced(before: Entries) -> None:
    """Raise PluginError if an identifier that existed was given another meaning, or removed."""
    for registry, entries in zip(_registries(), before, strict=True):
        for identifier, entry in entries.items():
            if registry.get(identifier) is not entry:
                raise PluginError(f"{identifier!r} exists already and must not be replaced or removed")


def check_prefixes_are_free(before: Entries) -> None:
    """Raise PluginError if a model was registered under a name that begins with the prefix of a source of models.

    Parameters
    ----------
    before : tuple of dict
        What was registered before the plugin.
    """
    registered = dict(zip(map(id, _registries()), entries_since(before), strict=True))
    taken = {*RESERVED_PREFIXES, *model_sources}
    for identifier in registered[id(model_registry)]:
        prefix, colon, _ = identifier.partition(":")
        if colon and prefix.strip().casefold() in taken:
            raise PluginError(f"{identifier!r} begins with '{prefix}:', as only the names of that source do; rename it")
    for prefix in registered[id(model_sources)]:
        if prefix in RESERVED_PREFIXES:
            raise PluginError(f"'{prefix}:' is reserved; choose another prefix for this source of models")
