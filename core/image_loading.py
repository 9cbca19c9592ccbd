"""From a stimulus file to the numbers that enter a network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from .errors import DataError

Interpolation = Literal["bilinear", "bicubic", "lanczos", "nearest"]

# Pillow's other modes (16-bit, floating point, CMYK, ...) have no agreed conversion to 8-bit RGB.
_MODES_WITH_RGB = {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}


def load_image(path: Path, image_size: int, interpolation: Interpolation = "bilinear") -> torch.Tensor:
    """Load a stimulus as a square RGB image with values in [0, 1].

    The whole image is squashed to a square by Pillow's antialiased resizing, and an alpha channel is
    dropped: what Brain-Score does by default (``load_preprocess_images`` of
    ``brainscore_vision.model_helpers.activations.pytorch``), short of the normalization.

    Parameters
    ----------
    path : Path
        An image file that Pillow can read, 8 bits per channel.
    image_size : int
        Height and width of the result, in pixels.
    interpolation : {'bilinear', 'bicubic', 'lanczos', 'nearest'}
        How it is resized.

    Returns
    -------
    torch.Tensor of shape (3, image_size, image_size)
        float32, in [0, 1].

    Raises
    ------
    DataError
        If the file is missing, is no image, or has no plain conversion to RGB.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in _MODES_WITH_RGB:
                raise DataError(
                    f"the stimulus {path} has the image mode {image.mode!r}; save it as 8-bit grayscale or RGB"
                )
            # A gray image has three equal channels, so that one needs resizing.
            channels = image if image.mode == "L" else image.convert("RGB")
            resized = np.array(channels.resize((image_size, image_size), Image.Resampling[interpolation.upper()]))
    except FileNotFoundError as error:
        raise DataError(f"the stimulus file {path} does not exist") from error
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"the stimulus file {path} cannot be read as an image: {error}") from error
    values = torch.from_numpy(resized)
    channels_first = values.expand(3, -1, -1) if values.ndim == 2 else values.permute(2, 0, 1)
    return channels_first.to(torch.float32) / 255


def load_image_batch(paths: Sequence[Path], image_size: int, interpolation: Interpolation = "bilinear") -> torch.Tensor:
    """Load stimuli as one batch of shape (n_stimuli, 3, image_size, image_size); see `load_image`."""
    return torch.stack([load_image(path, image_size, interpolation) for path in paths])
