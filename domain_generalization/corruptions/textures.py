"""Random textures: clouds and frost."""

from collections.abc import Sequence

import torch

from .filters import filtered, gaussian_blurred, line_kernels


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


def frost_layer(height: int, width: int, generators: Sequence[torch.Generator]) -> torch.Tensor:
    """Make a texture of ice needles in several directions on a bluish ground, denser in some places.

    Returns
    -------
    torch.Tensor of shape (n_textures, 3, height, width)
        In [0, 1].
    """
    size = max(height, width)
    density = clouds(size, 1.8, generators)[:, None, :height, :width]
    needles = torch.zeros(len(generators), 1, height, width)
    length = max(2, min(height, width) // 12)
    for _ in range(4):
        seeds = torch.stack([torch.rand(1, height, width, generator=generator) for generator in generators])
        angles = [float(360 * torch.rand((), generator=generator)) for generator in generators]
        lines = filtered((seeds > 0.98).float(), line_kernels(length, length, angles))
        needles = torch.maximum(needles, lines / lines.amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-6))
    ice = (0.35 + 0.65 * gaussian_blurred(needles, 0.6)) * (0.3 + 0.7 * density)
    tint = torch.tensor([0.85, 0.95, 1.0]).view(1, 3, 1, 1)
    return (ice * tint * 1.25).clamp(0, 1)
