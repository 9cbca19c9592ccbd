"""How alike units and neuroids are tuned to gratings, as distributions of one property."""

from ...plugins.registries import lazily, metric_registry

metric_registry["orientation-selectivity"] = lazily(
    __package__, ".metric:TuningDistribution", "orientation-selectivity"
)
metric_registry["global-orientation-selectivity"] = lazily(
    __package__, ".metric:TuningDistribution", "global-orientation-selectivity"
)
metric_registry["preferred-orientation"] = lazily(__package__, ".metric:TuningDistribution", "preferred-orientation")
metric_registry["preferred-spatial-frequency"] = lazily(
    __package__, ".metric:TuningDistribution", "preferred-spatial-frequency"
)
