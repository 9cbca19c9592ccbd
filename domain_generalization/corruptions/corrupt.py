"""ImageNet-C's corruptions: 15 kinds in 5 severities.

After Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", ICLR
2019: the parameters are those of their published code for images of 224 x 224 px, the code is not. Each image's random
numbers come from its own seed, so an image is corrupted alike in any batch. What differs from theirs, in detail: shot
noise is drawn for 256 brightnesses and 1024 quantiles; glass blur moves pixels by random offsets instead of swapping
them one after the other; motion is a straight line of our own rasterization; frost is a synthetic texture, since their
photographs of frost cannot be shipped.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from scipy import stats
from torch.nn import functional
from torchvision.io import decode_jpeg, encode_jpeg

from ...core.errors import InvalidParameterError
from ...core.identifiers import unknown_identifier
from .filters import (
    disk_kernel,
    enlarged,
    filtered,
    gaussian_blurred,
    line_kernels,
    pixelated,
)
from .textures import clouds, frost_crop

SEVERITIES = (1, 2, 3, 4, 5)
MINIMAL_SIZE = 32  # px; the filters' borders must be smaller than the image

Generators = Sequence[torch.Generator]

_N_QUANTILES = 1024


def corrupt(images: torch.Tensor, kind: str, severity: int, seeds: Sequence[int]) -> torch.Tensor:
    """Corrupt images.

    Parameters
    ----------
    images : torch.Tensor of shape (n_images, 3, height, width)
        float32, in [0, 1], square, on the CPU, at least 32 px. The parameters are in pixels, so the same severity is
        worse for smaller images, as it is in the published code.
    kind : str
        One of `KINDS`.
    severity : int
        1 to 5.
    seeds : sequence of int
        One per image, not negative.

    Returns
    -------
    torch.Tensor
        Of the same shape, in [0, 1].

    Raises
    ------
    UnknownIdentifierError
        If there is no such kind.
    InvalidParameterError
        If the images, the severity or the number of seeds make no sense.
    """
    if kind not in KINDS:
        raise unknown_identifier("kind of corruption", kind, KINDS)
    if severity not in SEVERITIES:
        raise InvalidParameterError(f"severity must be one of {SEVERITIES}, got {severity}")
    if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] != images.shape[3] or images.dtype != torch.float32:
        raise InvalidParameterError(
            f"images must be float32 of shape (n, 3, size, size), got {images.dtype} of shape {tuple(images.shape)}"
        )
    if images.shape[2] < MINIMAL_SIZE:
        raise InvalidParameterError(f"images must have at least {MINIMAL_SIZE} px, got {images.shape[2]}")
    if len(seeds) != len(images):
        raise InvalidParameterError(f"{len(images)} images need as many seeds, got {len(seeds)}")
    if len(images) == 0:
        return images.clone()
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    return KINDS[kind](images, severity - 1, generators).clamp_(0, 1)


def _gaussian_noise(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    sd = (0.08, 0.12, 0.18, 0.26, 0.38)[level]
    return torch.add(images, _drawn(torch.randn, images.shape[1:], generators), alpha=sd)


def _shot_noise(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    photons = (60, 25, 12, 5, 3)[level]
    table = _poisson_quantiles(photons)
    brightness = (images * 255).round_().to(torch.int32)
    draws = torch.stack([_integers(_N_QUANTILES, images.shape[1:], generator) for generator in generators])
    return table.index_select(0, brightness.mul_(_N_QUANTILES).add_(draws).flatten()).view_as(images)


def _impulse_noise(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    share = (0.03, 0.06, 0.09, 0.17, 0.27)[level]
    draws = _drawn(torch.rand, images.shape[1:], generators)
    noisy = torch.where(draws < share / 2, 0.0, images)
    return torch.where(draws > 1 - share / 2, 1.0, noisy)


def _defocus_blur(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    radius, edge = ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))[level]
    return filtered(images, disk_kernel(radius, edge)[None])


def _glass_blur(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    sd, reach, n_rounds = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))[level]
    size = images.shape[-1]
    moved = gaussian_blurred(images, sd).flatten(2)
    line = torch.arange(size)
    for _ in range(n_rounds):
        shifts = torch.stack([_integers(2 * reach, (2, size, size), generator) for generator in generators]) - reach
        rows = (line[:, None] + shifts[:, 0]).clamp_(0, size - 1)
        columns = (line + shifts[:, 1]).clamp_(0, size - 1)
        origin = (rows * size + columns).flatten(1)[:, None].expand(-1, 3, -1)
        moved = moved.gather(2, origin)
    return gaussian_blurred(moved.view_as(images), sd)


def _motion_blur(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    length, sd = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))[level]
    return filtered(images, line_kernels(length, sd, _angles(-45, 45, generators)))


def _zoom_blur(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    end, step = ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))[level]
    factors = np.arange(1, end, step)
    # The first factor is 1: the image itself.
    total = 2 * images
    for factor in factors[1:]:
        total += enlarged(images, factor)
    return total / (len(factors) + 1)


def _snow(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    mean, sd, zoom, threshold, length, motion_sd, share = (
        (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
        (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
        (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
    )[level]
    flakes = enlarged(mean + sd * _drawn(torch.randn, (1, *images.shape[2:]), generators), zoom)
    flakes = torch.where(flakes < threshold, 0.0, flakes).clamp_(0, 1)
    flakes = filtered(flakes, line_kernels(length, motion_sd, _angles(-135, -45, generators)))
    red, green, blue = images.unbind(dim=1)
    gray = (0.299 * red + 0.587 * green + 0.114 * blue)[:, None]
    whitened = share * images + (1 - share) * torch.maximum(images, 1.5 * gray + 0.5)
    return whitened + flakes + flakes.flip(-2, -1)


def _frost(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    share, frost_share = ((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))[level]
    crops = torch.stack([frost_crop(images.shape[-1], generator) for generator in generators])
    return torch.add(share * images, crops, alpha=frost_share)


def _fog(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    amount, decay = ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4))[level]
    brightest = images.amax(dim=(1, 2, 3), keepdim=True)
    fog = clouds(images.shape[-1], decay, generators)[:, None]
    return (images + amount * fog) * brightest / (brightest + amount)


def _brightness(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    added = (0.1, 0.2, 0.3, 0.4, 0.5)[level]
    # HSV's value is the largest channel; hue and saturation stay, so all channels grow in proportion. Black has no
    # hue and becomes gray.
    value = images.amax(dim=1, keepdim=True)
    brighter = (value + added).clamp_(max=1)
    return torch.where(value > 0, images * (brighter / value.clamp_min(1e-12)), brighter)


def _contrast(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    share = (0.4, 0.3, 0.2, 0.1, 0.05)[level]
    return torch.lerp(images.mean(dim=(2, 3), keepdim=True), images, share)


def _elastic_transform(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    # The published numbers are shares of 244 px, a slip for 224 that its authors kept.
    strength, sd, affine = (
        (488.0, 170.8, 24.4),
        (488.0, 19.52, 48.8),
        (12.2, 2.44, 4.88),
        (17.08, 2.44, 4.88),
        (29.28, 2.44, 4.88),
    )[level]
    size = images.shape[-1]
    field = torch.stack([2 * torch.rand(2, size, size, generator=generator) - 1 for generator in generators])
    shifts = strength * gaussian_blurred(field, sd, truncate=3)
    line = torch.arange(size, dtype=torch.float32)
    points = torch.stack([line.expand(size, size), line[:, None].expand(size, size)])  # column, row
    inverses = torch.stack([_inverse_affine(size, affine, generator) for generator in generators])
    shifted = shifts.add_(points).flatten(2)
    # Coordinates of grid_sample are from -1 to 1.
    origins = torch.baddbmm(inverses[:, :, 2:] * 2 / (size - 1) - 1, inverses[:, :, :2] * 2 / (size - 1), shifted)
    grid = origins.view(-1, 2, size, size).permute(0, 2, 3, 1)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=True)


def _pixelate(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    share = (0.6, 0.5, 0.4, 0.3, 0.25)[level]
    return pixelated(images, share)


def _jpeg_compression(images: torch.Tensor, level: int, generators: Generators) -> torch.Tensor:
    quality = (25, 18, 15, 10, 7)[level]
    as_bytes = (images * 255).round_().to(torch.uint8)
    return torch.stack([decode_jpeg(encode_jpeg(image, quality)) for image in as_bytes]).float() / 255


KINDS: dict[str, Callable[[torch.Tensor, int, Generators], torch.Tensor]] = {
    "gaussian_noise": _gaussian_noise,
    "shot_noise": _shot_noise,
    "impulse_noise": _impulse_noise,
    "defocus_blur": _defocus_blur,
    "glass_blur": _glass_blur,
    "motion_blur": _motion_blur,
    "zoom_blur": _zoom_blur,
    "snow": _snow,
    "frost": _frost,
    "fog": _fog,
    "brightness": _brightness,
    "contrast": _contrast,
    "elastic_transform": _elastic_transform,
    "pixelate": _pixelate,
    "jpeg_compression": _jpeg_compression,
}


def _drawn(draw: Callable[..., torch.Tensor], shape: Sequence[int], generators: Generators) -> torch.Tensor:
    """Draw one tensor per image."""
    values = torch.empty(len(generators), *shape)
    for row, generator in zip(values, generators, strict=True):
        draw(*shape, generator=generator, out=row)
    return values


def _integers(n_values: int, shape: Sequence[int], generator: torch.Generator) -> torch.Tensor:
    return torch.randint(n_values, tuple(shape), generator=generator, dtype=torch.int32)


def _angles(low: float, high: float, generators: Generators) -> list[float]:
    return [low + (high - low) * float(torch.rand((), generator=generator)) for generator in generators]


@lru_cache(maxsize=8)
def _poisson_quantiles(photons: int) -> torch.Tensor:
    """Return the brightness at each quantile, for each of 256 expected brightnesses: flat, float32."""
    quantiles = (np.arange(_N_QUANTILES) + 0.5) / _N_QUANTILES
    # More photons than at brightness 1 are cut off.
    cumulative = stats.poisson.cdf(np.arange(photons), np.arange(256)[:, None] / 255 * photons)
    counts = np.stack([np.searchsorted(of_brightness, quantiles) for of_brightness in cumulative])
    return torch.from_numpy((counts / photons).astype(np.float32).ravel())


def _inverse_affine(size: int, amount: float, generator: torch.Generator) -> torch.Tensor:
    """Move three points at random; return the map from an output pixel (column, row, 1) to where it comes from."""
    centre, reach = size // 2, size // 3
    points = torch.tensor(
        [[centre + reach, centre + reach], [centre + reach, centre - reach], [centre - reach, centre - reach]],
        dtype=torch.float64,
    )
    moved = points + amount * (2 * torch.rand(3, 2, generator=generator, dtype=torch.float64) - 1)
    homogeneous = torch.cat([moved, torch.ones(3, 1, dtype=torch.float64)], dim=1)
    return torch.linalg.solve(homogeneous, points).T.float()
