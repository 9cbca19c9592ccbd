"""Linear filters on batches of images.

Filters of few pixels are sums of shifted images: they stay in the processor's cache, where Fourier transforms do not.
"""

import math
from collections import defaultdict
from functools import lru_cache

import numpy as np
import torch
from torch.nn import functional

# Rows of a banded matrix that are multiplied at once: a compromise between calls and zeros.
_BLOCK = 32


def gaussian_matrix(size: int, sd: float, truncate: float = 4.0) -> np.ndarray:
    """Return the matrix that filters a line of `size` px as ``scipy.ndimage.gaussian_filter1d(mode='reflect')``.

    Parameters
    ----------
    size : int
        Length of the line in pixels.
    sd : float
        Standard deviation in pixels.
    truncate : float
        The kernel ends at so many standard deviations.

    Returns
    -------
    np.ndarray of shape (size, size)
    """
    radius = _radius(sd, truncate)
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / sd) ** 2)
    weights /= weights.sum()
    positions = (np.arange(size)[:, None] + offsets) % (2 * size)
    positions = np.where(positions < size, positions, 2 * size - 1 - positions)
    matrix = np.zeros((size, size))
    np.add.at(matrix, (np.arange(size)[:, None], positions), weights)
    return matrix


def gaussian_blurred(images: torch.Tensor, sd: float, truncate: float = 4.0) -> torch.Tensor:
    """Filter images of shape (..., height, width) by a Gaussian."""
    height, width = images.shape[-2:]
    columns = [images[..., used] @ part.T for used, part in _bands(width, sd, truncate)]
    filtered = torch.cat(columns, dim=-1)
    return torch.cat([part @ filtered[..., used, :] for used, part in _bands(height, sd, truncate)], dim=-2)


def disk_blurred(images: torch.Tensor, radius: int, edge_sd: float) -> torch.Tensor:
    """Average over a disk whose edge is softened by a Gaussian of 3 x 3 px; borders are mirrored.

    Parameters
    ----------
    images : torch.Tensor of shape (n_channels, height, width)
        Larger than the disk's radius + 1.
    radius : int
        In pixels.
    edge_sd : float
        Of the Gaussian, in pixels.
    """
    border = radius + 1
    padded = functional.pad(images, (border,) * 4, mode="reflect")
    height, width = images.shape[-2] + 2, images.shape[-1] + 2
    # The disk's columns are nested: from the outermost to the middle, each has some rows more above and below.
    reach, n_pixels = 0, 0
    column = padded[:, radius : radius + height].clone()
    total = images.new_zeros(len(images), height, width)
    for offset in range(radius, -1, -1):
        while (reach + 1) ** 2 + offset**2 <= radius**2:
            reach += 1
            column += padded[:, radius - reach : radius - reach + height]
            column += padded[:, radius + reach : radius + reach + height]
        for start in {radius - offset, radius + offset}:
            total += column[:, :, start : start + width]
            n_pixels += 2 * reach + 1
    beside = math.exp(-0.5 / edge_sd**2)
    middle, beside = 1 / (1 + 2 * beside), beside / (1 + 2 * beside)
    across = (middle / n_pixels) * total[:, :, 1:-1]
    across.add_(total[:, :, :-2], alpha=beside / n_pixels).add_(total[:, :, 2:], alpha=beside / n_pixels)
    softened = middle * across[:, 1:-1]
    return softened.add_(across[:, :-2], alpha=beside).add_(across[:, 2:], alpha=beside)


def motion_blurred(images: torch.Tensor, radius: int, sd: float, angle: float) -> torch.Tensor:
    """Blur as by motion in a straight line, like ImageMagick's ``-motion-blur``; borders are repeated.

    Each pixel becomes the mean of the 2 `radius` + 1 pixels in one direction from it, weighted by half a Gaussian.

    Parameters
    ----------
    images : torch.Tensor of shape (n_channels, height, width)
    radius : int
        In pixels.
    sd : float
        Of the Gaussian, in pixels.
    angle : float
        In degrees: 0 to the right, 90 down.
    """
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-0.5 * (steps / sd) ** 2)
    rows, columns = (
        np.ceil(steps * along(math.radians(angle)) - 0.5).astype(int).tolist() for along in (math.sin, math.cos)
    )
    taps: dict[tuple[int, int], float] = defaultdict(float)
    for row, column, weight in zip(rows, columns, (weights / weights.sum()).tolist(), strict=True):
        taps[row, column] += weight
    top, left = max(0, -min(rows)), max(0, -min(columns))
    padded = functional.pad(images, (left, max(0, *columns), top, max(0, *rows)), mode="replicate")
    height, width = images.shape[-2:]
    blurred = taps.pop((0, 0)) * images
    for (row, column), weight in taps.items():
        blurred.add_(padded[:, top + row : top + row + height, left + column : left + column + width], alpha=weight)
    return blurred


def enlarged(images: torch.Tensor, factor: float) -> torch.Tensor:
    """Enlarge the centre of square images linearly, keeping their size, as ImageNet-C's ``clipped_zoom``.

    Parameters
    ----------
    images : torch.Tensor of shape (n_images, n_channels, size, size)
    factor : float
        At least 1.
    """
    size = images.shape[-1]
    crop_size = math.ceil(size / factor)
    start = (size - crop_size) // 2
    crop = images[..., start : start + crop_size, start : start + crop_size]
    # As scipy.ndimage.zoom rounds it: up to a pixel or two more than is kept.
    enlarged_size = round(crop_size * factor)
    whole = functional.interpolate(crop, size=(enlarged_size,) * 2, mode="bilinear", align_corners=True)
    start = (enlarged_size - size) // 2
    return whole[..., start : start + size, start : start + size]


def pixelated(images: torch.Tensor, share: float) -> torch.Tensor:
    """Shrink square images to ``int(share * size)`` px and enlarge them again, both by box filters as Pillow's BOX.

    Parameters
    ----------
    images : torch.Tensor of shape (n_channels, size, size)
    share : float
        Of the size, below 1.
    """
    size = images.shape[-1]
    members, weights, origins = _boxes(int(size * share), size)
    rows, small = torch.zeros(()), torch.zeros(())
    for member, weight in zip(members, weights, strict=True):
        rows = torch.addcmul(rows, weight[:, None], images.index_select(1, member))
    for member, weight in zip(members, weights, strict=True):
        small = torch.addcmul(small, weight, rows.index_select(2, member))
    return small.index_select(2, origins).index_select(1, origins)


def _radius(sd: float, truncate: float) -> int:
    return int(truncate * sd + 0.5)


@lru_cache(maxsize=64)
def _bands(size: int, sd: float, truncate: float) -> list[tuple[slice, torch.Tensor]]:
    """Cut a Gaussian's matrix into blocks of rows: for each, the columns that are not zero, and their values."""
    matrix = torch.from_numpy(gaussian_matrix(size, sd, truncate).astype(np.float32))
    radius = _radius(sd, truncate)
    block = _BLOCK if 2 * radius < size // 2 else size
    bands = []
    for start in range(0, size, block):
        used = slice(max(0, start - radius), min(size, start + block + radius))
        bands.append((used, matrix[start : start + block, used].contiguous()))
    return bands


@lru_cache(maxsize=64)
def _boxes(n_small: int, n_large: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return what Pillow's BOX filter averages, and where it enlarges from.

    Returns
    -------
    members : torch.Tensor of shape (n_members, n_small)
        Pixels whose centres lie below each small pixel.
    weights : torch.Tensor of shape (n_members, n_small)
        Those of each small pixel sum to 1; pixels have different numbers of members.
    origins : torch.Tensor of shape (n_large,)
        The small pixel that lies above each pixel's centre.
    """
    scale = n_large / n_small
    distances = np.arange(n_large) + 0.5 - (np.arange(n_small)[:, None] + 0.5) * scale
    inside = (-0.5 * scale <= distances) & (distances < 0.5 * scale)
    counts = inside.sum(axis=1)
    members = inside.argmax(axis=1) + np.arange(counts.max())[:, None]
    weights = (np.arange(counts.max())[:, None] < counts) / counts
    origins = np.floor((np.arange(n_large) + 0.5) / scale).astype(int)
    return (
        torch.from_numpy(members.clip(max=n_large - 1)),
        torch.from_numpy(weights.astype(np.float32)),
        torch.from_numpy(origins),
    )
