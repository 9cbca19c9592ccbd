"""Finding plugins: folders under benchmarks/, metrics/ and models/ that fill the registries when imported."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .identifiers import unknown_identifier
from .packages import load_plugin_packages
from .registries import benchmark_registry, metric_registry, model_registry

VARIANT_SIGN = "@"

_PACKAGE = __package__.rpartition(".")[0]
_PACKAGE_FOLDER = Path(__file__).parents[1]


def _import_plugins(folder: str) -> None:
    for plugin in sorted((_PACKAGE_FOLDER / folder).iterdir()):
        if (plugin / "__init__.py").is_file() and not plugin.name.startswith(("_", ".")):
            importlib.import_module(f"{_PACKAGE}.{folder}.{plugin.name}")


def _import_all_plugins() -> None:
    for folder in ("benchmarks", "metrics", "models"):
        _import_plugins(folder)
    load_plugin_packages()


def _benchmarks() -> Mapping[str, Callable[[], Any]]:
    _import_all_plugins()
    from ..benchmarks.packaged_datasets import register_packaged_datasets

    register_packaged_datasets()  # datasets come and go while the process runs
    return benchmark_registry


def _metrics() -> Mapping[str, Callable[..., Any]]:
    _import_all_plugins()
    return metric_registry


def _models() -> Mapping[str, Callable[[], Any]]:
    _import_all_plugins()
    return model_registry


def list_benchmarks() -> list[str]:
    """Return the identifiers of all benchmarks, sorted."""
    return sorted(_benchmarks())


def list_metrics() -> list[str]:
    """Return the identifiers of all metrics, sorted."""
    return sorted(_metrics())


def list_models() -> list[str]:
    """Return the identifiers of all models, sorted."""
    return sorted(_models())


def load_benchmark(identifier: str) -> Any:
    """Make the benchmark of this name.

    Parameters
    ----------
    identifier : str
        For instance 'simulated-mouse-VISp-rsa'; with a variant of the stimuli, 'simulated-mouse-VISp-rsa@64px'
        (see :mod:`brainscore_mouse.benchmarks.stimulus_variants`).

    Returns
    -------
    brainscore_core.benchmarks.Benchmark

    Raises
    ------
    UnknownIdentifierError
        If there is no such benchmark or variant; the message names the closest.
    """
    name, at, variant = identifier.partition(VARIANT_SIGN)
    benchmark = _entry("benchmark", name, _benchmarks())()
    return benchmark.with_stimulus_variant(variant) if at else benchmark


def load_metric(identifier: str, **options: Any) -> Any:
    """Make the metric of this name.

    Parameters
    ----------
    identifier : str
        For instance 'rsa'.
    **options
        Passed to the metric, for instance ``correlation='pearson'``.

    Returns
    -------
    brainscore_core.metrics.Metric

    Raises
    ------
    UnknownIdentifierError
        If there is none; the message names the closest.
    """
    return _entry("metric", identifier, _metrics())(**options)


def _entry(kind: str, identifier: str, registry: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    if identifier not in registry:
        raise unknown_identifier(kind, identifier, registry)
    return registry[identifier]
