"""Centred kernel alignment."""

from ...plugins.registries import benchmarked_metrics, lazily, metric_registry

metric_registry["cka"] = lazily(__package__, ".metric:CKA")

benchmarked_metrics["cka"] = 6
