"""The registry lines; brainscore-mouse imports this module when it is first asked what there is."""

from typing import Any

from brainscore_mouse import benchmark_registry, metric_registry, model_registry


def _edges() -> Any:
    from .edges import edges

    return edges()


def _rsa_pearson(**options: Any) -> Any:
    from .metric import RSAPearson

    return RSAPearson(**options)


def _benchmark() -> Any:
    from .area import benchmark

    return benchmark()


model_registry["example-edges"] = _edges
metric_registry["example-rsa-pearson"] = _rsa_pearson
benchmark_registry["example-mouse-LGd-example-rsa-pearson"] = _benchmark
