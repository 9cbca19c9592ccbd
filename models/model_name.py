"""The parts of a model's name; takes names apart without loading a model, or torch."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..brainscore_bridge.internals import brain_score_is_installed, registered_identifiers, vision_folder
from ..core.errors import DataError, UnknownIdentifierError
from ..plugins.discovery import registered_models, registered_normalizations
from ..plugins.unknown_identifier import unknown_identifier
from .sources import RANDOM, model_source, source_prefix, split_random
from .weights_status import weights_status

BRAIN_SCORE = "brainscore"
BRAIN_SCORE_PREFIX = f"{BRAIN_SCORE}:"


class _Known:
    """What is registered, looked up once for many names: that takes a fifth of a second."""

    @cached_property
    def ours(self) -> Mapping[str, Any]:
        return registered_models()

    @cached_property
    def normalizations(self) -> Mapping[str, Any]:
        return registered_normalizations()

    @cached_property
    def brain_score(self) -> Mapping[str, str]:
        return registered_identifiers("model") if brain_score_is_installed() else {}


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
        known = _Known()
        found = cls._find(identifier, known)
        if found is not None:
            return found
        if split_normalization(identifier)[0].startswith(BRAIN_SCORE_PREFIX):
            vision_folder()  # says how to install it, where it is not
        raise unknown_identifier("model", identifier, {*known.ours, *known.brain_score})

    @classmethod
    def _find(cls, identifier: str, known: "_Known") -> "ModelName | None":
        """Take a name apart; None if it is neither registered here nor in Brain-Score."""
        name, normalization = _split_normalization(identifier, known.normalizations)
        prefix = source_prefix(name)
        if prefix is not None:
            return cls._of_source(prefix, name.removeprefix(f"{prefix}:"), normalization)
        if name in known.ours:
            return cls(None, name, None, normalization)
        plain, random = split_random(name)
        if random and f"{plain}{RANDOM}" in known.ours:
            return cls(None, f"{plain}{RANDOM}", int(random.removeprefix(f"{RANDOM}.")), normalization)
        theirs = name.removeprefix(BRAIN_SCORE_PREFIX)
        return cls(BRAIN_SCORE, theirs, None, normalization) if theirs in known.brain_score else None

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
        name = self.without_seed if self.seed is None else f"{self.without_seed}.{self.seed}"
        return name if self.normalization is None else normalized_identifier(name, self.normalization)

    @property
    def without_seed(self) -> str:
        """The identifier without the weight seed and the normalization."""
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
        name = self.without_seed.removesuffix("-neurn") if self.prefix is None else self.without_seed
        return name if self.seed is None else f"{name}.{self.seed}"


def known_model_names(identifiers: Iterable[str]) -> dict[str, ModelName]:
    """Take many names apart, and leave out those that name no model on this machine.

    Parameters
    ----------
    identifiers : iterable of str
        As :meth:`ModelName.parse` takes them.

    Returns
    -------
    dict of str to ModelName
        By identifier.
    """
    known, found = _Known(), {}
    for identifier in identifiers:
        try:
            name = ModelName._find(identifier, known)
        except (UnknownIdentifierError, DataError):  # a source does not know it; a mouse's recordings are not here
            continue
        if name is not None:
            found[identifier] = name
    return found


def split_normalization(identifier: str) -> tuple[str, str | None]:
    """Split ``<model>+<normalization>``; None if what follows the last plus is not the name of one."""
    return _split_normalization(identifier, registered_normalizations())


def _split_normalization(identifier: str, normalizations: Container[str]) -> tuple[str, str | None]:
    base, plus, name = identifier.rpartition("+")
    return (base, name) if plus and name in normalizations else (identifier, None)


def normalized_identifier(model: str, normalization: str) -> str:
    """Return the one identifier of a model with a normalization: ``<model>-neurn`` where that is registered."""
    registered = f"{model}-neurn"
    return registered if normalization == "neurn" and registered in registered_models() else f"{model}+{normalization}"
