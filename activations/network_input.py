"""Modules that stand before a network and make its input out of images with values in [0, 1]."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from ..core.errors import ModelError

# Under which torch.compile's wrapper keeps the module that it was given.
_COMPILED = "_orig_mod"
_N_COLOURS = 3


class ChannelNormalization(nn.Module):
    """Subtract a mean from each colour channel and divide by a standard deviation.

    Parameters
    ----------
    mean, std : sequence of float
        One value per channel, on the scale of images in [0, 1].
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]):
        super().__init__()
        # Buffers, so that they move with the network and count in its fingerprint.
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(-1, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalize images of shape (n_images, n_channels, height, width)."""
        return (images - self.mean) / self.std


class GrayChannel(nn.Module):
    """Turn RGB images into gray ones: the mean of the three channels, which are equal for gray stimuli."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return gray images of shape (n_images, 1, height, width)."""
        return images.mean(dim=1, keepdim=True)


class WithInputStage(nn.Module):
    """A network behind a stage that transforms its input; layers keep the names they have in the network.

    Parameters
    ----------
    input_stage : nn.Module
        From images to what `network` takes.
    network : nn.Module
        Used as it is, and not copied.
    """

    def __init__(self, input_stage: nn.Module, network: nn.Module):
        super().__init__()
        self.input_stage = input_stage
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Run the input stage, then the network."""
        return self.network(in_type_of(self.network, self.input_stage(images)))


def in_type_of(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Convert images to the type of a network's weights, as Brain-Score does; stages take them as they are."""
    if isinstance(network, WithInputStage):
        return images
    weights = next((parameter for parameter in network.parameters() if parameter.is_floating_point()), images)
    return images.to(weights.dtype)


def uncompiled(network: nn.Module) -> nn.Module:
    """Return the network that torch.compile was given; any other network as it is."""
    while _COMPILED in network._modules:
        network = network._modules[_COMPILED]  # type: ignore[assignment]
    return network


def channels_hint(network: nn.Module) -> str:
    """Return what to do where a network failed for RGB images; empty if its first convolution takes three channels."""
    first = next((module for module in network.modules() if isinstance(module, nn.Conv2d)), None)
    if first is None or first.in_channels == _N_COLOURS:
        return ""
    if first.in_channels == 1:
        return (
            ". Its first convolution takes one channel: pass n_channels=1 to ImageModel, which then shows it gray "
            "images"
        )
    return f". Its first convolution takes {first.in_channels} channels, and images have {_N_COLOURS}"


def innermost(network: nn.Module) -> nn.Module:
    """Return a network without the stages before it, and as it was before torch.compile."""
    network = uncompiled(network)
    while isinstance(network, WithInputStage):
        network = uncompiled(network.network)
    return network


def named_layers(network: nn.Module) -> dict[str, nn.Module]:
    """Return the layers of a network by name, looking through the stages put before it and through torch.compile."""
    network = innermost(network)
    # What was compiled comes after its wrapper, and takes its name.
    named = {
        ".".join(part for part in name.split(".") if part != _COMPILED): module
        for name, module in network.named_modules()
    }
    return {name: module for name, module in named.items() if name}


@contextlib.contextmanager
def without_use_of(network: nn.Module, model_identifier: str) -> Iterator[None]:
    """Raise ModelError where a pass of a network's copy, inside the block, uses the network itself.

    A function that refers to the network, as a `forward` of an instance or a hook may, is not copied with it.

    Parameters
    ----------
    network : nn.Module
        The original.
    model_identifier : str
        Name of the model for the error message.
    """

    def refuse(what: str) -> None:
        raise ModelError(
            f"{model_identifier} cannot be copied: its copy still uses {what} of the original, since a forward, a hook "
            "or a function that it keeps refers to the network. Have it reach its own modules by self, in the class of "
            "a module."
        )

    modules = {id(module): name for name, module in network.named_modules()}
    tensors = [*network.named_parameters(), *network.named_buffers()]

    def before(module: nn.Module, args: Any) -> None:
        if id(module) in modules:
            refuse(f"the module {modules[id(module)]!r}")

    handle = register_module_forward_pre_hook(before)
    try:
        with _Watch({id(tensor): name for name, tensor in tensors}, refuse):
            yield
    finally:
        handle.remove()


class _Watch(TorchFunctionMode):
    """Tells which of some tensors torch's functions are called with."""

    def __init__(self, names: Mapping[int, str], tell: Callable[[str], None]):
        super().__init__()
        self._names = names
        self._tell = tell

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        for value in tree_leaves((args, kwargs)):
            if id(value) in self._names:
                self._tell(repr(self._names[id(value)]))
        return function(*args, **kwargs)
