"""The small network in Brain-Score's own classes."""

import functools

from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images
from brainscore_vision.model_helpers.brain_transformation import ModelCommitment
from small_models import LAYERS, SIZE, small_network


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
