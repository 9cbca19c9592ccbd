"""Single-neuron regression: ridge and partial least squares."""

from typing import Any

from ...plugins.registries import metric_registry


def _ridge(**options: Any) -> Any:
    from .metric import Ridge

    return Ridge(**options)


def _pls(**options: Any) -> Any:
    from .metric import PLS

    return PLS(**options)


metric_registry["ridge"] = _ridge
metric_registry["pls"] = _pls
