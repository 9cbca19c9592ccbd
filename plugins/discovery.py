"""Finding plugins: folders under benchmarks/, metrics/ and models/ that fill the registries when imported."""

import functools
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .packages import load_plugin_packages
from .plugin_files import choose_plugin_file, load_plugin_files
from .registries import (
    benchmark_registry,
    benchmark_sources,
    benchmarked_metrics,
    metric_registry,
    model_registry,
    model_sources,
    normalization_registry,
)
from .unknown_identifier import unknown_identifier

if TYPE_CHECKING:
    from ..core.interfaces import Benchmark, Metric
    from .registries import Normalization

VARIANT_SIGN = "@"

_PACKAGE = __package__.rpartition(".")[0]
_PACKAGE_FOLDER = Path(__file__).parents[1]
_PLUGIN_ROOMS = ("benchmarks", "metrics", "models")


def import_plugins() -> None:
    """Import all plugin folders, plugin packages and plugin files; each is imported once.

    Called by a plugin that is being imported, it does nothing: what ships here is there already.

    Raises
    ------
    PluginError
        If a plugin file cannot be loaded.
    """
    _import_all(_import_folders_and_packages)


def import_plugins_once() -> None:
    """Import plugins as `import_plugins` does, without looking for packages that were installed meanwhile."""
    _import_all(_import_folders_and_packages_once)


def load_plugin(path: str | Path) -> None:
    """Register what a plugin file defines, in this process and in those that it starts, such as a table's workers.

    Parameters
    ----------
    path : str or Path
        A Python file that calls `register_model`, `register_metric`, `register_dataset`, `register_area` or
        `register_benchmark`. On the command line: ``--plugin FILE``.

    Raises
    ------
    PluginError
        If there is no such file, it cannot be loaded, or it registers a name that exists already.
    """
    choose_plugin_file(Path(path))
    import_plugins()


def _import_all(import_folders_and_packages: Callable[[], None]) -> None:
    if _is_importing:
        return
    _is_importing.append(True)
    try:
        import_folders_and_packages()
        load_plugin_files()
    finally:
        _is_importing.clear()


_is_importing: list[bool] = []


def _import_folders_and_packages() -> None:
    for room in _PLUGIN_ROOMS:
        for folder in sorted((_PACKAGE_FOLDER / room).iterdir()):
            if (folder / "__init__.py").is_file() and not folder.name.startswith(("_", ".")):
                importlib.import_module(f"{_PACKAGE}.{room}.{folder.name}")
    load_plugin_packages()


_import_folders_and_packages_once = functools.cache(_import_folders_and_packages)


def registered_benchmarks() -> Mapping[str, "Callable[[], Benchmark]"]:
    """Return the maker of every benchmark: those registered, and those that sources know of at the moment."""
    import_plugins()
    found: dict[str, Callable[[], Benchmark]] = {}
    for source in list(benchmark_sources.values()):
        found.update(source())
    return found | benchmark_registry


def registered_metrics() -> "Mapping[str, Callable[..., Metric]]":
    """Return the maker of every metric."""
    import_plugins()
    return metric_registry


def registered_models() -> Mapping[str, Callable[[], Any]]:
    """Return the maker of every model of this package and of plugin packages."""
    import_plugins()
    return model_registry


def registered_model_sources() -> Mapping[str, Callable[[], Any]]:
    """Return the maker of every source of models, by the prefix of its names."""
    import_plugins_once()  # asked for each of thousands of names
    return model_sources


def registered_normalizations() -> "Mapping[str, Normalization]":
    """Return every normalization that ``<model>+<name>`` can ask for."""
    import_plugins()
    return normalization_registry


def metrics_with_benchmarks() -> list[str]:
    """Return the metrics that every dataset and area gets a benchmark by, in the order of tables and figures."""
    import_plugins_once()  # asked for each identifier of long tables
    return sorted(benchmarked_metrics, key=lambda metric: (benchmarked_metrics[metric], metric))


def list_benchmarks() -> list[str]:
    """Return the identifiers of all benchmarks, sorted."""
    return sorted(registered_benchmarks())


def list_metrics() -> list[str]:
    """Return the identifiers of all metrics, sorted."""
    return sorted(registered_metrics())


def list_models() -> list[str]:
    """Return the identifiers of all models, sorted."""
    return sorted(registered_models())


def load_benchmark(identifier: str) -> "Benchmark":
    """Make the benchmark of this name; its data are loaded by its `load` method, or when it is called.

    Parameters
    ----------
    identifier : str
        For instance 'simulated-mouse-VISp-rsa'; with a variant of the stimuli, 'simulated-mouse-VISp-rsa@64px'
        (see :mod:`brainscore_mouse.benchmarks.stimulus_variants`).

    Returns
    -------
    Benchmark
        Also a ``brainscore_core.benchmarks.Benchmark``.

    Raises
    ------
    UnknownIdentifierError
        If there is no such benchmark, or it has no such variant; the message names the closest.
    """
    name, at, variant = identifier.partition(VARIANT_SIGN)
    benchmark: Benchmark = _entry("benchmark", name, registered_benchmarks())()
    return benchmark.with_stimulus_variant(variant) if at else benchmark


def load_metric(identifier: str, **options: Any) -> "Metric":
    """Make the metric of this name.

    Parameters
    ----------
    identifier : str
        For instance 'rsa'.
    **options
        Passed to the metric, for instance ``correlation='pearson'``.

    Returns
    -------
    Metric
        Also a ``brainscore_core.metrics.Metric``.

    Raises
    ------
    UnknownIdentifierError
        If there is none; the message names the closest.
    """
    metric: Metric = _entry("metric", identifier, registered_metrics())(**options)
    return metric


def _entry(kind: str, identifier: str, registry: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    if identifier not in registry:
        raise unknown_identifier(kind, identifier, registry)
    return registry[identifier]
