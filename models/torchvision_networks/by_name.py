"""Any classification network of torchvision, with any of its published weights."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any

from torch import nn

from ...activations.candidate_layers import candidate_layers
from ...activations.image_model import ImageModel
from ...activations.layer_outputs import LayerLayout
from ...activations.layered_model import READOUT_REGION
from ...activations.network_input import ChannelNormalization, WithInputStage
from ...core.errors import UnknownIdentifierError
from ...plugins.unknown_identifier import closest_names
from ..downloads import url_status
from ..sources import RANDOM, ListedModel
from ..untrained_networks import seeded
from ..weights_status import WeightsStatus
from .architectures import ARCHITECTURES
from .library import WeightsEnum, torchvision
from .weights import pretrained_state

_BY_BUILDER = {architecture.builder: architecture for architecture in ARCHITECTURES.values()}


class TorchvisionSource:
    """``torchvision:<network>[.<weights>]``; see :class:`~brainscore_mouse.models.sources.ModelSource`."""

    description = "classification networks of torchvision, such as torchvision:resnet18.IMAGENET1K_V1"
    has_untrained = True

    def canonical(self, name: str) -> str:
        """Return the name with its weights, torchvision's default where none are named; see `ModelSource`."""
        builder, _, weights = name.partition(".")
        if builder not in _builders():
            raise _unknown(name)
        entries = torchvision.models.get_model_weights(builder)
        if not weights or weights == "DEFAULT":
            return f"{builder}.{entries.DEFAULT.name}"
        if weights not in entries.__members__:
            raise _unknown(name)
        return f"{builder}.{entries[weights].name}"

    def canonical_untrained(self, name: str) -> str:
        """Return the name; see `ModelSource`. With weights, their settings of the input are used."""
        return name if name in _builders() else self.canonical(name)

    def pretrained(self, name: str) -> ImageModel:
        """Make a network with its weights, whose file's hash is checked; see `ModelSource`."""
        weights = _weights_of(name)
        state = pretrained_state(f"torchvision:{name}", weights)
        network = _network(name, weights)
        network.load_state_dict(state)
        return _image_model(f"torchvision:{name}", name, network, weights)

    def untrained(self, name: str, seed: int) -> ImageModel:
        """Make a network as torchvision initializes it; see `ModelSource`."""
        weights = _weights_of(self.canonical(name))
        network = seeded(lambda: _network(name, weights), seed)
        return _image_model(f"torchvision:{name}{RANDOM}.{seed}", name, network, weights)

    def weights(self, name: str) -> WeightsStatus:
        """Tell where the weights are; see `ModelSource`."""
        return url_status(_weights_of(name).url)

    def untrained_needs(self, name: str) -> None:
        """Return None: nothing is needed."""

    def listed(self) -> Sequence[ListedModel]:
        """Return all networks with each of their weights; see `ModelSource`."""
        return [
            ListedModel(f"{builder}.{weights.name}", weights.meta["num_params"], weights.transforms().crop_size[0])
            for builder, weights in _published()
        ]


@functools.cache
def _builders() -> tuple[str, ...]:
    # Those of this module classify images; quantized, segmentation, detection and video networks have modules below it.
    return tuple(torchvision.models.list_models(module=torchvision.models))


def _published() -> Iterator[tuple[str, WeightsEnum]]:
    """Yield each network with each of its published weights."""
    for builder in _builders():
        for weights in torchvision.models.get_model_weights(builder):
            yield builder, weights


def _unknown(name: str) -> UnknownIdentifierError:
    known = [f"{builder}.{weights.name}" for builder, weights in _published()]
    return UnknownIdentifierError(
        f"torchvision {torchvision.__version__} has no classification network {name!r}. Closest: "
        f"{closest_names(name, known, 'torchvision:')}."
    )


def _weights_of(name: str) -> WeightsEnum:
    builder, _, weights = name.partition(".")
    found: WeightsEnum = torchvision.models.get_model_weights(builder)[weights]
    return found


def _network(name: str, weights: WeightsEnum) -> nn.Module:
    builder = name.partition(".")[0]
    options: dict[str, Any] = {}
    if builder in ("googlenet", "inception_v3"):
        # Their published weights are of networks that rescale their input, and were initialized in an own way.
        options = {"transform_input": True, "init_weights": True}
    elif builder.startswith("vit_"):  # made for one size of the input, which weights differ in
        options = {"image_size": weights.meta["min_size"][0]}
    network: nn.Module = torchvision.models.get_model(builder, weights=None, **options)
    return network


def _image_model(identifier: str, name: str, network: nn.Module, weights: WeightsEnum) -> ImageModel:
    transforms = weights.transforms()
    image_size, resized_size = transforms.crop_size[0], transforms.resize_size[0]
    model = WithInputStage(ChannelNormalization(transforms.mean, transforms.std), network)
    known = _BY_BUILDER.get(name.partition(".")[0])
    layers = list(known.layers) if known else candidate_layers(model, image_size)
    readout = known.readout if known else None
    return ImageModel(
        identifier,
        model,
        layers,
        image_size,
        region_layer_map={READOUT_REGION: readout} if readout else None,
        interpolation=transforms.interpolation.value,
        resized_size=max(image_size, resized_size),
        layouts=layouts_of(network, layers),
    )


def layouts_of(network: nn.Module, layers: Sequence[str]) -> dict[str, LayerLayout]:
    """Return where the channels of torchvision's transformers are: a class token first in ViT, last axis in Swin.

    Parameters
    ----------
    network : nn.Module
        Of torchvision.
    layers : sequence of str
        Names of its modules.
    """
    if isinstance(network, torchvision.models.VisionTransformer):
        return {layer: LayerLayout(n_prefix_tokens=1) for layer in layers if layer.startswith("encoder.")}
    if isinstance(network, torchvision.models.SwinTransformer):
        return {
            layer: LayerLayout(is_channels_last=True) for layer in layers if layer.startswith(("features.", "norm"))
        }
    return {}
