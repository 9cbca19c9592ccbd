"""Sources of models, such as timm: any of their networks by a name with a prefix, ``timm:resnet18.a1_in1k``."""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..core.errors import UnknownIdentifierError
from ..plugins.discovery import registered_model_sources
from .weights_status import WeightsStatus

if TYPE_CHECKING:
    from ..activations.layered_model import LayeredModel
    from ..core.image_loading import ImageSize

RANDOM = "-random"
_RANDOM_AT_END = re.compile(r"-random(\.(0|[1-9]\d{0,8}))?$")


@dataclass(frozen=True)
class ListedModel:
    """What a source knows of a model without making it.

    Attributes
    ----------
    name : str
        Without the source's prefix; '-random' at the end where it has no pretrained weights.
    n_parameters : int or None
        None where that is not known without making the network.
    image_size : int or (int, int) or None
        Side length of a square, or height and width; in pixels.
    """

    name: str
    n_parameters: int | None = None
    image_size: "ImageSize | None" = None


class ModelSource(Protocol):
    """Where models come from whose names have a prefix; the names here are without it.

    Attributes
    ----------
    description : str
        One line, for lists.
    has_untrained : bool
        Whether ``<name>-random`` is the network as its library initializes it.
    """

    description: str
    has_untrained: bool

    def canonical(self, name: str) -> str:
        """Return the one name of a model with weights; raise UnknownIdentifierError if it is known that there is none.

        Loads no weights, and downloads nothing.
        """
        ...

    def canonical_untrained(self, name: str) -> str:
        """Return the one name of a network without weights; raise as `canonical`."""
        ...

    def pretrained(self, name: str) -> "LayeredModel":
        """Make a model with its weights, which are downloaded if need be; WeightsUnavailableError if they cannot be."""
        ...

    def untrained(self, name: str, seed: int) -> "LayeredModel":
        """Make the network as its library initializes it, with the generator of the CPU seeded."""
        ...

    def weights(self, name: str) -> WeightsStatus:
        """Tell where the weights of a model are; downloads nothing."""
        ...

    def untrained_needs(self, name: str) -> WeightsStatus | None:
        """Tell which file an untrained network needs, such as its configuration; None: nothing."""
        ...

    def listed(self) -> Sequence[ListedModel]:
        """Return all models that can be listed without network, by name; downloads nothing."""
        ...


def model_source(prefix: str) -> ModelSource:
    """Make the source of a prefix, such as 'timm'."""
    source: ModelSource = registered_model_sources()[prefix]()
    return source


def source_prefix(identifier: str) -> str | None:
    """Return the prefix of the source that an identifier names; None if it names none."""
    prefix, colon, _ = identifier.partition(":")
    return prefix if colon and prefix in registered_model_sources() else None


def names_matching(prefix: str, pattern: str) -> list[str]:
    """Return the names of a source that match a pattern, with the prefix.

    Parameters
    ----------
    prefix : str
        Of the source.
    pattern : str
        With ``*``, ``?`` and ``[...]``, as in a shell. One that ends in '-random' or '-random.<seed>' is compared with
        the names of networks, any other with those that have pretrained weights.

    Raises
    ------
    UnknownIdentifierError
        If nothing matches, or the source cannot list its models.
    """
    plain, random = split_random(pattern)
    listed = model_source(prefix).listed()
    if not listed:
        raise UnknownIdentifierError(
            f"The names of '{prefix}:' cannot be listed, so that {prefix + ':' + pattern!r} matches none: write them "
            "out."
        )
    if random:
        known = list(dict.fromkeys(model.name.removesuffix(RANDOM).partition(".")[0] for model in listed))
    else:
        known = [model.name for model in listed if not model.name.endswith(RANDOM)]
    found = fnmatch.filter(known, plain)
    if not found:
        raise UnknownIdentifierError(
            f"None of the {len(known)} models of '{prefix}:' matches {pattern!r}; see `brainscore-mouse list models "
            f"--source {prefix}`."
        )
    return [f"{prefix}:{name}{random}" for name in found]


def split_random(name: str) -> tuple[str, str]:
    """Split '-random' or '-random.<seed>' from the end of a name; '' if it does not end so."""
    found = _RANDOM_AT_END.search(name)
    return (name[: found.start()], found[0]) if found else (name, "")
