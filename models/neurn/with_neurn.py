"""NeuRN, and relatives of it, before or within a model."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from ...activations.image_model import ImageModel
from ...activations.network_input import WithInputStage
from ...brainscore_bridge.models import ActivationsModel, CommittedNetwork, comparable, with_input_stage
from ...core.errors import ModelError
from ...plugins.identifiers import NORMALIZATION_VARIANTS, unknown_identifier
from ...plugins.registries import model_registry
from .normalization import NeuRN
from .relatives import DivisiveNormalization, LocalContrastNormalization, LocalResponseNormalization
from .within_network import ends_of_stages, first_convolution, with_normalized_layers


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
    return with_normalization(model, "neurn")


def with_normalization(model: Any, variant: str) -> Any:
    """Return a model with NeuRN, or a relative of it, before or within its network; the given one is left as it is.

    Parameters
    ----------
    model : ImageModel or BrainModel
        As of `with_neurn`. Within a network: an ImageModel only.
    variant : str
        A key of `brainscore_mouse.plugins.identifiers.NORMALIZATION_VARIANTS`.

    Returns
    -------
    ImageModel or CommittedNetwork or ActivationsModel
        With the identifier ``<identifier>+<variant>``; for 'neurn' as `with_neurn` tells.

    Raises
    ------
    UnknownIdentifierError
        If there is no such variant.
    ModelError
        If the normalization cannot be put there.
    """
    if variant not in NORMALIZATION_VARIANTS:
        raise unknown_identifier("normalization variant", variant, NORMALIZATION_VARIANTS)
    model = comparable(model)
    registered = f"{model.identifier}-neurn"
    identifier = f"{model.identifier}+{variant}"
    if variant == "neurn" and registered in model_registry:
        identifier = registered
    if variant in _INPUT_STAGES and isinstance(model, CommittedNetwork | ActivationsModel):
        return with_input_stage(model, _INPUT_STAGES[variant](), identifier)
    if not isinstance(model, ImageModel):
        placed = "in front of" if variant in _INPUT_STAGES else "within"
        raise ModelError(
            f"{variant} cannot be put {placed} {model.identifier}: a {type(model).__name__} hides its input."
        )
    return ImageModel(
        identifier,
        _normalized_network(model, variant),
        model.layers,
        model.image_size,
        region_layer_map=model.region_layer_map,
        visual_degrees=model.visual_degrees(),
        extraction=model.extraction,
        interpolation=model.interpolation,
    )


def _normalized_network(model: ImageModel, variant: str) -> nn.Module:
    if variant in _INPUT_STAGES:
        return WithInputStage(_INPUT_STAGES[variant](), model.network)
    normalization = NeuRN()
    if variant == "neurn-conv1":
        layers = first_convolution(model.network)
    else:
        layers = ends_of_stages(model.network, model.layers, model.image_size, normalization.kernel_size)
    return with_normalized_layers(model.network, normalization, layers)


_INPUT_STAGES: dict[str, Callable[[], nn.Module]] = {
    "neurn": NeuRN,
    "neurn-k5": partial(NeuRN, 5),
    "neurn-k7": partial(NeuRN, 7),
    "divnorm": DivisiveNormalization,
    "lrn": LocalResponseNormalization,
    "lcn": LocalContrastNormalization,
}
