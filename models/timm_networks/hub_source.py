"""Networks of timm from any repository of huggingface.co that has a timm configuration."""

import timm

from ...activations.image_model import ImageModel
from ..downloads import from_hub
from ..hub_repositories import HubRepositories
from ..sources import RANDOM
from ..untrained_networks import seeded
from .timm_source import WEIGHT_FILES, with_weights


class HubSource(HubRepositories):
    """``hf-hub:<organization>/<name>``; see :class:`~brainscore_mouse.models.sources.ModelSource`."""

    description = "networks of timm from huggingface.co, such as hf-hub:timm/resnet18.a1_in1k"
    prefix = "hf-hub"
    weight_files = WEIGHT_FILES

    def pretrained(self, name: str) -> ImageModel:
        """Make a network with its weights; see `ModelSource`."""
        network = with_weights(f"hf-hub:{name}", f"hf-hub:{name}", self.weights(name))
        return ImageModel.from_timm(network, identifier=f"hf-hub:{name}")

    def untrained(self, name: str, seed: int) -> ImageModel:
        """Make a network as timm initializes it; see `ModelSource`."""
        with from_hub(f"hf-hub:{name}{RANDOM}", self.untrained_needs(name)):
            network = seeded(lambda: timm.create_model(f"hf-hub:{name}", pretrained=False), seed)
        return ImageModel.from_timm(network, identifier=f"hf-hub:{name}{RANDOM}.{seed}")
