"""Overlap of the activation distributions of single neuroids and single units (Qazi, Jalil and Iqbal)."""

from ...plugins.registries import benchmarked_metrics, lazily, metric_registry

metric_registry["activation-overlap"] = lazily(__package__, ".metric:ActivationOverlap")

benchmarked_metrics["activation-overlap"] = 5
