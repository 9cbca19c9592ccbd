"""Modules that stand before a network and make its input out of images with values in [0, 1]."""

from collections.abc import Sequence

import torch
from torch import nn


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
        return self.network(self.input_stage(images))


def named_layers(network: nn.Module) -> dict[str, nn.Module]:
    """Return the layers of a network by name, looking through the stages put before it."""
    while isinstance(network, WithInputStage):
        network = network.network
    return {name: module for name, module in network.named_modules() if name}
