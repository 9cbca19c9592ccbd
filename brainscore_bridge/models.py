"""Brain-Score's models as models whose layers can be compared."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn

from ..activations.image_model import ImageModel
from ..activations.network_input import WithInputStage, named_layers
from ..activations.recorded_network import RecordedNetwork
from ..core.errors import BrainscoreMouseError, LayerNotFoundError, ModelError
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


class CommittedNetwork(RecordedNetwork):
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
            raise ModelError(f"{identifier} is no model over a PytorchWrapper")
        self.brain_model = brain_model
        self.activations_model = activations_model
        read_stimuli = _reader(preprocess)
        super().__init__(
            identifier,
            _in_its_own_precision(network),
            list(dict.fromkeys(brain_model.layers)),
            read_stimuli,
            {"preprocessing": _name_of(preprocess), "digests": input_digests(read_stimuli)},
            region_layer_map=_committed_to_mouse_regions(identifier, brain_model),
        )

    def visual_degrees(self) -> float:
        """Return the size of the model's field of view, which the whole scene fills."""
        return self.brain_model.visual_degrees()


class ActivationsModel:
    """A Brain-Score model that is asked for the activations of one layer after another, through its own interface.

    For whatever is not just the outputs of a torch network's modules. Nothing is cached: neither by Brain-Score,
    whose caches are keyed by names, nor here, since nothing tells whether the model has changed.

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

    def visual_degrees(self) -> float:
        """Return the size of the model's field of view, which the whole scene fills."""
        return self.brain_model.visual_degrees()

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
        try:
            with activation_caching_disabled(), _left_as_found(torch_network(self.activations_model)), _same_noise():
                recorded = self.activations_model(stimulus_set, layers=[layer])
        except (BrainscoreMouseError, MemoryError):
            raise
        except Exception as error:
            raise LayerNotFoundError(
                f"{self.identifier} gave no activations of its layer {layer!r}: {type(error).__name__}: {error}"
            ) from error
        return rows_of_stimuli(recorded, stimulus_set, f"layer {layer!r} of {self.identifier}")


def comparable(model: Any, identifier: str | None = None) -> Any:
    """Return what benchmarks can compare of a model.

    Parameters
    ----------
    model : ImageModel or BrainModel or module of timm
        A model of this package is returned as it is. So is a BrainModel that tells nothing of its layers: it is asked
        by `start_recording`. A module of timm knows its input, and becomes an ImageModel.
    identifier : str, optional
        Name of a Brain-Score model. Default: its own.

    Returns
    -------
    ImageModel or CommittedNetwork or ActivationsModel or BrainModel

    Raises
    ------
    ModelError
        If it is no model at all.
    """
    if hasattr(model, "layer_grams") and hasattr(model, "identifier"):
        return model
    if isinstance(model, nn.Module) and hasattr(model, "pretrained_cfg"):
        return ImageModel.from_timm(model)
    if not hasattr(model, "look_at") or not hasattr(model, "identifier"):
        raise ModelError(_not_a_model(model))
    activations_model = getattr(model, "activations_model", None)
    if not callable(activations_model) or not getattr(model, "layers", None):
        return model
    return _recorded_from(identifier or model.identifier, model, activations_model)


def with_input_stage(model: Any, stage: nn.Module, identifier: str) -> Any:
    """Return a Brain-Score model that sees image values in [0, 1] through a stage, the given one being left as it is.

    Parameters
    ----------
    model : CommittedNetwork or ActivationsModel
        As `comparable` returns it.
    stage : nn.Module
        From images (n_images, 3, height, width) in [0, 1] to images.
    identifier : str
        Name of the new model.

    Raises
    ------
    ModelError
        If it cannot be told how the model's input comes from image values.
    """
    preprocess = preprocessing(model.activations_model)
    if preprocess is None:
        raise ModelError(f"{model.identifier} does not tell its preprocessing, so nothing can be put before it.")
    read_stimuli = _reader(preprocess)
    offset, scale = channel_scale(read_stimuli, model.identifier)

    def through_stage(paths: Sequence[str]) -> torch.Tensor:
        images = (read_stimuli([Path(path) for path in paths]).to(torch.float32) - offset) / scale
        return stage(images) * scale + offset

    staged = with_preprocessing(model.activations_model, through_stage)
    return _recorded_from(identifier, model.brain_model, staged)


def _recorded_from(identifier: str, brain_model: Any, activations_model: Any) -> CommittedNetwork | ActivationsModel:
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


class _ToPrecision(nn.Module):
    """Convert images to a network's own type."""

    def __init__(self, dtype: torch.dtype):
        super().__init__()
        self.dtype = dtype

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.to(self.dtype)

    def extra_repr(self) -> str:
        return str(self.dtype)


def _in_its_own_precision(network: nn.Module) -> nn.Module:
    # As PytorchWrapper: images take the type of the first parameter.
    parameter = next(network.parameters(), None)
    if parameter is None or parameter.dtype == torch.float32:
        return network
    return WithInputStage(_ToPrecision(parameter.dtype), network)


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


@contextlib.contextmanager
def _same_noise() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def _name_of(preprocess: Any) -> str:
    function = getattr(preprocess, "func", preprocess)  # of a partial
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"


def _not_a_model(model: Any) -> str:
    if isinstance(model, nn.Module):
        return (
            f"A {type(model).__name__} does not tell how images become its input. Write:\n"
            "    ImageModel('my-network', network, layers=candidate_layers(network, 224), image_size=224)\n"
            "where network takes images (n, 3, 224, 224) with values in [0, 1], and layers are any of its modules."
        )
    return f"A {type(model).__name__} is neither an ImageModel nor a Brain-Score BrainModel."
