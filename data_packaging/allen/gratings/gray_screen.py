"""The gray screen between the gratings, as an image."""

from pathlib import Path

import numpy as np

from ..display import GRAY_LEVEL
from ..scene_images import write_gray_image
from .grating_images import SIZE_PX


def gray_screen(folder: Path) -> Path:
    """Return the image of the gray screen, after drawing it where it is not there.

    Parameters
    ----------
    folder : Path
        Where it is kept.
    """
    path = folder / "gray_screen.png"
    if not path.is_file():
        write_gray_image(np.full(SIZE_PX, GRAY_LEVEL, dtype=np.uint8), path)
    return path
