"""torchvision's networks as models of visual cortex."""

import torch
import torchvision
from torch import nn
from torchvision.models import WeightsEnum

from ...activations.image_model import ImageModel
from ...activations.layered_model import READOUT_REGION, LayeredModel
from ...activations.network_input import ChannelNormalization, WithInputStage
from ..downloads import WeightsStatus
from ..neurn.with_neurn import with_neurn
from .architectures import ARCHITECTURES
from .weights import hub_path, pretrained_state

RANDOM_SEED = 0


def pretrained(identifier: str) -> ImageModel:
    """Return a network with its ImageNet weights (torchvision's IMAGENET1K_V1).

    Parameters
    ----------
    identifier : str
        A key of `ARCHITECTURES`.

    Raises
    ------
    WeightsUnavailableError
        If the weights are neither on this machine nor to be downloaded. Random weights never take their
        place.
    """
    weights = _imagenet_weights(identifier)
    state = pretrained_state(identifier, weights)
    network = _untrained_network(identifier)
    network.load_state_dict(state)
    return _image_model(identifier, identifier, network, weights)


def pretrained_with_neurn(identifier: str) -> LayeredModel:
    """Return `pretrained`, which sees images through NeuRN.

    Parameters
    ----------
    identifier : str
        A key of `ARCHITECTURES`; the model's identifier is ``<identifier>-neurn``.
    """
    return with_neurn(pretrained(identifier))


def randomly_initialised(identifier: str) -> ImageModel:
    """Return the same network as torchvision initialises it, under a fixed seed: the untrained control.

    The caller's random numbers are not disturbed. For a given torch and torchvision the weights are the same
    on any machine, up to the rounding of its processor's vector functions.

    Parameters
    ----------
    identifier : str
        A key of `ARCHITECTURES`; the model's identifier is ``<identifier>-random``.
    """
    network = _untrained_network(identifier)
    return _image_model(f"{identifier}-random", identifier, network, _imagenet_weights(identifier))


def weights_status() -> dict[str, WeightsStatus]:
    """Return where each network's ImageNet weights are."""
    files = {identifier: hub_path(_imagenet_weights(identifier).url) for identifier in ARCHITECTURES}
    return {
        identifier: WeightsStatus(path) if path.is_file() else WeightsStatus(None, "downloaded on first use")
        for identifier, path in files.items()
    }


def _imagenet_weights(identifier: str) -> WeightsEnum:
    return getattr(torchvision.models, ARCHITECTURES[identifier].weights).IMAGENET1K_V1


def _untrained_network(identifier: str) -> nn.Module:
    builder = getattr(torchvision.models, ARCHITECTURES[identifier].builder)
    # Initialisation draws on the CPU, so that the weights are the same with and without a GPU.
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(RANDOM_SEED)
        return builder(weights=None)


def _image_model(model_identifier: str, architecture: str, network: nn.Module, weights: WeightsEnum) -> ImageModel:
    preprocessing = weights.transforms()
    normalization = ChannelNormalization(preprocessing.mean, preprocessing.std)
    readout = ARCHITECTURES[architecture].readout
    return ImageModel(
        model_identifier,
        WithInputStage(normalization, network),
        ARCHITECTURES[architecture].layers,
        image_size=preprocessing.crop_size[0],
        region_layer_map={READOUT_REGION: readout} if readout else None,
    )
