"""Centred kernel alignment."""

from typing import Any

from ...plugins.registries import metric_registry


def _cka(**options: Any) -> Any:
    from .metric import CKA

    return CKA(**options)


metric_registry["cka"] = _cka
