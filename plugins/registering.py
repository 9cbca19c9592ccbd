"""The decorators by which one file adds a model, a metric, a dataset, an area or a benchmark."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ..core.errors import PluginError
from .discovery import import_plugins, registered_benchmarks
from .registries import (
    RegisteredDataset,
    benchmark_registry,
    benchmarked_metrics,
    dataset_registry,
    metric_registry,
    model_registry,
)

Maker = TypeVar("Maker", bound=Callable[..., Any])

PLACE_OF_PLUGINS = 100
"""The place in tables of metrics of plugins: after those of this package."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_AREA = re.compile(r"[A-Z][A-Za-z0-9/]*")


def register_model(identifier: str) -> Callable[[Maker], Maker]:
    """Register the function below as the maker of a model, whose name can then be used wherever a name goes.

    Parameters
    ----------
    identifier : str
        Letters, digits, '.', '_' and '-'.

    Returns
    -------
    callable
        A decorator for a function without parameters that returns the model: an ``ImageModel``, or whatever else
        :func:`brainscore_mouse.score_model` takes. It is called when the model is needed: what takes long belongs in
        it.

    Raises
    ------
    PluginError
        If the name exists already, or cannot be used.

    Examples
    --------
    >>> @register_model("my-net")  # doctest: +SKIP
    ... def my_net():
    ...     return ImageModel("my-net", network, layers=["conv1", "conv2"], image_size=64)
    """

    def decorate(maker: Maker) -> Maker:
        import_plugins()
        _check_new("model", identifier, model_registry, maker)
        model_registry[identifier] = maker
        return maker

    return decorate


def register_metric(identifier: str) -> Callable[[Maker], Maker]:
    """Register the class or function below as a metric; every dataset and area gets a benchmark by it.

    Parameters
    ----------
    identifier : str
        Letters, digits, '.', '_' and '-'. A class gets it as its ``identifier``.

    Returns
    -------
    callable
        A decorator for a class (usually a ``SimilarityMetric``), or a function that returns a metric. A class that
        cannot prepare recordings, because it only compares two assemblies, gets no benchmarks.

    Raises
    ------
    PluginError
        If the name exists already, or cannot be used.

    Examples
    --------
    >>> @register_metric("my-metric")  # doctest: +SKIP
    ... class MyMetric(SimilarityMetric):
    ...     ceiling = "split-half"
    ...
    ...     def similarity(self, model_gram, neural_gram):
    ...         return np.corrcoef(model_gram.centred().ravel(), neural_gram.centred().ravel())[0, 1]
    """

    def decorate(maker: Maker) -> Maker:
        import_plugins()
        _check_new("metric", identifier, metric_registry, maker)
        if isinstance(maker, type):
            own = vars(maker).get("identifier", identifier)
            if own != identifier:
                raise PluginError(f"The metric {identifier!r} calls itself {own!r}; remove one of the names")
            maker.identifier = identifier  # type: ignore[attr-defined]  # whatever class it is
        metric_registry[identifier] = maker
        if not isinstance(maker, type) or hasattr(maker, "prepare"):
            benchmarked_metrics[identifier] = PLACE_OF_PLUGINS
        return maker

    return decorate


def register_benchmark(identifier: str) -> Callable[[Maker], Maker]:
    """Register the class or function below as the maker of a benchmark.

    A new metric, area or dataset needs none: its benchmarks follow. This is for benchmarks of another kind, or of parts
    and combinations of recordings.

    Parameters
    ----------
    identifier : str
        Letters, digits, '.', '_' and '-'; best ``<dataset>-<area>-<metric>``.

    Raises
    ------
    PluginError
        If the name exists already, or cannot be used.
    """

    def decorate(maker: Maker) -> Maker:
        _check_new("benchmark", identifier, registered_benchmarks(), maker)
        benchmark_registry[identifier] = maker
        return maker

    return decorate


def register_dataset(identifier: str, areas: Iterable[str]) -> Callable[[Maker], Maker]:
    """Register the function below as the source of recordings; each of their areas gets a benchmark by every metric.

    Parameters
    ----------
    identifier : str
        Letters, digits, '.', '_' and '-'.
    areas : iterable of str
        The areas, such as ``["VISp"]``; any names that begin with a capital letter.

    Returns
    -------
    callable
        A decorator for a function without parameters. It is called when the recordings are first needed, and again
        when the plugin has changed, and returns a folder of arrays, or three things: a list of ``SubjectArrays``, the
        images in the order of the arrays' second axis, and a ``Recipe``. The recordings are then packaged under this
        name.

    Raises
    ------
    PluginError
        If the name exists already, or cannot be used.

    Examples
    --------
    >>> @register_dataset("my-lab", areas=["VISp"])  # doctest: +SKIP
    ... def my_lab():
    ...     return "/data/my-recordings"
    """
    names = (areas,) if isinstance(areas, str) else tuple(areas)

    def decorate(maker: Maker) -> Maker:
        import_plugins()
        _check_new("dataset", identifier, dataset_registry, maker)
        if not names or not all(_AREA.fullmatch(name) for name in names):
            raise PluginError(
                f"The dataset {identifier!r} has the areas {list(names)}; give at least one, with names of letters and "
                "digits that begin with a capital letter"
            )
        dataset_registry[identifier] = RegisteredDataset(names, maker)
        return maker

    return decorate


def _check_new(kind: str, identifier: str, existing: Mapping[str, Any], maker: Any) -> None:
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):
        raise PluginError(
            f"A {kind} cannot be called {identifier!r}: use letters, digits, '.', '_' and '-', at most 100 in all"
        )
    taken_by = existing.get(identifier)
    if isinstance(taken_by, RegisteredDataset):
        taken_by = taken_by.recordings
    is_cell_run_again = getattr(taken_by, "__module__", None) == maker.__module__ == "__main__"
    if taken_by is not None and not is_cell_run_again:
        raise PluginError(f"The {kind} {identifier!r} exists already; choose another name")
