"""Small models that several test files share."""

from collections import OrderedDict

import torch
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.metrics.feature_gram import FeatureGram
from torch import nn

LAYERS = ("early", "middle", "late")
SIZE = 32


def small_network(seed=0):
    """A network for images of 32 px; its layers have 4 x 14 x 14, 6 x 6 x 6 and 10 units."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        steps = OrderedDict(
            early=nn.Conv2d(3, 4, 5, stride=2),
            relu=nn.ReLU(),
            middle=nn.Conv2d(4, 6, 3, stride=2),
            flatten=nn.Flatten(),
            late=nn.Linear(6 * 6 * 6, 10),
        )
        return nn.Sequential(steps).eval()


def small_image_model(identifier="small", **changes):
    arguments = {"network": small_network(), "layers": list(LAYERS), "image_size": SIZE}
    return ImageModel(identifier, **(arguments | changes))


class FeatureModel:
    """A model given by its features, one matrix per layer."""

    def __init__(self, identifier, features, region_layer_map=None):
        self.identifier = identifier
        self.features = features
        self.region_layer_map = region_layer_map or {}

    def layer_grams(self, stimulus_set, layers=None):
        return {name: FeatureGram.of_features(self.features[name]) for name in layers or self.features}
