"""The networks of the installed timm."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import timm
import timm.models
from torch import nn

from ...activations.image_model import ImageModel
from ...core.errors import UnknownIdentifierError
from ...core.image_loading import ImageSize
from ...plugins.unknown_identifier import closest_names
from ..downloads import from_hub, hub_file_status, url_status
from ..sources import RANDOM, ListedModel
from ..untrained_networks import seeded
from ..weights_status import WeightsStatus

# In the order in which timm looks for them.
WEIGHT_FILES = ("model.safetensors", "open_clip_model.safetensors", "pytorch_model.bin", "open_clip_pytorch_model.bin")


class TimmSource:
    """``timm:<architecture>[.<weights>]``; see :class:`~brainscore_mouse.models.sources.ModelSource`."""

    description = "networks of timm, such as timm:resnet18.a1_in1k"
    has_untrained = True

    def canonical(self, name: str) -> str:
        """Return the name with its weights; see `ModelSource`."""
        if name in _pretrained_names():
            return name
        architecture, _, weights = name.partition(".")
        if not timm.is_model(architecture) or weights:
            raise UnknownIdentifierError(
                f"timm {timm.__version__} has no model {name!r}. Closest: "
                f"{closest_names(name, _pretrained_names(), 'timm:')}."
            )
        default = timm.get_pretrained_cfg(architecture)
        with_default = None if default is None else f"{architecture}.{default.tag}".rstrip(".")
        if with_default not in _pretrained_names():
            raise UnknownIdentifierError(
                f"timm {timm.__version__} has the network {name!r}, but no weights of it: timm:{architecture}{RANDOM} "
                "is the untrained one."
            )
        return with_default

    def canonical_untrained(self, name: str) -> str:
        """Return the name; see `ModelSource`. With weights, their settings of the input are used."""
        return name if timm.is_model(name) and "." not in name else self.canonical(name)

    def pretrained(self, name: str) -> ImageModel:
        """Make a network with its weights; see `ModelSource`."""
        return ImageModel.from_timm(with_weights(name, f"timm:{name}", self.weights(name)), identifier=f"timm:{name}")

    def untrained(self, name: str, seed: int) -> ImageModel:
        """Make a network as timm initializes it; see `ModelSource`."""
        network = seeded(lambda: timm.create_model(name, pretrained=False), seed)
        return ImageModel.from_timm(network, identifier=f"timm:{name}{RANDOM}.{seed}")

    def weights(self, name: str) -> WeightsStatus:
        """Tell where the weights are; see `ModelSource`."""
        settings: Any = timm.get_pretrained_cfg(name)
        if settings.file:
            return WeightsStatus(Path(settings.file))
        if settings.hf_hub_id:
            given = settings.hf_hub_filename
            return hub_file_status(settings.hf_hub_id, [given] if given else WEIGHT_FILES)
        return url_status(settings.url)

    def untrained_needs(self, name: str) -> None:
        """Return None: nothing is needed."""

    def listed(self) -> Sequence[ListedModel]:
        """Return all networks with weights, and those without; see `ModelSource`."""
        with_weights = {name.partition(".")[0] for name in _pretrained_names()}
        names = [*_pretrained_names(), *(f"{name}{RANDOM}" for name in timm.list_models() if name not in with_weights)]
        return [ListedModel(name, image_size=_image_size(name.removesuffix(RANDOM))) for name in sorted(names)]


def with_weights(name: str, identifier: str, status: WeightsStatus) -> nn.Module:
    """Make a network of timm with its weights.

    Parameters
    ----------
    name : str
        As timm takes it.
    identifier : str
        For messages.
    status : WeightsStatus
        What is known of its weights.

    Raises
    ------
    WeightsUnavailableError
        If they are not on this machine and cannot be downloaded, or are damaged.
    """
    with from_hub(identifier, status):
        return timm.create_model(name, pretrained=True)


@functools.cache
def _pretrained_names() -> dict[str, None]:
    return dict.fromkeys(timm.list_pretrained())


def _image_size(name: str) -> ImageSize | None:
    settings = timm.get_pretrained_cfg(name)
    if settings is None:
        return None
    _, height, width = settings.input_size
    return height if height == width else (height, width)
