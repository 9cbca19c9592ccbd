"""Image files: the one way to open them in this package."""

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from .errors import DataError

# Pillow's other modes (16-bit, floating point, CMYK, ...) have no agreed conversion to 8-bit RGB.
_MODES_WITH_RGB = {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}
# Modes of one channel whose values mean nothing before it is known which of them are black and white.
_MODES_WITHOUT_RANGE = {"I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
# The previews that cameras put behind a JPEG are not further frames.
_FORMATS_WITH_PREVIEWS = {"MPO"}
_UPRIGHT = 1
# Pillow loads further formats while it opens a file; of two threads that do so, one may miss the format of its file.
_opening = threading.Lock()
# What Pillow's decoders raise on broken files.
_DECODING_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, ArithmeticError, struct.error),
    *(UnidentifiedImageError, Image.DecompressionBombError),
)


def check_image(path: Path) -> None:
    """Raise DataError unless an image is of a kind that `read_image` takes; only the file's header is read.

    Parameters
    ----------
    path : Path
        An image file.

    Raises
    ------
    DataError
        See `read_image`. Damaged pixels are not noticed.
    """
    with opened_image(path):
        pass


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image's pixels as 8-bit RGB; an alpha channel is dropped.

    Parameters
    ----------
    path : Path
        An image file that Pillow can read, of one frame and at most 8 bits per channel: gray, RGB or palette, with or
        without alpha.

    Returns
    -------
    uint8 array of shape (height, width, 3)

    Raises
    ------
    DataError
        If the file is missing, is not an image, is damaged, or has no agreed conversion to 8-bit RGB; names the file
        and its mode.
    """
    with opened_image(path) as image:
        return np.array(image.convert("RGB"))


def read_image_of_range(path: Path, low: float, high: float) -> NDArray[np.uint8]:
    """Read a 16-bit, 32-bit or floating-point gray image as 8-bit gray levels, `low` as 0 and `high` as 255.

    Parameters
    ----------
    path : Path
        An image file of one channel with more than 8 bits.
    low, high : float
        The values of black and of white.

    Returns
    -------
    uint8 array of shape (height, width)
        Rounded to the nearest gray level.

    Raises
    ------
    DataError
        If the file cannot be read, has a fixed range anyway (8 bits) or more than one channel, or if a value is outside
        the range.
    """
    with _decoding(path), _opened(path) as image:
        if image.mode not in _MODES_WITHOUT_RANGE:
            raise DataError(
                f"the image {path} has the mode {_mode(image)!r}; an image range is only for gray images of 16 or 32 "
                "bits or of floating point"
            )
        values = np.asarray(image).astype(np.float64)
    # The comparison is also False for NaN.
    if not (values.min() >= low and values.max() <= high):
        raise DataError(
            f"the image {path} has values from {values.min():g} to {values.max():g}, outside the image range "
            f"{low:g} to {high:g}"
        )
    converted: NDArray[np.uint8] = np.rint((values - low) / (high - low) * 255).astype(np.uint8)
    return converted


def check_upright(path: Path) -> None:
    """Raise DataError if a camera noted that an image is to be turned: some programs do so, and others do not.

    Parameters
    ----------
    path : Path
        An image file.

    Raises
    ------
    DataError
        If it says another orientation than that of its pixels, or cannot be read.
    """
    with _decoding(path), _opened(path) as image:
        orientation = image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
    if orientation != _UPRIGHT:
        raise DataError(
            f"the image {path} is to be turned before it is shown (EXIF orientation {orientation}), which some "
            "programs do and others do not; save it as it was shown"
        )


@contextmanager
def opened_image(path: Path) -> Iterator[Image.Image]:
    """Open an image that has an agreed conversion to 8-bit RGB.

    Parameters
    ----------
    path : Path
        See `read_image`.

    Yields
    ------
    PIL.Image.Image
        Whatever the block raises because the file is damaged becomes a DataError.

    Raises
    ------
    DataError
        As of `read_image`.
    """
    with _decoding(path), _opened(path) as image:
        mode = _mode(image)
        if mode not in _MODES_WITH_RGB:
            if mode in _MODES_WITHOUT_RANGE:
                advice = "say which values are black and white when packaging it, --image-range LOW HIGH, or save it"
            else:
                advice = "save it"
            raise DataError(f"the image {path} has the mode {mode!r}; {advice} as 8-bit grayscale or RGB")
        n_frames = getattr(image, "n_frames", 1)
        if n_frames > 1 and image.format not in _FORMATS_WITH_PREVIEWS:
            raise DataError(f"the image {path} has {n_frames} frames; save the one that was shown as a file of its own")
        yield image


def _opened(path: Path) -> Image.Image:
    with _opening:
        return Image.open(path)


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"the image {path} does not exist") from None
    except _DECODING_ERRORS as error:
        raise DataError(f"the image {path} cannot be read: {error}") from error


def _mode(image: Image.Image) -> str:
    """Return the image's mode in Pillow's words; of colours with 16 bits, which Pillow cuts to 8, that of the file."""
    for tile in getattr(image, "tile", []):
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        for argument in arguments:
            if isinstance(argument, str) and ";16" in argument and image.mode not in _MODES_WITHOUT_RANGE:
                return argument
    return image.mode
