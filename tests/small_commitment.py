"""Small models in Brain-Score's own classes."""

import functools

import torch
from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images
from brainscore_vision.model_helpers.brain_transformation import ModelCommitment
from torch import nn

LAYERS = ["early", "middle", "late"]
SIZE = 32


def small_network(seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential()
        network.add_module("early", nn.Conv2d(3, 4, 5, stride=2))
        network.add_module("relu", nn.ReLU())
        network.add_module("middle", nn.Conv2d(4, 6, 3, stride=2))
        network.add_module("flatten", nn.Flatten())
        network.add_module("late", nn.Linear(6 * 6 * 6, 10))
        return network


def wrapper(identifier="small", network=None, **preprocessing):
    function = functools.partial(load_preprocess_images, image_size=SIZE, **preprocessing)
    return PytorchWrapper(network or small_network(), function, identifier=identifier)


def commitment(identifier="small", activations_model=None, layers=LAYERS, visual_degrees=8, **committed):
    """Return a ModelCommitment; without `region_layer_map` it would look for primate recordings."""
    return ModelCommitment(
        identifier,
        activations_model or wrapper(identifier),
        list(layers),
        region_layer_map={"V1": layers[0], "IT": layers[-1], **committed},
        visual_degrees=visual_degrees,
    )
