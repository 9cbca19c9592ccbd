"""Whatever users hand over as a model becomes a `NeuralModel` here, once."""

from torch import nn

from ..activations.image_model import ImageModel
from ..activations.layered_model import LayeredModel
from ..core.errors import ModelError
from ..core.interfaces import ModelLike
from .brain_model import BrainModelByArea
from .committed_model import committed_model
from .model_with_grams import ModelWithGrams


def as_neural_model(model: ModelLike, identifier: str | None = None) -> LayeredModel:
    """Return a model as everything behind the door takes it.

    Parameters
    ----------
    model : LayeredModel or BrainModel or module of timm, or an object with `identifier` and `layer_grams`
        A model of this package, such as an ImageModel, is returned as it is. A Brain-Score model over a PytorchWrapper
        is recorded by this package's own extraction; one with other `layers` and an `activations_model` is asked layer
        by layer; any other is asked by `start_recording` and `look_at` what an area is. A module of timm brings its
        input settings, and becomes an ImageModel.
    identifier : str, optional
        Name of a Brain-Score model. Default: its own.

    Returns
    -------
    LayeredModel

    Raises
    ------
    ModelError
        If it is not a model at all.
    """
    if isinstance(model, LayeredModel):
        return model
    if isinstance(model, nn.Module):
        if hasattr(model, "pretrained_cfg"):
            return ImageModel.from_timm(model)
        raise ModelError(
            f"A {type(model).__name__} does not say how images become its input. Write:\n"
            "    ImageModel('a-name-of-its-own', network, image_size=224)\n"
            "where network takes images (n, 3, 224, 224) with values in [0, 1]; mean=, std= and layers= are options."
        )
    if not hasattr(model, "identifier") or not (hasattr(model, "layer_grams") or hasattr(model, "look_at")):
        raise ModelError(f"A {type(model).__name__} is neither an ImageModel nor a Brain-Score BrainModel.")
    if hasattr(model, "layer_grams"):
        return ModelWithGrams(model)
    activations_model = getattr(model, "activations_model", None)
    if callable(activations_model) and getattr(model, "layers", None):
        return committed_model(identifier or model.identifier, model, activations_model)
    return BrainModelByArea(identifier or model.identifier, model)
