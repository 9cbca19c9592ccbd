"""Brain-Score models with layers and an activations model, as models whose layers can be compared."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn

from ..activations.extraction import same_noise
from ..activations.layered_model import LayeredModel
from ..activations.network_input import named_layers
from ..activations.recorded_network import RecordedNetwork
from ..core.errors import BrainscoreMouseError, LayerNotFoundError, ModelError
from ..core.host import default_device
from ..metrics.feature_gram import FeatureGram
from .brain_model import rows_of_stimuli
from .input_probe import channel_scale, input_digests
from .internals import (
    activation_caching_disabled,
    committed_layers,
    is_plain_wrapper,
    preprocessing,
    torch_network,
    with_preprocessing,
)

# Brain-Score commits these to primate recordings.
_PRIMATE_REGIONS = {"V1", "V2", "V4", "IT"}


class _OverActivationsModel(LayeredModel):
    """What both kinds have in common: the Brain-Score model and its activations model, and a stage before them."""

    activations_model: Any

    def visual_degrees(self) -> float:
        """Return the size of the model's field of view, which the whole scene fills."""
        return self.brain_model.visual_degrees()

    def with_input_stage(self, stage: nn.Module, identifier: str) -> "CommittedNetwork | ActivationsModel":
        """Return a model of this name that sees image values in [0, 1] through a stage.

        Parameters
        ----------
        stage : nn.Module
            From images (n_images, 3, height, width) in [0, 1] to images.
        identifier : str
            Name of the new model.

        Raises
        ------
        ModelError
            If it cannot be found out how the model's input comes from image values.
        """
        return _behind_stage(self, stage, identifier)


class CommittedNetwork(_OverActivationsModel, RecordedNetwork):
    """A Brain-Score model over a PytorchWrapper, recorded by this package's own extraction.

    The network sees what Brain-Score's own extraction would show it, so that activations are the same. The given
    objects are left as they are: regions are committed on a copy of the model's layer map.

    Parameters
    ----------
    identifier : str
        The model's name.
    brain_model : ModelCommitment or alike
        With the attributes `layers` and `visual_degrees`.
    activations_model : PytorchWrapper
        Its activations model.
    """

    def __init__(self, identifier: str, brain_model: Any, activations_model: Any):
        network = torch_network(activations_model)
        preprocess = preprocessing(activations_model)
        if network is None or preprocess is None:
            raise ModelError(f"{identifier} is not a model over a PytorchWrapper")
        self.brain_model = brain_model
        self.activations_model = activations_model
        read_stimuli = _reader(preprocess)
        super().__init__(
            identifier,
            network,
            list(dict.fromkeys(brain_model.layers)),
            read_stimuli,
            {"preprocessing": _name_of(preprocess), "digests": input_digests(read_stimuli)},
            region_layer_map=_committed_to_mouse_regions(identifier, brain_model),
        )


class ActivationsModel(_OverActivationsModel):
    """A Brain-Score model that is asked for the activations of one layer after another, through its own interface.

    For whatever is not just the outputs of a torch network's modules. Nothing is cached: neither by Brain-Score,
    whose caches are keyed by names, nor here, since we cannot tell whether the model has changed.

    Parameters
    ----------
    identifier : str
        The model's name.
    brain_model : ModelCommitment or alike
        With the attributes `layers` and `visual_degrees`.
    activations_model : callable
        From a stimulus set and ``layers=[layer]`` to an assembly with a dimension `presentation`.
    """

    def __init__(self, identifier: str, brain_model: Any, activations_model: Any):
        self.identifier = identifier
        self.brain_model = brain_model
        self.activations_model = activations_model
        self.layers = tuple(dict.fromkeys(brain_model.layers))
        self.region_layer_map = _committed_to_mouse_regions(identifier, brain_model)

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Compute the activations of layers (by default all candidates): float32, (n_stimuli, n_features).

        Time, where the model has it, is averaged.

        Raises
        ------
        LayerNotFoundError, ModelOutputError
            If the model cannot give a layer's activations, or gives NaN, infinity or not one row per stimulus.
        """
        return {layer: self._features_of(stimulus_set, layer) for layer in (self.layers if layers is None else layers)}

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, FeatureGram]:
        """Compute the Gram matrices of layers' activations, holding those of one layer at a time."""
        return {
            layer: FeatureGram.of_features(self._features_of(stimulus_set, layer))
            for layer in (self.layers if layers is None else layers)
        }

    def _features_of(self, stimulus_set: StimulusSet, layer: str) -> np.ndarray:
        network = torch_network(self.activations_model)
        try:
            with activation_caching_disabled(), _left_as_found(network), same_noise(default_device()):
                recorded = self.activations_model(stimulus_set, layers=[layer])
        except (BrainscoreMouseError, MemoryError):
            raise
        except Exception as error:
            raise LayerNotFoundError(
                f"{self.identifier} gave no activations of its layer {layer!r}: {type(error).__name__}: {error}"
            ) from error
        return rows_of_stimuli(recorded, stimulus_set, f"layer {layer!r} of {self.identifier}")


def committed_model(identifier: str, brain_model: Any, activations_model: Any) -> CommittedNetwork | ActivationsModel:
    """Return a Brain-Score model with layers as a model whose layers can be compared.

    Parameters
    ----------
    identifier : str
        The model's name.
    brain_model : ModelCommitment or alike
        With the attributes `layers` and `visual_degrees`.
    activations_model : callable
        From a stimulus set and ``layers=[layer]`` to an assembly.

    Returns
    -------
    CommittedNetwork
        Where the activations are nothing but the outputs of a torch network's modules.
    ActivationsModel
        Otherwise.
    """
    network = torch_network(activations_model)
    if (
        network is not None
        and is_plain_wrapper(activations_model)
        and named_layers(network).keys() >= {*brain_model.layers}
    ):
        return CommittedNetwork(identifier, brain_model, activations_model)
    return ActivationsModel(identifier, brain_model, activations_model)


def _committed_to_mouse_regions(identifier: str, brain_model: Any) -> dict[str, str]:
    committed = {}
    for region, layers in committed_layers(brain_model).items():
        if region in _PRIMATE_REGIONS:
            continue
        if not isinstance(layers, str):
            if len(layers) != 1:
                raise ModelError(f"{identifier} commits {len(layers)} layers to {region}; commit one.")
            (layers,) = layers
        committed[region] = layers
    return committed


def _reader(preprocess: Callable[[Sequence[str]], Any]) -> Callable[[Sequence[Path]], torch.Tensor]:
    """Return the way from paths to the tensor that PytorchWrapper would show its network."""

    def read_stimuli(paths: Sequence[Path]) -> torch.Tensor:
        images = preprocess([str(path) for path in paths])
        return torch.stack([image if isinstance(image, torch.Tensor) else torch.from_numpy(image) for image in images])

    return read_stimuli


@contextlib.contextmanager
def _left_as_found(network: nn.Module | None) -> Iterator[None]:
    """Put back hooks and training flags: PytorchWrapper leaves its hooks behind where a pass fails."""
    modules = [] if network is None else list(network.modules())
    before = [(dict(module._forward_hooks), module.training) for module in modules]
    try:
        yield
    finally:
        for module, (hooks, training) in zip(modules, before, strict=True):
            module._forward_hooks.clear()
            module._forward_hooks.update(hooks)
            module.training = training


def _name_of(preprocess: Any) -> str:
    function = getattr(preprocess, "func", preprocess)  # of a partial
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"


def _behind_stage(
    model: _OverActivationsModel, stage: nn.Module, identifier: str
) -> CommittedNetwork | ActivationsModel:
    """Return a model that sees image values in [0, 1] through a stage; raise ModelError where they are not known."""
    preprocess = preprocessing(model.activations_model)
    if preprocess is None:
        raise ModelError(
            f"{model.identifier} does not expose its preprocessing, so no input stage can be inserted before it."
        )
    read_stimuli = _reader(preprocess)
    offset, scale = channel_scale(read_stimuli, model.identifier)

    def through_stage(paths: Sequence[str]) -> torch.Tensor:
        images = (read_stimuli([Path(path) for path in paths]).to(torch.float32) - offset) / scale
        return stage(images) * scale + offset

    staged = with_preprocessing(model.activations_model, through_stage)
    return committed_model(identifier, model.brain_model, staged)
