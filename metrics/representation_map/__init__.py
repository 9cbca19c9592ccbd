"""Neural representation maps (Qazi, Jalil and Iqbal), compared by their RMSE."""

from ...plugins.registries import benchmarked_metrics, lazily, metric_registry

metric_registry["map-rmse"] = lazily(__package__, ".metric:MapRMSE")

benchmarked_metrics["map-rmse"] = 4
