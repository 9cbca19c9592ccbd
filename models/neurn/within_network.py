"""NeuRN within a network: of the outputs of some of its layers."""

import copy
import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from ...activations.extraction import Extraction, ready_network
from ...activations.image_model import ImageModel
from ...activations.layer_outputs import hooked
from ...activations.network_input import WithInputStage, named_layers
from ...core.errors import ModelError
from ...core.image_loading import ImageSize, height_and_width
from .normalization import NeuRN


class NormalizedLayers(nn.Module):
    """Stands before a network whose layers are normalized, passes images on, and makes the change part of its print.

    Parameters
    ----------
    normalization : nn.Module
        What the layers' outputs go through.
    layers : sequence of str
        Their names.
    """

    def __init__(self, normalization: nn.Module, layers: Sequence[str]):
        super().__init__()
        self.normalization = normalization
        self.layers = tuple(layers)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the images."""
        return images

    def extra_repr(self) -> str:
        """Return the layers."""
        return f"layers={self.layers}"


class _Normalizing:
    """A hook whose result takes the place of a layer's output; an object, so that copies of a network have it too."""

    def __init__(self, normalization: nn.Module):
        self._normalization = normalization

    def __call__(self, module: nn.Module, args: Any, output: torch.Tensor) -> torch.Tensor:
        return self._normalization(output)


def after_first_convolution(model: ImageModel) -> nn.Module:
    """Return a copy of a model's network with NeuRN (k = 3) of its first convolution's output."""
    return with_normalized_layers(model.network, NeuRN(), first_convolution(model.network))


def after_each_stage(model: ImageModel) -> nn.Module:
    """Return a copy of a model's network with NeuRN (k = 3) of the last layer before each loss of resolution."""
    neurn = NeuRN()
    layers = ends_of_stages(model.network, model.layers, model.image_size, neurn.kernel_size)
    return with_normalized_layers(model.network, neurn, layers)


def with_normalized_layers(network: nn.Module, normalization: nn.Module, layers: Sequence[str]) -> nn.Module:
    """Return a copy of a network in which the outputs of layers are normalized; layers keep their names.

    Parameters
    ----------
    network : nn.Module
        Left as it is.
    normalization : nn.Module
        From activations (n_images, n_channels, height, width) to as many.
    layers : sequence of str
        Names of modules with such outputs.
    """
    network = copy.deepcopy(network)
    known = named_layers(network)
    for layer in layers:
        known[layer].register_forward_hook(_Normalizing(normalization))
    return WithInputStage(NormalizedLayers(normalization, layers), network)


def first_convolution(network: nn.Module) -> list[str]:
    """Return the name of the first ``nn.Conv2d``, in the order in which modules are defined.

    Raises
    ------
    ModelError
        If there is none.
    """
    for name, module in named_layers(network).items():
        if isinstance(module, nn.Conv2d):
            return [name]
    raise ModelError(f"This {type(network).__name__} has no convolution to put NeuRN behind.")


def ends_of_stages(network: nn.Module, layers: Sequence[str], image_size: ImageSize, smallest: int) -> list[str]:
    """Return, of candidate layers, those after which the next one has a lower resolution.

    Parameters
    ----------
    network : nn.Module
        Takes images of shape (n_images, 3, height, width).
    layers : sequence of str
        The candidate layers; those whose output is not a map are skipped.
    image_size : int or (int, int)
        Side length of a square, or height and width; in pixels.
    smallest : int
        Side length that a map must have at least.

    Raises
    ------
    ModelError
        If the resolution never changes.
    """
    sides: dict[str, int] = {}

    def receive(layer: str, output: torch.Tensor | None) -> None:
        if output is not None and output.ndim == 4 and min(output.shape[-2:]) >= smallest:
            sides[layer] = output.shape[-1]

    images = torch.rand((1, 3, *height_and_width(image_size)), generator=torch.Generator().manual_seed(0))
    with ready_network(network, Extraction()) as ready, hooked(ready.network, layers, receive), ready.mode():
        ready.see(images)
    in_order = list(sides)
    ends = [layer for layer, after in itertools.pairwise(in_order) if sides[after] < sides[layer]]
    if not ends:
        raise ModelError(f"This {type(network).__name__} has no stages: its candidate layers share one resolution.")
    return ends
