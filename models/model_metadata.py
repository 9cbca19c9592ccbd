"""What the makers of a model's weights say of them: input, training data, licence, paper."""

import importlib.metadata
import re
from dataclasses import dataclass

from .efficientnet_lite.architectures import ARCHITECTURES as LITE
from .model_name import ModelName

UNTRAINED = "none: random weights"
NOT_LICENSED = "not applicable: no trained weights"
_RANDOM = re.compile(r"-random$")
_NOT_TRAINED = ("pixels", "gabor", "luminance-contrast", "spatial-frequency")
_IMAGENET_1K = "ImageNet-1k"
_TORCHVISION_SIZE = 224
# As torchvision says of its weights IMAGENET1K_V1; asking it would take seconds.
_TRAINED_AS = "tree/main/references/classification"
TORCHVISION_RECIPES = {
    "alexnet": f"{_TRAINED_AS}#alexnet-and-vgg",
    "vgg11": f"{_TRAINED_AS}#alexnet-and-vgg",
    "vgg16": f"{_TRAINED_AS}#alexnet-and-vgg",
    "vgg19": f"{_TRAINED_AS}#alexnet-and-vgg",
    "resnet18": f"{_TRAINED_AS}#resnet",
    "resnet34": f"{_TRAINED_AS}#resnet",
    "resnet50": f"{_TRAINED_AS}#resnet",
    "resnet101": f"{_TRAINED_AS}#resnet",
    "mobilenet-v2": f"{_TRAINED_AS}#mobilenetv2",
    "densenet121": "pull/116",
    "squeezenet1-1": "pull/49#issuecomment-277560717",
    "efficientnet-b0": f"{_TRAINED_AS}#efficientnet-v1",
    "convnext-tiny": f"{_TRAINED_AS}#convnext",
    "vit-b-16": f"{_TRAINED_AS}#vit_b_16",
}
"""Where the recipe of training of each network of torchvision is, below torchvision's repository."""
# Parts of timm's tags, such as augreg_in21k_ft_in1k.
_DATA_OF_TAG = {
    "in1k": _IMAGENET_1K,
    "in12k": "ImageNet-12k",
    "in21k": "ImageNet-21k",
    "in22k": "ImageNet-22k",
    "laion2b": "LAION-2B",
    "laion400m": "LAION-400M",
    "openai": "WIT-400M (CLIP)",
    "lvd142m": "LVD-142M",
    "lvd1689m": "LVD-1689M",
    "yfcc100m": "YFCC-100M",
    "webli": "WebLI",
    "jft": "JFT",
    "inat21": "iNaturalist 2021",
}


@dataclass(frozen=True)
class ModelMetadata:
    """What is known of a model's weights; None where nobody says.

    Attributes
    ----------
    input : str or None
        Height and width in pixels of the images that it was made for.
    training_data : str or None
        Names of data sets, in the order of training.
    licence : str or None
        Of the weights.
    paper : str or None
        Name or address of the publication, or of the recipe of training.
    """

    input: str | None = None
    training_data: str | None = None
    licence: str | None = None
    paper: str | None = None


def model_metadata(name: ModelName) -> ModelMetadata:
    """Look up what torchvision, timm or the package of the weights says of a model, without making the model.

    Parameters
    ----------
    name : ModelName
        Its name.
    """
    base, is_random = _RANDOM.subn("", name.base.removesuffix("-neurn"))
    found = _of_weights(name.prefix, base)
    if is_random:
        return ModelMetadata(found.input, UNTRAINED, NOT_LICENSED, found.paper)
    return found


def _of_weights(prefix: str | None, base: str) -> ModelMetadata:
    if prefix == "timm":
        return _of_timm(base)
    if prefix is not None:
        return ModelMetadata()
    if base in LITE:
        size, package = LITE[base].image_size, LITE[base].weights_package
        return ModelMetadata(size_in_words(size, size), _IMAGENET_1K, _licence_of(package))
    if base in TORCHVISION_RECIPES:
        recipe = f"https://github.com/pytorch/vision/{TORCHVISION_RECIPES[base]}"
        return ModelMetadata(size_in_words(_TORCHVISION_SIZE, _TORCHVISION_SIZE), _IMAGENET_1K, None, recipe)
    if base.removeprefix("neurn-") in _NOT_TRAINED:
        return ModelMetadata(training_data="none: not a trained network", licence=NOT_LICENSED)
    return ModelMetadata()


def _of_timm(name: str) -> ModelMetadata:
    import timm  # takes seconds, and most leaderboards have none of its networks

    settings = timm.get_pretrained_cfg(name)
    if settings is None:
        return ModelMetadata()
    _, height, width = settings.input_size
    words = re.split(r"[._-]", settings.tag or "")
    data = [_DATA_OF_TAG[word] for word in words if word in _DATA_OF_TAG]
    return ModelMetadata(
        size_in_words(height, width),
        ", then ".join(dict.fromkeys(data)) or None,
        settings.license or None,
        _text(settings.paper_ids) or settings.paper_name or settings.origin_url or None,
    )


def size_in_words(height: int, width: int) -> str:
    """Return the size of an image, in pixels, for people."""
    return f"{height} x {width} px"


def _licence_of(package: str) -> str | None:
    """Return the licence that an installed package states."""
    try:
        stated = importlib.metadata.metadata(package)
    except importlib.metadata.PackageNotFoundError:
        return None
    licence = stated["License"] if "License" in stated else ""
    return None if licence in ("", "UNKNOWN") else licence


def _text(identifiers: str | tuple[str, ...] | None) -> str:
    return ", ".join(identifiers) if isinstance(identifiers, tuple) else identifiers or ""
