"""Networks of timm from any repository of huggingface.co that has a timm configuration."""

import re
from collections.abc import Sequence

import timm

from ...activations.image_model import ImageModel
from ...core.errors import UnknownIdentifierError
from ..downloads import WeightsStatus, from_hub, hub_file_status
from ..sources import RANDOM, ListedModel
from ..untrained_networks import seeded
from .timm_source import WEIGHT_FILES, with_weights

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
CONFIGURATION = "config.json"


class HubSource:
    """``hf-hub:<organization>/<name>``; see :class:`~brainscore_mouse.models.sources.ModelSource`."""

    description = "networks of timm from huggingface.co, such as hf-hub:timm/resnet18.a1_in1k"
    has_untrained = True

    def canonical(self, name: str) -> str:
        """Return the name; whether there is such a repository is not known without network."""
        if not _REPOSITORY.fullmatch(name):
            raise UnknownIdentifierError(
                f"hf-hub:{name} does not name a repository: write hf-hub:<organization>/<name>."
            )
        return name

    def canonical_untrained(self, name: str) -> str:
        """Return the name; see `canonical`."""
        return self.canonical(name)

    def pretrained(self, name: str) -> ImageModel:
        """Make a network with its weights; see `ModelSource`."""
        network = with_weights(f"hf-hub:{name}", f"hf-hub:{name}", self.weights(name))
        return ImageModel.from_timm(network, identifier=f"hf-hub:{name}")

    def untrained(self, name: str, seed: int) -> ImageModel:
        """Make a network as timm initializes it; see `ModelSource`."""
        with from_hub(f"hf-hub:{name}{RANDOM}", self.untrained_needs(name)):
            network = seeded(lambda: timm.create_model(f"hf-hub:{name}", pretrained=False), seed)
        return ImageModel.from_timm(network, identifier=f"hf-hub:{name}{RANDOM}.{seed}")

    def weights(self, name: str) -> WeightsStatus:
        """Tell where configuration and weights are; see `ModelSource`."""
        configuration = self.untrained_needs(name)
        return configuration if configuration.path is None else hub_file_status(name, WEIGHT_FILES)

    def untrained_needs(self, name: str) -> WeightsStatus:
        """Tell where the configuration is; see `ModelSource`."""
        return hub_file_status(name, [CONFIGURATION])

    def listed(self) -> Sequence[ListedModel]:
        """Return nothing: the site cannot be listed without network."""
        return []
