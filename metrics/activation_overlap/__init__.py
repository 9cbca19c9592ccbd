"""Overlap of the activation distributions of single neuroids and single units (Qazi, Jalil and Iqbal)."""

from typing import Any

from ...plugins.registries import metric_registry


def _activation_overlap(**options: Any) -> Any:
    from .metric import ActivationOverlap

    return ActivationOverlap(**options)


metric_registry["activation-overlap"] = _activation_overlap
