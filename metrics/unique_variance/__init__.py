"""What a model explains beyond a baseline: banded ridge on both."""

from ...plugins.registries import benchmarked_metrics, lazily, metric_registry

metric_registry["unique-variance-over-pixels"] = lazily(__package__, ".metric:UniqueVariance", "pixels")
metric_registry["unique-variance-over-gabor"] = lazily(__package__, ".metric:UniqueVariance", "gabor")

benchmarked_metrics["unique-variance-over-pixels"] = 7
benchmarked_metrics["unique-variance-over-gabor"] = 8
