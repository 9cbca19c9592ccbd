"""The Gabor bank as a model: rectified phases as simple cells, energies as complex cells."""

from collections import OrderedDict

from torch import nn

from ...activations.image_model import ImageModel
from .gabor_bank import Energy, GaborPhases

IMAGE_SIZE = 128


def gabor() -> ImageModel:
    """Return the model with the layers 'phases' (half-rectified, four phases) and 'energy' (their energies).

    The image, squashed to 128 x 128 px, is taken to span 120 x 95 degrees of the visual field, as the screen of the
    Allen Brain Observatory does (see `GaborPhases`).
    """
    network = nn.Sequential(OrderedDict(phases=GaborPhases(IMAGE_SIZE), energy=Energy()))
    return ImageModel("gabor", network, ["phases", "energy"], IMAGE_SIZE, visual_degrees=120)
