"""NeuRN in front of a model."""

from ...core.image_model import ImageModel
from ...core.network_input import WithInputStage
from .normalization import NeuRN


def with_neurn(model: ImageModel) -> ImageModel:
    """Return a model that sees images through NeuRN (k = 3, reflect padding, maximum over the image).

    NeuRN acts on values in [0, 1], before the network's own normalization. The given model is left as it is;
    the two share their network, and layers keep their names.

    Parameters
    ----------
    model : ImageModel
        Any model.

    Returns
    -------
    ImageModel
        With the identifier ``<identifier>-neurn``.
    """
    return ImageModel(
        f"{model.identifier}-neurn",
        WithInputStage(NeuRN(), model.network),
        model.layers,
        model.image_size,
        region_layer_map=model.region_layer_map,
        visual_degrees=model.visual_degrees(),
    )
