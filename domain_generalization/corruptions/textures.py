"""Random textures: clouds, smooth noise and frost."""

import math
from functools import lru_cache

import numpy as np
import torch

from .draws import N_LEVELS, generator_from, levels, standard_normal, symmetric_uniform
from .filters import gaussian_blurred, gaussian_matrix, motion_blurred

_N_FROST_TEXTURES = 5
# Scales of clouds that are made by one product: for so few pixels, calls take longer than sums.
_N_COARSE_SCALES = 4
# Of smooth noise, what the filter weakens more than a hundredfold is left out: 1 % or less of the noise.
_NEGLIGIBLE = 1e-2


def clouds(size: int, decay: float, generator: np.random.Generator) -> torch.Tensor:
    """Make fractal clouds by the diamond-square algorithm on a torus, as ImageNet-C's ``plasma_fractal``.

    Parameters
    ----------
    size : int
        Side length in pixels.
    decay : float
        Each finer scale is weaker by the square of this factor, as in ImageNet-C.
    generator : np.random.Generator

    Returns
    -------
    torch.Tensor of shape (size, size)
        In [0, 1], both of which occur (before the cut to `size`).
    """
    n_scales = (size - 1).bit_length()
    n_coarse = min(n_scales, _N_COARSE_SCALES)
    noise = symmetric_uniform((4**n_scales,), generator)
    used = 4**n_coarse
    heights = (_coarse_clouds(n_coarse, decay) @ noise[:used]).view(1 << n_coarse, 1 << n_coarse)
    for scale in range(n_coarse, n_scales):
        heights = _refined(heights, noise[used : 4 * used] * decay ** (-2 * scale))
        used *= 4
    lowest, highest = heights.amin(), heights.amax()
    return heights[:size, :size].sub(lowest).div_(highest - lowest)


def _refined(heights: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Put the mean of four neighbours plus noise between the heights (..., n, n) of a torus: (..., 2 n, 2 n)."""
    n = heights.shape[-1]
    of_centres, of_across, of_along = noise.view(*heights.shape[:-2], 3, n, n).unbind(-3)
    beside, below = heights + heights.roll(-1, dims=-1), heights + heights.roll(-1, dims=-2)
    centres = torch.add(of_centres, beside + beside.roll(-1, dims=-2), alpha=0.25)
    across = torch.add(of_across, beside.add_(centres).add_(centres.roll(1, dims=-2)), alpha=0.25)
    along = torch.add(of_along, below.add_(centres).add_(centres.roll(1, dims=-1)), alpha=0.25)
    refined = heights.new_empty(*heights.shape[:-2], 2 * n, 2 * n)
    refined[..., ::2, ::2], refined[..., ::2, 1::2] = heights, across
    refined[..., 1::2, ::2], refined[..., 1::2, 1::2] = along, centres
    return refined


@lru_cache(maxsize=16)
def _coarse_clouds(n_scales: int, decay: float) -> torch.Tensor:
    """Return the matrix from the noise of the coarsest scales, whose first number is not used, to the heights."""
    noise = torch.eye(4**n_scales)
    heights = torch.zeros(len(noise), 1, 1)
    for scale in range(n_scales):
        heights = _refined(heights, noise[:, 4**scale : 4 ** (scale + 1)] * decay ** (-2 * scale))
    return heights.flatten(1).T.contiguous()


def smooth_noise_factors(
    n_fields: int, size: int, sd: float, generator: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Make noise that is uniform between -1 and 1, filtered by a Gaussian that is cut at 3 sd.

    The filter's singular vectors see hundreds of pixels or more, so the noise's coefficients on them are normal; only
    those that the filter leaves are drawn.

    Parameters
    ----------
    n_fields : int
    size : int
        Side length in pixels.
    sd : float
        Of the Gaussian, in pixels.
    generator : np.random.Generator

    Returns
    -------
    modes : torch.Tensor of shape (size, n_modes)
    coefficients : torch.Tensor of shape (n_fields, n_modes, n_modes)
        The noise is ``modes @ coefficients @ modes.T``.
    """
    modes = _gaussian_modes(size, sd)
    n_modes = modes.shape[1]
    return modes, standard_normal((n_fields, n_modes, n_modes), generator).mul_(1 / math.sqrt(3))


@lru_cache(maxsize=16)
def _gaussian_modes(size: int, sd: float) -> torch.Tensor:
    """Return the singular vectors of a Gaussian filter of a line, each times its singular value: (size, n_modes)."""
    left, strengths, _ = np.linalg.svd(gaussian_matrix(size, sd, truncate=3))
    kept = strengths > _NEGLIGIBLE
    return torch.from_numpy((left[:, kept] * strengths[kept]).astype(np.float32))


def frost_crop(size: int, generator: np.random.Generator) -> torch.Tensor:
    """Cut a random piece out of one of five textures of frost: (3, size, size), in [0, 1]."""
    textures = _frost_textures(2 * size)
    which, top, left = (int(generator.integers(end)) for end in (len(textures), size, size))
    return textures[which, :, top : top + size, left : left + size]


@lru_cache(maxsize=2)
def _frost_textures(size: int) -> torch.Tensor:
    """Make textures of ice needles in several directions on a bluish ground, denser in some places."""
    generators = [generator_from(seed) for seed in range(_N_FROST_TEXTURES)]
    density = torch.stack([clouds(size, 1.35, generator) for generator in generators])[:, None]
    needles = torch.stack([_needles(size, generator) for generator in generators])
    ice = (0.55 + 1.2 * gaussian_blurred(needles, 0.6)) * (0.6 + 0.6 * density)
    tint = torch.tensor([0.9, 0.97, 1.0]).view(1, 3, 1, 1)
    return (ice * tint).clamp(0, 1)


def _needles(size: int, generator: np.random.Generator) -> torch.Tensor:
    """Draw lines in four directions: (1, size, size), in [0, 1]."""
    needles = torch.zeros(1, size, size)
    radius = max(1, size // 48)
    for _ in range(4):
        seeds = (levels((1, size, size), generator) < 0.02 * N_LEVELS).float()
        lines = motion_blurred(seeds, radius, 2 * radius, generator.uniform(0, 360))
        needles = torch.maximum(needles, lines / lines.amax().clamp_min(1e-6))
    return needles
