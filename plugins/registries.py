"""The registries that plugins fill, in Brain-Score's idiom: identifier -> function that makes the object."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

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
        return getattr(importlib.import_module(module, package), name)(*fixed, *args, **options, **more)

    return make
