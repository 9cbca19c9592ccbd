"""Models whose only layer is the image."""

from collections import OrderedDict

from torch import nn

from ...activations.image_model import ImageModel
from ...activations.network_input import WithInputStage
from ..neurn.normalization import NeuRN

# The resolution at which the reference values for pixels and NeuRN pixels were measured; mice resolve less.
IMAGE_SIZE = 64


def pixels() -> ImageModel:
    """Return the model whose features are the values of the image squashed to 64 x 64 px, in [0, 1]."""
    return ImageModel("pixels", _image_as_layer(), ["pixels"], IMAGE_SIZE)


def neurn_pixels() -> ImageModel:
    """Return the model whose features are NeuRN (k = 3) of the image squashed to 64 x 64 px."""
    return ImageModel("neurn-pixels", WithInputStage(NeuRN(), _image_as_layer()), ["pixels"], IMAGE_SIZE)


def _image_as_layer() -> nn.Module:
    return nn.Sequential(OrderedDict(pixels=nn.Flatten()))  # each value is a unit of its own
