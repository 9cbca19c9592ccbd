"""What is known of the natural-scenes stimulus in all of the Allen Institute's experiments."""

from collections.abc import Mapping

import numpy as np

from ....core.errors import UnexpectedFormatError
from .protocol import BLANK, Protocol

N_SCENES = 118

STIMULUS_IDS = tuple(f"scene_{number:03d}" for number in range(N_SCENES))
"""Image index -> stimulus id."""


def _image_indices(columns: Mapping[str, np.ndarray], where: str) -> np.ndarray:
    """Return the index of the image, which is what files call the frame."""
    images = columns["frame"]
    if images.ndim != 1 or not np.array_equal(images, np.round(images)):
        raise UnexpectedFormatError(f"{where} has presentations of natural scenes without a whole image index.")
    outside = (images < BLANK) | (images >= N_SCENES)
    if outside.any():
        raise UnexpectedFormatError(
            f"{where} has presentations of image {images[outside][0]:.0f}; there are {N_SCENES} scenes, counted from "
            f"0, and blanks ({BLANK})."
        )
    return images.astype(np.int64)


def _means_by_index(means: np.ndarray) -> np.ndarray:
    if means.ndim != 3 or means.shape[0] != N_SCENES + 1:
        raise UnexpectedFormatError(
            f"response_ns has shape {means.shape}; {N_SCENES} scenes and a blank need ({N_SCENES + 1}, cells + 1, 3)."
        )
    return means


SCENES = Protocol(
    name="natural scenes",
    one="scene",
    suffix="ns",
    group="natural_scenes",
    columns=("frame",),
    stimulus_ids=STIMULUS_IDS,
    repetitions=(50, 50),
    indices=_image_indices,
    means_by_index=_means_by_index,
)
