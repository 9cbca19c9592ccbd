"""Representational similarity analysis."""

from typing import Any

from ...plugins.registries import metric_registry


def _rsa(**options: Any) -> Any:
    from .metric import RSA

    return RSA(**options)


metric_registry["rsa"] = _rsa
