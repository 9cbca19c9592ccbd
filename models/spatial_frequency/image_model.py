"""The steerable pyramid as a model."""

from ...activations.image_model import ImageModel
from .steerable_pyramid import SteerablePyramid

IMAGE_SIZE = 128
N_LEVELS = 4
N_ORIENTATIONS = 4


def spatial_frequency() -> ImageModel:
    """Return the model whose layers are the bands of a steerable pyramid, one octave each, from fine to coarse.

    Of 128 x 128 px: 'bands.0' is centred on 32 cycles per image, 'bands.3' on 4; 'lowpass' is what is coarser.
    """
    network = SteerablePyramid(IMAGE_SIZE, N_LEVELS, N_ORIENTATIONS)
    layers = [*(f"bands.{level}" for level in range(N_LEVELS)), "lowpass"]
    return ImageModel("spatial-frequency", network, layers, IMAGE_SIZE)
