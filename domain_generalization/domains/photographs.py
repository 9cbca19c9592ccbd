"""Colour photographs that come with installed libraries, and so need no download."""

from functools import cache
from pathlib import Path

import numpy as np
import skimage.data
import sklearn.datasets

from ...core.errors import DataError
from ...core.image_loading import read_image

_SKIMAGE = Path(skimage.data.__file__).parent
_SKLEARN = Path(sklearn.datasets.__file__).parent / "images"
_FILES = (
    _SKLEARN / "china.jpg",
    _SKLEARN / "flower.jpg",
    _SKIMAGE / "astronaut.png",
    _SKIMAGE / "chelsea.png",
    _SKIMAGE / "coffee.png",
    _SKIMAGE / "rocket.jpg",
    _SKIMAGE / "motorcycle_left.png",
)


@cache
def photographs() -> tuple[np.ndarray, ...]:
    """Return seven photographs: uint8, (height, width, 3), at least 300 px on each side.

    Raises
    ------
    DataError
        If the installed scikit-image or scikit-learn lacks one of them.
    """
    for path in _FILES:
        if not path.is_file():
            raise DataError(f"the photograph {path} is missing; reinstall scikit-image and scikit-learn from PyPI")
    return tuple(read_image(path) for path in _FILES)
