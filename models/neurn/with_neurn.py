"""NeuRN in front of a model."""

from typing import Any

from ...core.brainscore_models import ActivationsModel, CommittedNetwork, comparable, with_input_stage
from ...core.errors import ModelError
from ...core.image_model import ImageModel
from ...core.network_input import WithInputStage
from ...core.registries import model_registry
from .normalization import NeuRN


def with_neurn(model: Any) -> Any:
    """Return a model that sees images through NeuRN (k = 3, reflect padding, maximum over the image).

    NeuRN acts on values in [0, 1], before the network's own normalization. The given model is left as it is;
    the two share their network, and layers keep their names.

    Parameters
    ----------
    model : ImageModel or BrainModel
        A BrainModel must tell its layers and its preprocessing, as a ModelCommitment does.

    Returns
    -------
    ImageModel or CommittedNetwork or ActivationsModel
        With the identifier ``<identifier>+neurn``, or ``<identifier>-neurn`` where that is registered: the same model.

    Raises
    ------
    ModelError
        If NeuRN cannot be put in front of the model: how its input comes from image values cannot be told.
    """
    model = comparable(model)
    registered = f"{model.identifier}-neurn"
    identifier = registered if registered in model_registry else f"{model.identifier}+neurn"
    if isinstance(model, CommittedNetwork | ActivationsModel):
        return with_input_stage(model, NeuRN(), identifier)
    if not isinstance(model, ImageModel):
        raise ModelError(
            f"NeuRN cannot be put in front of {model.identifier}: a {type(model).__name__} hides its input."
        )
    return ImageModel(
        identifier,
        WithInputStage(NeuRN(), model.network),
        model.layers,
        model.image_size,
        region_layer_map=model.region_layer_map,
        visual_degrees=model.visual_degrees(),
        extraction=model.extraction,
        interpolation=model.interpolation,
    )
