"""The floor: image values themselves, plain and after neural response normalization."""

from typing import Any

from ...plugins.registries import model_registry


def _pixels() -> Any:
    from .image_models import pixels

    return pixels()


def _neurn_pixels() -> Any:
    from .image_models import neurn_pixels

    return neurn_pixels()


model_registry["pixels"] = _pixels
model_registry["neurn-pixels"] = _neurn_pixels
