"""NeuRN, and relatives of it, in front of a model or within its network."""

from ...activations.image_model import ImageModel
from ...activations.layered_model import LayeredModel
from ...brainscore_bridge.as_neural_model import as_neural_model
from ...core.errors import ModelError
from ...core.interfaces import ModelLike
from ...plugins.discovery import registered_normalizations
from ...plugins.unknown_identifier import unknown_identifier
from ..model_name import normalized_identifier
from ..registered_names import is_registered, mark_as_registered
from ..untrained_networks import UntrainedNetworks


def with_neurn(model: ModelLike) -> LayeredModel:
    """Return a model that sees images through NeuRN (k = 3, reflect padding, maximum over the image).

    NeuRN acts on values in [0, 1], before the network's own normalization. The given model is left as it is;
    the two share their network, and layers keep their names.

    Parameters
    ----------
    model : ImageModel or BrainModel or module of timm
        A BrainModel must expose its layers and its preprocessing, as a ModelCommitment does.

    Returns
    -------
    ImageModel or CommittedNetwork or ActivationsModel
        With the identifier ``<identifier>+neurn``, or ``<identifier>-neurn`` where that is registered: the same model.

    Raises
    ------
    ModelError
        If NeuRN cannot be placed in front of the model: how its input comes from image values is not known.
    """
    return with_normalization(model, "neurn")


def with_normalization(model: ModelLike, name: str) -> LayeredModel:
    """Return a model with NeuRN, or a relative of it, before or within its network; the given one is left as it is.

    Parameters
    ----------
    model : ImageModel or BrainModel or module of timm
        As of `with_neurn`. Within a network: an ImageModel only.
    name : str
        A key of `normalization_registry`.

    Returns
    -------
    ImageModel or CommittedNetwork or ActivationsModel
        With the identifier ``<identifier>+<name>``; for 'neurn' see `with_neurn`.

    Raises
    ------
    UnknownIdentifierError
        If there is no such normalization.
    ModelError
        If the normalization cannot be placed there.
    """
    normalizations = registered_normalizations()
    if name not in normalizations:
        raise unknown_identifier("normalization", name, normalizations)
    normalization = normalizations[name]
    neural_model = as_neural_model(model)
    identifier = normalized_identifier(neural_model.identifier, name)
    if isinstance(neural_model, UntrainedNetworks):
        changed = neural_model.mapped(lambda member: with_normalization(member, name), identifier)
        return mark_as_registered(changed) if is_registered(neural_model) else changed
    if normalization.before is not None:
        seen_through = neural_model.with_input_stage(normalization.before(), identifier)
        return mark_as_registered(seen_through) if is_registered(neural_model) else seen_through
    if normalization.within is None or not isinstance(neural_model, ImageModel):
        raise ModelError(
            f"{name} cannot be placed within {neural_model.identifier}: only the network of an ImageModel can be "
            f"changed, and this is a {type(neural_model).__name__}."
        )
    within = neural_model.with_network(normalization.within(neural_model), identifier)
    return mark_as_registered(within) if is_registered(neural_model) else within
