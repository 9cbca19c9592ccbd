"""Metric plugins: one folder each, with literal ``metric_registry[...]`` lines."""
