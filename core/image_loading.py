"""From a stimulus file to the numbers that enter a network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image

from .image_file import opened_image

Interpolation = Literal["bilinear", "bicubic", "lanczos", "nearest"]


def load_image(
    path: Path, image_size: int, interpolation: Interpolation = "bilinear", resized_size: int | None = None
) -> torch.Tensor:
    """Load a stimulus as a square RGB image with values in [0, 1].

    The whole image is squashed to a square by Pillow's antialiased resizing, and an alpha channel is
    dropped: what Brain-Score does by default (``load_preprocess_images`` of
    ``brainscore_vision.model_helpers.activations.pytorch``), short of the normalization.

    Parameters
    ----------
    path : Path
        An image file that `read_image` takes.
    image_size : int
        Height and width of the result, in pixels.
    interpolation : {'bilinear', 'bicubic', 'lanczos', 'nearest'}
        How it is resized.
    resized_size : int, optional
        The image is squashed to this size, of which the centre is taken. Default: `image_size`, and nothing is cut off.

    Returns
    -------
    torch.Tensor of shape (3, image_size, image_size)
        float32, in [0, 1].

    Raises
    ------
    DataError
        As of `read_image`.
    """
    resampling = Image.Resampling[interpolation.upper()]
    with opened_image(path) as image:
        # A gray image has three equal channels, so that one needs resizing.
        channels = image if image.mode == "L" else image.convert("RGB")
        side = image_size if resized_size is None else resized_size
        resized = np.array(channels.resize((side, side), resampling))
    # The corner that torchvision's and timm's CenterCrop take, for odd margins too.
    start = round((side - image_size) / 2)
    values = torch.from_numpy(resized[start : start + image_size, start : start + image_size])
    channels_first = values.expand(3, -1, -1) if values.ndim == 2 else values.permute(2, 0, 1)
    return channels_first.to(torch.float32) / 255


def load_image_batch(
    paths: Sequence[Path], image_size: int, interpolation: Interpolation = "bilinear", resized_size: int | None = None
) -> torch.Tensor:
    """Load stimuli as one batch of shape (n_stimuli, 3, image_size, image_size); see `load_image`."""
    return torch.stack([load_image(path, image_size, interpolation, resized_size) for path in paths])
