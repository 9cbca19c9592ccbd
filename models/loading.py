"""Models by name, ours and Brain-Score's."""

from typing import Any

from ..activations.layered_model import LayeredModel
from ..brainscore_bridge.as_neural_model import as_neural_model
from ..brainscore_bridge.internals import load_registered_model, registered_identifiers, requirements
from ..core.errors import BrainscoreMouseError, ModelError, UnknownIdentifierError
from ..plugins.discovery import registered_models
from .model_name import BRAIN_SCORE, ModelName
from .neurn.with_neurn import with_normalization
from .registered_names import mark_as_registered, registered_name
from .sources import RANDOM, model_source
from .untrained_networks import UntrainedNetworks
from .weights_status import WeightsStatus, weights_status


def load_model(identifier: str) -> LayeredModel:
    """Make the model of this name, with its weights.

    Parameters
    ----------
    identifier : str
        For instance 'resnet50', or with the prefix of a source, such as 'timm:resnet18.a1_in1k',
        'torchvision:resnet18.IMAGENET1K_V1' or 'hf:facebook/dinov2-base'; or 'resnet50_tutorial': what is not
        registered here is looked for in brainscore_vision, without installing anything. Where both have a model of this
        name it is ours, and Brain-Score's is 'brainscore:alexnet'. '<name>-random' is the untrained control, several
        networks whose scores are averaged, and '<name>-random.3' the one of weight seed 3. With '+neurn' at the end,
        any model sees images through NeuRN; likewise with the other names of `normalization_registry`, some of which
        act within the network.

    Returns
    -------
    ImageModel, UntrainedNetworks, or for Brain-Score's models CommittedNetwork, ActivationsModel or BrainModelByArea
        See :func:`brainscore_mouse.brainscore_bridge.as_neural_model.as_neural_model`.

    Raises
    ------
    UnknownIdentifierError
        If there is none; the message names the closest.
    WeightsUnavailableError
        If its pretrained weights are not available.
    ModelError
        If Brain-Score's model cannot be loaded, or NeuRN cannot be placed in front of it.
    """
    return load_named(ModelName.parse(identifier))


def load_named(name: ModelName) -> LayeredModel:
    """Make the model of a name that was taken apart, with its weights; raises as `load_model` does."""
    neural_model = _load_base(name)
    if name.normalization is not None:
        neural_model = with_normalization(neural_model, name.normalization)
    if neural_model.identifier != name.canonical and registered_name(neural_model.identifier) is not None:
        raise ModelError(
            f"What is registered as {name.canonical!r} calls itself {neural_model.identifier!r}, the name of "
            "another registered model. Its maker must give it an identifier of its own."
        )
    return mark_as_registered(neural_model)


def needed_file(name: ModelName) -> WeightsStatus | None:
    """Tell whether the file that a model is made of is on this machine; loads and downloads nothing.

    Returns
    -------
    WeightsStatus or None
        None: it needs no file, or does not say which.
    """
    if name.prefix == BRAIN_SCORE:
        return None
    if name.prefix is None:
        return weights_status().get(name.base.removesuffix("-neurn"))
    source = model_source(name.prefix)
    if source.has_untrained and name.base.endswith(RANDOM):
        return source.untrained_needs(name.base.removesuffix(RANDOM))
    return source.weights(name.base)


def _load_base(name: ModelName) -> LayeredModel:
    if name.prefix == BRAIN_SCORE:
        return as_neural_model(_load_from_brain_score(name.base), name.without_seed)
    model = as_neural_model(registered_models()[name.base]() if name.prefix is None else _load_from_source(name))
    if name.seed is None:
        return model
    if not isinstance(model, UntrainedNetworks):
        raise UnknownIdentifierError(f"{name.base} is one network, not several with weight seeds: leave out the seed.")
    return model.member(name.seed)


def _load_from_source(name: ModelName) -> LayeredModel:
    source = model_source(str(name.prefix))
    if not (source.has_untrained and name.base.endswith(RANDOM)):
        return source.pretrained(name.base)
    network = name.base.removesuffix(RANDOM)
    return UntrainedNetworks(name.without_seed, lambda seed: source.untrained(network, seed))


def _load_from_brain_score(name: str) -> Any:
    try:
        return load_registered_model(name)
    except (BrainscoreMouseError, MemoryError):
        raise
    except Exception as error:
        needed = requirements("model", registered_identifiers("model")[name])
        listed = (
            f" Its requirements are listed in {', '.join(map(str, needed))}; nothing was installed." if needed else ""
        )
        raise ModelError(
            f"Brain-Score's model {name!r} cannot be loaded: {type(error).__name__}: {error}.{listed}"
        ) from error
