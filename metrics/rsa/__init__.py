"""Representational similarity analysis."""

from ...plugins.registries import benchmarked_metrics, lazily, metric_registry

metric_registry["rsa"] = lazily(__package__, ".metric:RSA")

benchmarked_metrics["rsa"] = 1
