"""Networks of torchvision: with their ImageNet weights, with random weights, and behind NeuRN."""

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
model_registry["alexnet"] = _pretrained("alexnet")
model_registry["alexnet-random"] = _random("alexnet")
model_registry["alexnet-neurn"] = _neurn("alexnet")
model_registry["vgg11"] = _pretrained("vgg11")
model_registry["vgg11-random"] = _random("vgg11")
model_registry["vgg11-neurn"] = _neurn("vgg11")
model_registry["vgg16"] = _pretrained("vgg16")
model_registry["vgg16-random"] = _random("vgg16")
model_registry["vgg16-neurn"] = _neurn("vgg16")
model_registry["vgg19"] = _pretrained("vgg19")
model_registry["vgg19-random"] = _random("vgg19")
model_registry["vgg19-neurn"] = _neurn("vgg19")
model_registry["resnet18"] = _pretrained("resnet18")
model_registry["resnet18-random"] = _random("resnet18")
model_registry["resnet18-neurn"] = _neurn("resnet18")
model_registry["resnet34"] = _pretrained("resnet34")
model_registry["resnet34-random"] = _random("resnet34")
model_registry["resnet34-neurn"] = _neurn("resnet34")
model_registry["resnet50"] = _pretrained("resnet50")
model_registry["resnet50-random"] = _random("resnet50")
model_registry["resnet50-neurn"] = _neurn("resnet50")
model_registry["resnet101"] = _pretrained("resnet101")
model_registry["resnet101-random"] = _random("resnet101")
model_registry["resnet101-neurn"] = _neurn("resnet101")
model_registry["mobilenet-v2"] = _pretrained("mobilenet-v2")
model_registry["mobilenet-v2-random"] = _random("mobilenet-v2")
model_registry["mobilenet-v2-neurn"] = _neurn("mobilenet-v2")
model_registry["densenet121"] = _pretrained("densenet121")
model_registry["densenet121-random"] = _random("densenet121")
model_registry["densenet121-neurn"] = _neurn("densenet121")
model_registry["squeezenet1-1"] = _pretrained("squeezenet1-1")
model_registry["squeezenet1-1-random"] = _random("squeezenet1-1")
model_registry["squeezenet1-1-neurn"] = _neurn("squeezenet1-1")
model_registry["efficientnet-b0"] = _pretrained("efficientnet-b0")
model_registry["efficientnet-b0-random"] = _random("efficientnet-b0")
model_registry["efficientnet-b0-neurn"] = _neurn("efficientnet-b0")
model_registry["convnext-tiny"] = _pretrained("convnext-tiny")
model_registry["convnext-tiny-random"] = _random("convnext-tiny")
model_registry["convnext-tiny-neurn"] = _neurn("convnext-tiny")
model_registry["vit-b-16"] = _pretrained("vit-b-16")
model_registry["vit-b-16-random"] = _random("vit-b-16")
model_registry["vit-b-16-neurn"] = _neurn("vit-b-16")
