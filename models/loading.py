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
from ..core.errors import BrainscoreMouseError, ModelError, UnknownIdentifierError
from ..plugins.discovery import registered_models, registered_normalizations
from ..plugins.unknown_identifier import unknown_identifier
from .downloads import WeightsStatus, weights_status
from .neurn.with_neurn import normalized_identifier, with_normalization
from .registered_names import BRAIN_SCORE, BRAIN_SCORE_PREFIX, mark_as_registered, registered_name
from .sources import RANDOM, model_source, source_prefix, split_random
from .untrained_networks import UntrainedNetworks


@dataclass(frozen=True)
class ModelName:
    """The parts of a model's name, ``[<prefix>:]<base>[-random[.<seed>]][+<normalization>]``; it is known to exist.

    Attributes
    ----------
    prefix : str or None
        Of the source of the model, such as 'timm', or 'brainscore'; None for what is registered here.
    base : str
        Identifier of a model that is registered here, in Brain-Score or in the source, with '-random' if it has that.
    seed : int or None
        The weight seed of a single untrained network.
    normalization : str or None
        A key of `normalization_registry`.
    """

    prefix: str | None
    base: str
    seed: int | None = None
    normalization: str | None = None

    @classmethod
    def parse(cls, identifier: str) -> "ModelName":
        """Take a name apart; loads no model, and downloads nothing.

        Parameters
        ----------
        identifier : str
            For instance 'resnet50', 'timm:resnet18.a1_in1k', 'resnet18-random.3', 'resnet50_tutorial+neurn' or
            'brainscore:alexnet'.

        Raises
        ------
        UnknownIdentifierError
            If there is no such model; the message names the closest.
        """
        name, normalization = split_normalization(identifier)
        prefix = source_prefix(name)
        if prefix is not None:
            return cls._of_source(prefix, name.removeprefix(f"{prefix}:"), normalization)
        ours = registered_models()
        if name in ours:
            return cls(None, name, None, normalization)
        plain, random = split_random(name)
        if random and f"{plain}{RANDOM}" in ours:
            return cls(None, f"{plain}{RANDOM}", int(random.removeprefix(f"{RANDOM}.")), normalization)
        _check_is_of_brain_score(identifier, name, ours)
        return cls(BRAIN_SCORE, name.removeprefix(BRAIN_SCORE_PREFIX), None, normalization)

    @classmethod
    def _of_source(cls, prefix: str, name: str, normalization: str | None) -> "ModelName":
        source = model_source(prefix)
        plain, random = split_random(name) if source.has_untrained else (name, "")
        if not random:
            return cls(prefix, source.canonical(name), None, normalization)
        seed = random.removeprefix(RANDOM).removeprefix(".")
        base = f"{source.canonical_untrained(plain)}{RANDOM}"
        return cls(prefix, base, int(seed) if seed else None, normalization)

    @property
    def canonical(self) -> str:
        """The one identifier of a model that has several: scores are stored under it."""
        name = self._canonical_base if self.seed is None else f"{self._canonical_base}.{self.seed}"
        return name if self.normalization is None else normalized_identifier(name, self.normalization)

    @property
    def _canonical_base(self) -> str:
        if self.prefix == BRAIN_SCORE and self.base not in registered_models():
            return self.base
        return self.base if self.prefix is None else f"{self.prefix}:{self.base}"

    @property
    def is_mean_over_seeds(self) -> bool:
        """Whether the name stands for several untrained networks, as far as that is known without loading it.

        What plugin packages register as ``<name>-random`` may be a single network.
        """
        if self.seed is not None or not self.base.endswith(RANDOM):
            return False
        if self.prefix is None:
            return self.base.removesuffix(RANDOM) in weights_status()
        return self.prefix != BRAIN_SCORE and model_source(self.prefix).has_untrained

    @property
    def without_normalization(self) -> str:
        """The one identifier of the model as it is without its normalization, and without ``-neurn``."""
        name = self._canonical_base.removesuffix("-neurn") if self.prefix is None else self._canonical_base
        return name if self.seed is None else f"{name}.{self.seed}"

    def load(self) -> LayeredModel:
        """Make the model, with its weights; raises as `load_model` does."""
        neural_model = self._load_base()
        if self.normalization is not None:
            neural_model = with_normalization(neural_model, self.normalization)
        if neural_model.identifier != self.canonical and registered_name(neural_model.identifier) is not None:
            raise ModelError(
                f"What is registered as {self.canonical!r} calls itself {neural_model.identifier!r}, the name of "
                "another registered model. Its maker must give it an identifier of its own."
            )
        return mark_as_registered(neural_model)

    def _load_base(self) -> LayeredModel:
        if self.prefix == BRAIN_SCORE:
            return as_neural_model(_load_from_brain_score(self.base), self._canonical_base)
        model = as_neural_model(registered_models()[self.base]() if self.prefix is None else self._load_from_source())
        if self.seed is None:
            return model
        if not isinstance(model, UntrainedNetworks):
            raise UnknownIdentifierError(
                f"{self.base} is one network, not several with weight seeds: leave out the seed."
            )
        return model.member(self.seed)

    def _load_from_source(self) -> LayeredModel:
        source = model_source(str(self.prefix))
        if not (source.has_untrained and self.base.endswith(RANDOM)):
            return source.pretrained(self.base)
        name = self.base.removesuffix(RANDOM)
        return UntrainedNetworks(self._canonical_base, lambda seed: source.untrained(name, seed))


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
    return ModelName.parse(identifier).load()


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
