"""Models by name, ours and Brain-Score's."""

from typing import Any

from ..brainscore_bridge.internals import (
    brain_score_is_installed,
    load_registered_model,
    registered_identifiers,
    requirements,
    vision_folder,
)
from ..core.errors import BrainscoreMouseError, ModelError
from ..plugins.discovery import _models
from ..plugins.identifiers import split_variant, unknown_identifier

BRAIN_SCORE_PREFIX = "brainscore:"


def load_model(identifier: str) -> Any:
    """Make the model of this name, with its weights.

    Parameters
    ----------
    identifier : str
        For instance 'resnet50', or 'resnet50_tutorial': what is not registered here is looked for in
        brainscore_vision, without installing anything. Where both have a model of this name it is ours, and
        Brain-Score's is 'brainscore:alexnet'. With '+neurn' behind it, any model sees images through
        NeuRN; so with the other names of `NORMALIZATION_VARIANTS`, of which some act within the network.

    Returns
    -------
    ImageModel, or for Brain-Score's models CommittedNetwork, ActivationsModel or BrainModel
        See :mod:`brainscore_mouse.brainscore_bridge.models`.

    Raises
    ------
    UnknownIdentifierError
        If there is none; the message names the closest.
    WeightsUnavailableError
        If its pretrained weights cannot be had.
    ModelError
        If Brain-Score's model cannot be loaded, or NeuRN cannot be put in front of it.
    """
    check_model_is_known(identifier)
    identifier = canonical_model_identifier(identifier)
    plain, variant = split_variant(identifier)
    if variant is not None:
        from .neurn.with_neurn import with_normalization

        return with_normalization(load_model(plain), variant)
    if identifier in _models():
        return _models()[identifier]()
    from ..brainscore_bridge.models import comparable

    name = identifier.removeprefix(BRAIN_SCORE_PREFIX)
    return comparable(_load_from_brain_score(name), _identifier_of_brain_score_model(name))


def canonical_model_identifier(identifier: str) -> str:
    """Return the one identifier of a model that has several: scores are stored under it; loads nothing."""
    plain, variant = split_variant(identifier)
    name = plain if plain in _models() else _identifier_of_brain_score_model(plain.removeprefix(BRAIN_SCORE_PREFIX))
    if variant is None:
        return name
    if variant == "neurn" and f"{name}-neurn" in _models():
        return f"{name}-neurn"
    return f"{name}{identifier.removeprefix(plain)}"


def check_model_is_known(identifier: str) -> None:
    """Raise UnknownIdentifierError, with the closest names, unless `load_model` knows this model; loads nothing."""
    plain, _ = split_variant(identifier)
    if plain in _models():
        return
    if not brain_score_is_installed():
        if plain.startswith(BRAIN_SCORE_PREFIX):
            vision_folder()  # says how to install it
        raise unknown_identifier("model", identifier, _models())
    registered = registered_identifiers("model")
    if plain.removeprefix(BRAIN_SCORE_PREFIX) not in registered:
        raise unknown_identifier("model", identifier, {*_models(), *registered})


def _identifier_of_brain_score_model(name: str) -> str:
    """Return the one identifier by which this package knows a model of Brain-Score."""
    return f"{BRAIN_SCORE_PREFIX}{name}" if name in _models() else name


def _load_from_brain_score(name: str) -> Any:
    try:
        return load_registered_model(name)
    except (BrainscoreMouseError, MemoryError):
        raise
    except Exception as error:
        needed = requirements("model", registered_identifiers("model")[name])
        hint = f" What it needs is told in {', '.join(map(str, needed))}; nothing was installed." if needed else ""
        raise ModelError(
            f"Brain-Score's model {name!r} cannot be loaded: {type(error).__name__}: {error}.{hint}"
        ) from error
