"""Mean luminance and root-mean-square contrast of image patches as a model."""

from ...activations.image_model import ImageModel
from .local_statistics import LuminanceAndContrast

IMAGE_SIZE = 128


def luminance_contrast() -> ImageModel:
    """Return the model with the layers 'luminance', 'contrast' and 'both', on a grid of 16 x 16 patches of 8 px."""
    return ImageModel("luminance-contrast", LuminanceAndContrast(), ["luminance", "contrast", "both"], IMAGE_SIZE)
