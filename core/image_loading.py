"""From a stimulus file to the numbers that enter a network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from .image_file import opened_image

Interpolation = Literal["bilinear", "bicubic", "lanczos", "nearest"]


ImageSize = int | tuple[int, int]
"""Side length of a square, or height and width; in pixels."""


def height_and_width(image_size: ImageSize) -> tuple[int, int]:
    """Return the height and width of images, in pixels."""
    return (image_size, image_size) if isinstance(image_size, int) else image_size


def load_image(
    path: Path,
    image_size: ImageSize,
    interpolation: Interpolation = "bilinear",
    resized_size: ImageSize | None = None,
) -> torch.Tensor:
    """Load a stimulus as an RGB image with values in [0, 1].

    The whole image is squashed to the requested size by Pillow's antialiased resizing, and an alpha channel is
    dropped: what Brain-Score does by default (``load_preprocess_images`` of
    ``brainscore_vision.model_helpers.activations.pytorch``), short of the normalization.

    Parameters
    ----------
    path : Path
        An image file that `read_image` takes.
    image_size : int or (int, int)
        Side length of a square, or height and width; in pixels.
    interpolation : {'bilinear', 'bicubic', 'lanczos', 'nearest'}
        How it is resized.
    resized_size : int or (int, int), optional
        The image is squashed to this size, of which the centre is taken. Default: `image_size`, and nothing is cut off.

    Returns
    -------
    torch.Tensor of shape (3, height, width)
        float32, in [0, 1].

    Raises
    ------
    DataError
        As of `read_image`.
    """
    return image_tensor(squashed_image(path, resized_size or image_size, interpolation), image_size)


def squashed_image(path: Path, resized_size: ImageSize, interpolation: Interpolation) -> NDArray[np.uint8]:
    """Decode a stimulus and squash it to a size; see `load_image`.

    Returns
    -------
    uint8 array of shape (height, width) or (height, width, 3)
        One channel if the file has one.
    """
    height, width = height_and_width(resized_size)
    with opened_image(path) as image:
        # A gray image has three equal channels, so that one needs resizing.
        channels = image if image.mode == "L" else image.convert("RGB")
        return np.array(channels.resize((width, height), Image.Resampling[interpolation.upper()]))


def image_tensor(pixels: NDArray[np.uint8], image_size: ImageSize) -> torch.Tensor:
    """Take the centre of a squashed image; float32 of shape (3, height, width), in [0, 1]."""
    height, width = height_and_width(image_size)
    # The corner that torchvision's and timm's CenterCrop take, for odd margins too.
    top, left = (round((whole - part) / 2) for whole, part in zip(pixels.shape, (height, width), strict=False))
    values = torch.from_numpy(pixels[top : top + height, left : left + width])
    channels_first = values.expand(3, -1, -1) if values.ndim == 2 else values.permute(2, 0, 1)
    return channels_first.to(torch.float32) / 255


def load_image_batch(
    paths: Sequence[Path],
    image_size: ImageSize,
    interpolation: Interpolation = "bilinear",
    resized_size: ImageSize | None = None,
) -> torch.Tensor:
    """Load stimuli as one batch of shape (n_stimuli, 3, height, width); see `load_image`."""
    return torch.stack([load_image(path, image_size, interpolation, resized_size) for path in paths])
