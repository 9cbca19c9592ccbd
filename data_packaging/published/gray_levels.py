"""From an image's numbers to gray levels of 8 bits."""

import numpy as np

from ...core.errors import UnexpectedFormatError


def gray_levels(images: np.ndarray, name: str) -> np.ndarray:
    """Round images with values from 0 (black) to 255 (white) to 8 bits.

    Parameters
    ----------
    images : array of numbers
        One image or many.
    name : str
        What messages call them.

    Returns
    -------
    uint8 array of the same shape

    Raises
    ------
    UnexpectedFormatError
        If values are not finite or not in [0, 255], or are all within [0, 1]: their black and white would be a guess.
    """
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "fiu":
        raise UnexpectedFormatError(f"{name} has values of type {images.dtype}; gray levels are numbers from 0 to 255.")
    lowest, highest = float(images.min()), float(images.max())
    if not (0 <= lowest and 1 < highest <= 255):
        raise UnexpectedFormatError(
            f"{name} has values from {lowest:g} to {highest:g}; the published images have gray levels from 0 to 255."
        )
    return np.rint(images).astype(np.uint8)
