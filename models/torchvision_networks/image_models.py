"""torchvision's networks as models of visual cortex."""

from torch import nn

from ...activations.image_model import ImageModel
from ...activations.layered_model import READOUT_REGION, LayeredModel
from ...activations.network_input import ChannelNormalization, WithInputStage
from ..neurn.with_neurn import with_neurn
from ..untrained_networks import UntrainedNetworks, seeded
from ..weights_status import WeightsStatus
from .architectures import ARCHITECTURES
from .by_name import layouts_of
from .library import WeightsEnum, torchvision
from .weights import hub_path, pretrained_state


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
    network = _network_without_weights(identifier)
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


def untrained(identifier: str) -> UntrainedNetworks:
    """Return the same network as torchvision initializes it, with several weight seeds: the untrained control.

    Parameters
    ----------
    identifier : str
        A key of `ARCHITECTURES`; the model's identifier is ``<identifier>-random``.
    """

    def make(seed: int) -> ImageModel:
        network = seeded(lambda: _network_without_weights(identifier), seed)
        return _image_model(f"{identifier}-random.{seed}", identifier, network, _imagenet_weights(identifier))

    return UntrainedNetworks(f"{identifier}-random", make)


def weights_status() -> dict[str, WeightsStatus]:
    """Return where each network's ImageNet weights are."""
    files = {identifier: hub_path(_imagenet_weights(identifier).url) for identifier in ARCHITECTURES}
    return {
        identifier: WeightsStatus(path) if path.is_file() else WeightsStatus(None, "downloaded on first use")
        for identifier, path in files.items()
    }


def _imagenet_weights(identifier: str) -> WeightsEnum:
    return getattr(torchvision.models, ARCHITECTURES[identifier].weights).IMAGENET1K_V1


def _network_without_weights(identifier: str) -> nn.Module:
    return getattr(torchvision.models, ARCHITECTURES[identifier].builder)(weights=None)


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
        layouts=layouts_of(network, ARCHITECTURES[architecture].layers),
    )
