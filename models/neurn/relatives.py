"""What a user might put in front of a network instead of NeuRN: normalizations of the image without parameters."""

import torch
from torch import nn
from torch.nn import functional

_EPSILON = 1e-5


class InstanceNormalization(nn.Module):
    """Each channel of each image gets mean 0 and variance 1 (Ulyanov et al. 2016)."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalize images of shape (n_images, n_channels, height, width)."""
        return functional.instance_norm(images, eps=_EPSILON)


class LocalResponseNormalization(nn.Module):
    """Each value is divided by the root mean square of its 5 x 5 px neighbourhood in all channels.

    The within-channel form of local response normalization (Krizhevsky et al. 2012: across channels):
    x / (0.1 + mean(x^2))^0.5 on values in [0, 1].
    """

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalize images of shape (n_images, n_channels, height, width)."""
        power = images.square().mean(dim=1, keepdim=True)
        pooled = functional.avg_pool2d(functional.pad(power, (2, 2, 2, 2), mode="reflect"), 5, stride=1)
        return images / (0.1 + pooled).sqrt()


class DivisiveNormalization(nn.Module):
    """Each value's square is divided by that of its surround: x^2 / (0.1^2 + pool(x^2)).

    The normalization model with exponent 2 (Heeger 1992; Carandini & Heeger 2012). The pool is a Gaussian window of
    9 x 9 px (sd 2 px) over all channels; its size and the constant are our choice, for values in [0, 1].
    """

    window: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", _gaussian_window())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalize images of shape (n_images, n_channels, height, width)."""
        squares = images.square()
        pool = _local_mean(squares.mean(dim=1, keepdim=True), self.window)
        return squares / (0.1**2 + pool)


class LocalContrastNormalization(nn.Module):
    """Subtract the local mean, then divide by the local standard deviation where it exceeds the image's mean one.

    Jarrett et al. 2009, with a Gaussian window of 9 x 9 px (sd 2 px).
    """

    window: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", _gaussian_window())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalize images of shape (n_images, n_channels, height, width)."""
        centred = images - _local_mean(images.mean(dim=1, keepdim=True), self.window)
        deviation = _local_mean(centred.square().mean(dim=1, keepdim=True), self.window).sqrt()
        floor = deviation.mean(dim=(1, 2, 3), keepdim=True).clamp_min(_EPSILON)
        return centred / torch.maximum(deviation, floor)


def _gaussian_window() -> torch.Tensor:
    line = torch.exp(-0.5 * (torch.arange(9) - 4.0).square() / 4)
    window = torch.outer(line, line)
    return (window / window.sum()).view(1, 1, 9, 9)


def _local_mean(maps: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
    return functional.conv2d(functional.pad(maps, (4, 4, 4, 4), mode="reflect"), window)
