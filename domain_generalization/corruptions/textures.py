"""Random textures: clouds and frost."""

from collections.abc import Sequence
from functools import lru_cache

import torch

from .filters import filtered, gaussian_blurred, line_kernels

_N_FROST_TEXTURES = 5


def clouds(size: int, decay: float, generators: Sequence[torch.Generator]) -> torch.Tensor:
    """Make fractal clouds by the diamond-square algorithm.

    Parameters
    ----------
    size : int
        Side length in pixels.
    decay : float
        Each finer scale is weaker by this factor.
    generators : sequence of torch.Generator
        One per texture.

    Returns
    -------
    torch.Tensor of shape (n_textures, size, size)
        In [0, 1], both of which occur (before the cut to `size`).
    """
    side = 1 << (size - 1).bit_length()
    noise = torch.stack([2 * torch.rand(side, side, generator=generator) - 1 for generator in generators])
    heights = torch.zeros_like(noise)
    step, roughness = side, 1.0
    while step >= 2:
        half = step // 2
        corners = heights[:, ::step, ::step]
        beside = corners + corners.roll(-1, dims=2)
        centres = (beside + beside.roll(-1, dims=1)) / 4 + roughness * noise[:, half::step, half::step]
        heights[:, half::step, half::step] = centres
        across = (beside + centres + centres.roll(1, dims=1)) / 4
        heights[:, ::step, half::step] = across + roughness * noise[:, ::step, half::step]
        along = (corners + corners.roll(-1, dims=1) + centres + centres.roll(1, dims=2)) / 4
        heights[:, half::step, ::step] = along + roughness * noise[:, half::step, ::step]
        step, roughness = half, roughness / decay
    heights = heights - heights.amin(dim=(1, 2), keepdim=True)
    return (heights / heights.amax(dim=(1, 2), keepdim=True))[:, :size, :size]


def frost_crop(size: int, generator: torch.Generator) -> torch.Tensor:
    """Cut a random piece out of one of five textures of frost: (3, size, size), in [0, 1]."""
    textures = _frost_textures(2 * size)
    which, top, left = (int(torch.randint(end, (), generator=generator)) for end in (len(textures), size, size))
    return textures[which, :, top : top + size, left : left + size]


@lru_cache(maxsize=2)
def _frost_textures(size: int) -> torch.Tensor:
    """Make textures of ice needles in several directions on a bluish ground, denser in some places."""
    generators = [torch.Generator().manual_seed(seed) for seed in range(_N_FROST_TEXTURES)]
    density = clouds(size, 1.8, generators)[:, None]
    needles = torch.zeros(len(generators), 1, size, size)
    length = max(2, size // 24)
    for _ in range(4):
        seeds = torch.stack([torch.rand(1, size, size, generator=generator) for generator in generators])
        angles = [float(360 * torch.rand((), generator=generator)) for generator in generators]
        lines = filtered((seeds > 0.98).float(), line_kernels(length, length, angles))
        needles = torch.maximum(needles, lines / lines.amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-6))
    ice = (0.55 + 1.2 * gaussian_blurred(needles, 0.6)) * (0.6 + 0.6 * density)
    tint = torch.tensor([0.9, 0.97, 1.0]).view(1, 3, 1, 1)
    return (ice * tint).clamp(0, 1)
