"""Models by name, ours and Brain-Score's: a name is taken apart once, here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..activations.layered_model import LayeredModel
from ..brainscore_bridge.as_neural_model import as_neural_model
from ..brainscore_bridge.internals import (
    brain_score_is_installed,
    load_registered_model,
    registered_identifiers,
    requirements,
    vision_folder,
)
from ..core.errors import BrainscoreMouseError, ModelError
from ..plugins.discovery import registered_models, registered_normalizations
from ..plugins.unknown_identifier import unknown_identifier
from .neurn.with_neurn import normalized_identifier, with_normalization
from .registered_names import BRAIN_SCORE_PREFIX, mark_as_registered, registered_name


@dataclass(frozen=True)
class ModelName:
    """The parts of a model's name, ``[brainscore:]<base>[+<normalization>]``; that such a model exists is checked.

    Attributes
    ----------
    base : str
        Identifier of a model that is registered here or in Brain-Score.
    normalization : str or None
        A key of `normalization_registry`.
    is_ours : bool
        Whether the base is registered here; otherwise it is Brain-Score's.
    """

    base: str
    normalization: str | None
    is_ours: bool

    @classmethod
    def parse(cls, identifier: str) -> "ModelName":
        """Take a name apart; loads no model.

        Parameters
        ----------
        identifier : str
            For instance 'resnet50', 'resnet50_tutorial+neurn' or 'brainscore:alexnet'.

        Raises
        ------
        UnknownIdentifierError
            If there is no such model; the message names the closest.
        """
        base, normalization = split_normalization(identifier)
        ours = registered_models()
        if base in ours:
            return cls(base, normalization, is_ours=True)
        _check_is_of_brain_score(identifier, base, ours)
        return cls(base.removeprefix(BRAIN_SCORE_PREFIX), normalization, is_ours=False)

    @property
    def canonical(self) -> str:
        """The one identifier of a model that has several: scores are stored under it."""
        if self.normalization is None:
            return self._canonical_base
        return normalized_identifier(self._canonical_base, self.normalization)

    @property
    def _canonical_base(self) -> str:
        taken = not self.is_ours and self.base in registered_models()
        return f"{BRAIN_SCORE_PREFIX}{self.base}" if taken else self.base

    def load(self) -> LayeredModel:
        """Make the model, with its weights; raises as `load_model` does."""
        model = registered_models()[self.base]() if self.is_ours else _load_from_brain_score(self.base)
        neural_model = as_neural_model(model, None if self.is_ours else self._canonical_base)
        if self.normalization is not None:
            neural_model = with_normalization(neural_model, self.normalization)
        if neural_model.identifier != self.canonical and registered_name(neural_model.identifier) is not None:
            raise ModelError(
                f"What is registered as {self.canonical!r} calls itself {neural_model.identifier!r}, the name of "
                "another registered model. Its maker must give it an identifier of its own."
            )
        return mark_as_registered(neural_model)


def load_model(identifier: str) -> LayeredModel:
    """Make the model of this name, with its weights.

    Parameters
    ----------
    identifier : str
        For instance 'resnet50', or 'resnet50_tutorial': what is not registered here is looked for in
        brainscore_vision, without installing anything. Where both have a model of this name it is ours, and
        Brain-Score's is 'brainscore:alexnet'. With '+neurn' at the end, any model sees images through
        NeuRN; likewise with the other names of `normalization_registry`, some of which act within the network.

    Returns
    -------
    ImageModel, or for Brain-Score's models CommittedNetwork, ActivationsModel or BrainModelByArea
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
    return ModelName.parse(identifier).load()


def split_normalization(identifier: str) -> tuple[str, str | None]:
    """Split ``<model>+<normalization>``; None if what follows the last plus is not the name of one."""
    base, plus, name = identifier.rpartition("+")
    return (base, name) if plus and name in registered_normalizations() else (identifier, None)


def _check_is_of_brain_score(identifier: str, base: str, ours: Mapping[str, Any]) -> None:
    if not brain_score_is_installed():
        if base.startswith(BRAIN_SCORE_PREFIX):
            vision_folder()  # says how to install it
        raise unknown_identifier("model", identifier, ours)
    theirs = registered_identifiers("model")
    if base.removeprefix(BRAIN_SCORE_PREFIX) not in theirs:
        raise unknown_identifier("model", identifier, {*ours, *theirs})


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
