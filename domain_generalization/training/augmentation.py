"""Augmentations of training images that are meant to help on unseen domains."""

import torch
from torch.nn import functional


def random_convolution(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Filter the batch with one random kernel, mixed with the original (RandConv of Xu et al., ICLR 2021).

    Half of the batches stay as they are. The kernel has a side of 1, 3, 5 or 7 px and He-normal weights; original and
    filtered images are mixed in a random proportion. The paper's consistency loss is left out: it would triple the
    budget.

    Parameters
    ----------
    images : torch.Tensor of shape (n_images, 3, height, width)
        In [0, 1].
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    torch.Tensor
        Of the same shape; may leave [0, 1].
    """
    if torch.rand((), generator=generator) < 0.5:
        return images
    size = 1 + 2 * int(torch.randint(4, (), generator=generator))
    kernel = torch.randn(3, 3, size, size, generator=generator) / (3 * size * size) ** 0.5
    share = torch.rand((), generator=generator).to(images.device)
    filtered = functional.conv2d(images, kernel.to(images.device), padding=size // 2)
    return share * images + (1 - share) * filtered


def style_jitter(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Change contrast (0.3 to 1.7), brightness (by up to 0.3) and the gain of each colour (0.5 to 1.5) of each image.

    Parameters
    ----------
    images : torch.Tensor of shape (n_images, 3, height, width)
        In [0, 1].
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    torch.Tensor
        Of the same shape, in [0, 1].
    """
    contrast = _uniform(0.3, 1.7, (len(images), 1, 1, 1), generator).to(images.device)
    brightness = _uniform(-0.3, 0.3, (len(images), 1, 1, 1), generator).to(images.device)
    gain = _uniform(0.5, 1.5, (len(images), 3, 1, 1), generator).to(images.device)
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return ((mean + contrast * (images - mean) + brightness) * gain).clamp(0, 1)


def _uniform(low: float, high: float, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator)
