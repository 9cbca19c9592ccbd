"""RSA of responses that a readout predicts."""

from ...plugins.registries import benchmarked_metrics, lazily, metric_registry

metric_registry["rsa-encoding"] = lazily(__package__, ".metric:EncodingRSA")

benchmarked_metrics["rsa-encoding"] = 9
