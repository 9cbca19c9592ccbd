"""Photographs that come with installed libraries, and so need no download."""

from functools import cache
from importlib import resources

import numpy as np

from ..core.errors import DataError
from ..core.image_file import read_image

_SKLEARN = ("china.jpg", "flower.jpg")


@cache
def photograph(file: str) -> np.ndarray:
    """Return a photograph of scikit-learn or scikit-image: uint8, (height, width, 3), read-only.

    Parameters
    ----------
    file : str
        Its name below ``sklearn/datasets/images`` or ``skimage/data``, for instance 'china.jpg' or 'coffee.png'.

    Raises
    ------
    DataError
        If the installed scikit-image or scikit-learn lacks it.
    """
    package, folder = ("sklearn", "datasets/images") if file in _SKLEARN else ("skimage", "data")
    path = resources.files(package) / folder / file
    if not path.is_file():
        raise DataError(f"The photograph {path} is missing; reinstall scikit-image and scikit-learn from PyPI.")
    with resources.as_file(path) as local:
        values = read_image(local)
    values.flags.writeable = False  # cached
    return values
