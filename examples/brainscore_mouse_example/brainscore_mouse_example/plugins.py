"""What the package adds; brainscore-mouse imports this module when it is first asked what there is."""

from typing import Any

from brainscore_mouse import register_dataset, register_metric, register_model


@register_model("example-edges")
def _edges() -> Any:
    from .edges import edges

    return edges()


@register_metric("example-rsa-pearson")
def _rsa_pearson(**options: Any) -> Any:
    from .metric import RSAPearson

    return RSAPearson(**options)


@register_dataset("example-mouse", areas=["LGd"])
def _example_mouse() -> Any:
    from .area import recordings

    return recordings()
