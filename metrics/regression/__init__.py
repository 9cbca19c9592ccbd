"""Single-neuron regression: ridge and partial least squares."""

from ...plugins.registries import benchmarked_metrics, lazily, metric_registry

metric_registry["ridge"] = lazily(__package__, ".metric:Ridge")
metric_registry["ridge-fixed-split"] = lazily(__package__, ".fixed_split:RidgeFixedSplit")
metric_registry["pls"] = lazily(__package__, ".metric:PLS")

benchmarked_metrics["ridge"] = 2
benchmarked_metrics["pls"] = 3
