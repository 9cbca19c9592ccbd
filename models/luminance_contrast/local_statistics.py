"""Means and standard deviations of the luminance in patches."""

import torch
from torch import nn
from torch.nn import functional

PATCH = 8
_LUMINANCE = (0.299, 0.587, 0.114)


class LuminanceAndContrast(nn.Module):
    """Luminance and contrast of each patch, one beside the other."""

    def __init__(self) -> None:
        super().__init__()
        self.luminance = Luminance()
        self.contrast = Contrast()
        self.both = nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return both of images in [0, 1], of shape (n_images, 2, height / PATCH, width / PATCH)."""
        both: torch.Tensor = self.both(torch.cat([self.luminance(images), self.contrast(images)], dim=1))
        return both


class Luminance(nn.Module):
    """The mean luminance of each patch."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return means of shape (n_images, 1, height / PATCH, width / PATCH)."""
        return functional.avg_pool2d(_luminance(images), PATCH)


class Contrast(nn.Module):
    """The standard deviation of the luminance within each patch."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return standard deviations of shape (n_images, 1, height / PATCH, width / PATCH)."""
        patches = functional.pixel_unshuffle(_luminance(images), PATCH)
        return patches.std(dim=1, correction=0, keepdim=True)


def _luminance(images: torch.Tensor) -> torch.Tensor:
    return (images * images.new_tensor(_LUMINANCE).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
