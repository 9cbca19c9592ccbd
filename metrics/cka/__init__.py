"""Centred kernel alignment."""

from ...plugins.registries import lazily, metric_registry

metric_registry["cka"] = lazily(__package__, ".metric:CKA")
