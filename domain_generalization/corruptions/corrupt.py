"""ImageNet-C's corruptions: 15 kinds in 5 severities.

After Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", ICLR
2019: the parameters are those of their published code for images of 224 x 224 px, the code is not. Each image's random
numbers come from its own seed, so an image is corrupted alike in any batch. What differs from theirs, in detail: noise
is drawn from quantiles, 65536 of the normal and 1024 of each Poisson distribution, the latter for 256 brightnesses;
glass blur moves pixels by random offsets instead of swapping them one after the other; the elastic transform
interpolates once, not twice; frost is a synthetic texture, since their photographs of frost cannot be shipped. Zoom
blur is theirs up to rounding: the middle of each enlarged image is kept, where the package imagecorruptions keeps its
upper left corner.
"""

import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, wraps

import numpy as np
import torch
from PIL import Image
from scipy import stats
from torch.nn import functional

from ...core.errors import InvalidParameterError
from ...plugins.unknown_identifier import unknown_identifier
from .draws import N_LEVELS, generator_from, levels, standard_normal
from .filters import disk_blurred, enlarged, gaussian_blurred, motion_blurred, pixelated
from .textures import clouds, frost_crop, smooth_noise_factors

SEVERITIES = (1, 2, 3, 4, 5)
MINIMAL_SIZE = 32  # px; the filters' borders must be smaller than the image
CORRUPTIONS_VERSION = 1
"""Increment whenever the same image, kind, severity and seed give other values: stored scores depend on it."""

_N_QUANTILES = 1024
# Images whose channels are interpolated together: 24 numbers fill the processor's vectors.
_N_ZOOMED_TOGETHER = 8

OfImage = Callable[[torch.Tensor, int, np.random.Generator], torch.Tensor]
OfBatch = Callable[[torch.Tensor, int, Sequence[np.random.Generator]], Iterable[torch.Tensor]]


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
        1 to 5; also as a float without fraction.
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
        If the images, the severity or the seeds are invalid.
    """
    if kind not in KINDS:
        raise unknown_identifier("kind of corruption", kind, KINDS)
    if severity not in SEVERITIES:
        raise InvalidParameterError(f"severity must be one of {SEVERITIES}, got {severity}")
    _check_images(images)
    if len(seeds) != len(images):
        raise InvalidParameterError(f"{len(images)} images need as many seeds, got {len(seeds)}")
    if any(seed < 0 for seed in seeds):
        raise InvalidParameterError(f"seeds must not be negative, got {min(seeds)}")
    images = images.detach().contiguous()
    corrupted = torch.empty_like(images)
    generators = [generator_from(seed) for seed in seeds]
    for result, values in zip(corrupted, KINDS[kind](images, int(severity) - 1, generators), strict=True):
        torch.clamp(values, 0, 1, out=result)
    return corrupted


def _check_images(images: torch.Tensor) -> None:
    if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] != images.shape[3] or images.dtype != torch.float32:
        raise InvalidParameterError(
            "images must be float32 in [0, 1] of shape (n, 3, size, size), got "
            f"{images.dtype} of shape {tuple(images.shape)}"
        )
    if images.shape[2] < MINIMAL_SIZE:
        raise InvalidParameterError(f"images must have at least {MINIMAL_SIZE} px, got {images.shape[2]}")
    if images.numel() == 0:
        return
    lowest, highest = (float(end) for end in torch.aminmax(images))
    if not (lowest >= 0 and highest <= 1):  # NaN fails both
        raise InvalidParameterError(
            f"images must have values in [0, 1], got {lowest:g} to {highest:g}; divide 8-bit values by 255"
        )


def _one_by_one(corrupted: OfImage) -> OfBatch:
    """Corrupt one image after the other: a whole batch does not fit the processor's cache."""

    @wraps(corrupted)
    def of_batch(images: torch.Tensor, level: int, generators: Sequence[np.random.Generator]) -> Iterator[torch.Tensor]:
        return (corrupted(image, level, generator) for image, generator in zip(images, generators, strict=True))

    return of_batch


@_one_by_one
def _gaussian_noise(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    sd = (0.08, 0.12, 0.18, 0.26, 0.38)[level]
    return torch.add(image, standard_normal(image.shape, generator), alpha=sd)


@_one_by_one
def _shot_noise(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    photons = (60, 25, 12, 5, 3)[level]
    brightness = (image * 255).round_().to(torch.int32)
    row_and_draw = levels(image.shape, generator).add_(brightness, alpha=N_LEVELS)
    row_and_draw >>= (N_LEVELS // _N_QUANTILES).bit_length() - 1
    return _poisson_quantiles(photons).index_select(0, row_and_draw.flatten()).view_as(image)


@_one_by_one
def _impulse_noise(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    share = (0.03, 0.06, 0.09, 0.17, 0.27)[level]
    draws = levels(image.shape, generator, np.float32)
    n_black = round(share / 2 * N_LEVELS)
    # A negative integer makes black, a positive one white.
    draws.sub_(draws.clamp(n_black, N_LEVELS - 1 - n_black))
    return draws.add_(image)


@_one_by_one
def _defocus_blur(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    radius, edge = ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))[level]
    return disk_blurred(image, radius, edge)


@_one_by_one
def _glass_blur(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    sd, reach, n_rounds = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))[level]
    size = image.shape[-1]
    moved = gaussian_blurred(image, sd).flatten(1)
    line = torch.arange(size, dtype=torch.int32)
    for _ in range(n_rounds):
        shifts = levels((2, size, size), generator).mul_(2 * reach)
        shifts >>= N_LEVELS.bit_length() - 1
        shifts -= reach
        rows = shifts[0].add_(line[:, None]).clamp_(0, size - 1)
        columns = shifts[1].add_(line).clamp_(0, size - 1)
        moved = moved.index_select(1, columns.add_(rows, alpha=size).flatten())
    return gaussian_blurred(moved.view_as(image), sd)


@_one_by_one
def _motion_blur(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    radius, sd = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))[level]
    return motion_blurred(image, radius, sd, generator.uniform(-45, 45))


def _zoom_blur(images: torch.Tensor, level: int, generators: Sequence[np.random.Generator]) -> Iterator[torch.Tensor]:
    end, step = ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))[level]
    factors = np.arange(1, end, step)
    for group in images.split(_N_ZOOMED_TOGETHER):
        as_channels = group.flatten(0, 1)[None].contiguous(memory_format=torch.channels_last)
        # The first factor is 1: the image itself.
        total = 2 * as_channels
        for factor in factors[1:]:
            total += enlarged(as_channels, factor)
        yield from total.mul_(1 / (len(factors) + 1)).view_as(group)


@_one_by_one
def _snow(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    mean, sd, zoom, threshold, radius, motion_sd, share = (
        (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
        (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
        (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
    )[level]
    size = image.shape[-1]
    noise = standard_normal((1, 1, math.ceil(size / zoom), math.ceil(size / zoom)), generator).mul_(sd).add_(mean)
    flakes = functional.interpolate(noise, size=(size, size), mode="bilinear", align_corners=True)[0]
    functional.threshold(flakes, threshold, 0, inplace=True).clamp_(max=1)
    flakes = motion_blurred(flakes, radius, motion_sd, generator.uniform(-135, -45))
    red, green, blue = image
    # 1.5 times the brightness, plus 0.5.
    bright = torch.add(0.5, red, alpha=1.5 * 0.299).add_(green, alpha=1.5 * 0.587).add_(blue, alpha=1.5 * 0.114)
    whitened = torch.lerp(torch.maximum(image, bright), image, share)
    return whitened.add_(flakes.add(flakes.flip(-2, -1)))


@_one_by_one
def _frost(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    share, frost_share = ((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))[level]
    return (share * image).add_(frost_crop(image.shape[-1], generator), alpha=frost_share)


@_one_by_one
def _fog(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    amount, decay = ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4))[level]
    brightest = float(image.amax())
    share = brightest / (brightest + amount)
    return (share * image).add_(clouds(image.shape[-1], decay, generator), alpha=share * amount)


@_one_by_one
def _brightness(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    added = (0.1, 0.2, 0.3, 0.4, 0.5)[level]
    # HSV's value is the largest channel; hue and saturation stay, so all channels grow in proportion. Black has no
    # hue and becomes gray.
    value = image.amax(dim=0)
    brighter = (value + added).clamp_(max=1)
    black = (value == 0).float().mul_(added)
    return (image * brighter.div_(value.clamp_min_(1e-12))).add_(black)


@_one_by_one
def _contrast(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    share = (0.4, 0.3, 0.2, 0.1, 0.05)[level]
    return torch.lerp(image.mean(dim=(1, 2), keepdim=True), image, share)


@_one_by_one
def _elastic_transform(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    # The published numbers are shares of 244 px, a slip for 224 that its authors kept.
    strength, sd, affine = (
        (488.0, 170.8, 24.4),
        (488.0, 19.52, 48.8),
        (12.2, 2.44, 4.88),
        (17.08, 2.44, 4.88),
        (29.28, 2.44, 4.88),
    )[level]
    size = image.shape[-1]
    modes, coefficients = smooth_noise_factors(2, size, sd, generator)  # of shifts of the column and the row
    n_modes = modes.shape[1]
    inverse = torch.from_numpy(_inverse_affine(size, affine, generator))
    inverse *= 2 / (size - 1)  # coordinates of grid_sample are from -1 to 1
    inverse[:, 2] -= 1
    # Shifts and affine map are sums of products of something of the row and something of the column: one product.
    line = torch.arange(size, dtype=torch.float32)[:, None]
    of_rows = torch.cat([modes, torch.ones_like(line), line], dim=1)
    of_columns = torch.empty(n_modes + 2, size, 2)
    shifts = (strength * inverse[:, :2] @ coefficients.flatten(1)).view(2 * n_modes, n_modes) @ modes.T
    of_columns[:n_modes] = shifts.view(2, n_modes, size).permute(1, 2, 0)
    of_columns[n_modes] = line * inverse[:, 0] + inverse[:, 2]
    of_columns[n_modes + 1] = inverse[:, 1]
    grid = (of_rows @ of_columns.flatten(1)).view(1, size, size, 2)
    return functional.grid_sample(image[None], grid, mode="bilinear", padding_mode="reflection", align_corners=True)[0]


@_one_by_one
def _pixelate(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    share = (0.6, 0.5, 0.4, 0.3, 0.25)[level]
    return pixelated(image, share)


@_one_by_one
def _jpeg_compression(image: torch.Tensor, level: int, generator: np.random.Generator) -> torch.Tensor:
    quality = (25, 18, 15, 10, 7)[level]
    planes = (image * 255).round_().to(torch.uint8).numpy()
    file = io.BytesIO()
    Image.merge("RGB", [Image.fromarray(plane) for plane in planes]).save(file, "JPEG", quality=quality)
    decoded = np.stack([np.asarray(plane) for plane in Image.open(file).split()])
    return torch.from_numpy(decoded).float().div_(255)


KINDS: dict[str, OfBatch] = {
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


@lru_cache(maxsize=8)
def _poisson_quantiles(photons: int) -> torch.Tensor:
    """Return the brightness at each quantile, for each of 256 expected brightnesses: flat, float32."""
    quantiles = (np.arange(_N_QUANTILES) + 0.5) / _N_QUANTILES
    # More photons than at brightness 1 are cut off.
    cumulative = stats.poisson.cdf(np.arange(photons), np.arange(256)[:, None] / 255 * photons)
    counts = np.stack([np.searchsorted(of_brightness, quantiles) for of_brightness in cumulative])
    return torch.from_numpy((counts / photons).astype(np.float32).ravel())


def _inverse_affine(size: int, amount: float, generator: np.random.Generator) -> np.ndarray:
    """Move three points at random; return the map from an output pixel (column, row, 1) to where it comes from."""
    centre, reach = size // 2, size // 3
    points = np.array([[centre + reach, centre + reach], [centre + reach, centre - reach], [centre - reach] * 2])
    moved = points + generator.uniform(-amount, amount, size=(3, 2))
    return np.linalg.solve(np.column_stack([moved, np.ones(3)]), points).T.astype(np.float32)
