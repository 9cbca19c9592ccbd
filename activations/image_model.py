"""A network as a Brain-Score model of visual cortex."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import BehavioralAssembly, NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn

from ..core.errors import InvalidParameterError, ModelError
from ..core.image_loading import Interpolation, load_image_batch
from .extraction import Extraction
from .layer_outputs import LayerLayout
from .layered_model import READOUT_REGION
from .network_input import WithInputStage
from .readouts.probabilities_task import ProbabilitiesTask
from .recorded_network import RecordedNetwork


class ImageModel(RecordedNetwork):
    """A network with candidate layers, usable as a Brain-Score ``BrainModel`` (by duck typing).

    Brain-Score's methods (`start_recording`, `look_at`) give the activations of the layer committed to a
    region. `layer_grams` is what this package scores: one pass over the stimuli for all layers, cached by
    content.

    Parameters
    ----------
    identifier : str
        The model's name.
    network : nn.Module
        Takes images of shape (n_images, 3, image_size, image_size) with values in [0, 1]; normalization is
        one of its modules.
    layers : sequence of str
        Names of the candidate layers, from early to late.
    image_size : int
        Side length in pixels; each stimulus is squashed to a square of this size.
    region_layer_map : mapping of str to str, optional
        The layer committed to a region, for regions where one is.
    visual_degrees : float
        Size of the model's field of view.
    extraction : Extraction, optional
        Device, batch size and precision.
    interpolation : {'bilinear', 'bicubic', 'lanczos', 'nearest'}
        How stimuli are resized.
    resized_size : int, optional
        Stimuli are squashed to a square of this size, of which the network sees the centre. Default: `image_size`, so
        that it sees all.
    layouts : mapping of str to LayerLayout, optional
        Where the channels are, of layers whose output's shape does not say so: tokens that stand for no place of the
        image, and channels behind the axes of space.

    Raises
    ------
    InvalidParameterError
        If `layers` is empty or has duplicates, `image_size` is not positive, or `resized_size` is smaller.
    LayerNotFoundError
        If the network lacks a candidate or committed layer.
    """

    def __init__(
        self,
        identifier: str,
        network: nn.Module,
        layers: Sequence[str],
        image_size: int,
        region_layer_map: Mapping[str, str] | None = None,
        visual_degrees: float = 8,
        extraction: Extraction | None = None,
        interpolation: Interpolation = "bilinear",
        resized_size: int | None = None,
        layouts: Mapping[str, LayerLayout] | None = None,
    ):
        if image_size < 1:
            raise InvalidParameterError(f"image_size of {identifier} must be at least 1 px, got {image_size}")
        if resized_size is not None and resized_size < image_size:
            raise InvalidParameterError(
                f"resized_size of {identifier} is {resized_size} px; it must be at least image_size, {image_size} px"
            )
        cropped = {} if resized_size in (None, image_size) else {"resized_size": resized_size}
        super().__init__(
            identifier,
            network,
            layers,
            read_stimuli=partial(
                load_image_batch, image_size=image_size, interpolation=interpolation, resized_size=resized_size
            ),
            input_description={"image_size": image_size, "interpolation": interpolation, **cropped},
            region_layer_map=region_layer_map,
            extraction=extraction,
            layouts=layouts,
        )
        self.image_size = image_size
        self.resized_size = image_size if resized_size is None else resized_size
        self.interpolation: Interpolation = interpolation
        self._visual_degrees = visual_degrees
        self._recorded_region: str | None = None
        self._probabilities: ProbabilitiesTask | None = None
        self._time_bins: list[tuple[int, int]] | None = None

    @classmethod
    def from_timm(
        cls, module: nn.Module, layers: Sequence[str] | None = None, identifier: str | None = None
    ) -> "ImageModel":
        """Make a model of a module of timm, whose settings tell size, crop, normalization and interpolation.

        A network of timm with weights that it publishes has a name: ``load_model("timm:resnet18.a1_in1k")``.

        Parameters
        ----------
        module : nn.Module
            What ``timm.create_model`` returned; it is used as it is.
        layers : sequence of str, optional
            The candidate layers. Default: those that timm's ``feature_info`` names; where it has none, those that
            `candidate_layers` finds.
        identifier : str, optional
            The model's name. Default: 'timm-module:' and the architecture, as the weights may be any.

        Raises
        ------
        ModelError
            If its input is not a square of three channels, or is resized in an unknown way.
        """
        from .timm_networks import timm_network

        made = timm_network(module)
        return cls(
            identifier or f"timm-module:{made.architecture}",
            made.network,
            layers or list(made.layers),
            made.image_size,
            interpolation=made.interpolation,
            resized_size=made.resized_size,
            layouts=made.layouts,
        )

    def __repr__(self) -> str:
        return f"ImageModel({self.identifier!r}, {len(self.layers)} layers, {self.image_size} px)"

    def visual_degrees(self) -> float:
        """Return the size of the model's field of view, in degrees."""
        return self._visual_degrees

    @property
    def readout_layer(self) -> str:
        """The layer that tasks are read out from: the one committed to 'behavioral_readout', else the last one."""
        return self.region_layer_map.get(READOUT_REGION, self.layers[-1])

    def with_input_stage(self, stage: nn.Module, identifier: str) -> "ImageModel":
        """Return a model of this name that sees images in [0, 1] through a stage; the two share the network."""
        return self.with_network(WithInputStage(stage, self.network), identifier)

    def with_network(self, network: nn.Module, identifier: str) -> "ImageModel":
        """Return a model of this name with another network, and all else as here.

        Parameters
        ----------
        network : nn.Module
            With the same layers.
        identifier : str
            The new model's name.
        """
        return ImageModel(
            identifier,
            network,
            self.layers,
            self.image_size,
            region_layer_map=self.region_layer_map,
            visual_degrees=self.visual_degrees(),
            extraction=self.extraction,
            interpolation=self.interpolation,
            resized_size=self.resized_size,
            layouts=self.layouts,
        )

    def start_task(self, task: str, fitting_stimuli: StimulusSet | None = None) -> None:
        """Choose what `look_at` returns: recordings ('passive') or class probabilities ('probabilities').

        Parameters
        ----------
        task : str
            Brain-Score's name of the task.
        fitting_stimuli : StimulusSet, optional
            For 'probabilities': with the column `image_label`. A logistic readout of `readout_layer` is fitted.

        Raises
        ------
        ModelError
            For any other task.
        """
        if task not in ("passive", "probabilities"):
            raise ModelError(f"{self.identifier} cannot do the task {task!r}, only 'passive' and 'probabilities'")
        self._probabilities = None
        if task == "probabilities":
            layer = self.readout_layer
            self._probabilities = ProbabilitiesTask(
                lambda stimuli: self.features(stimuli, [layer])[layer], fitting_stimuli
            )

    def start_recording(self, region: str, time_bins: Sequence[tuple[int, int]] | None = None) -> None:
        """Choose what `look_at` returns.

        Parameters
        ----------
        region : str
            A region with a committed layer.
        time_bins : sequence of (int, int), optional
            Start and end of each bin in ms. The model is static: it gives the same activations in each bin.

        Raises
        ------
        ModelError
            If no layer is committed to the region.
        """
        if region not in self.region_layer_map:
            committed = ", ".join(sorted(self.region_layer_map)) or "none"
            raise ModelError(
                f"{self.identifier} has no layer committed to the region {region!r} (committed regions: "
                f"{committed}); set model.region_layer_map[{region!r}] to one of its layers, or use "
                "score_model, which chooses one"
            )
        self._recorded_region = region
        self._time_bins = [(start, end) for start, end in time_bins] if time_bins is not None else None

    def look_at(self, stimuli: StimulusSet, number_of_trials: int = 1) -> NeuroidAssembly | BehavioralAssembly:
        """Return the activations of the recorded region's layer, or class probabilities if that is the task.

        Parameters
        ----------
        stimuli : StimulusSet
            The images; its columns become coordinates of the presentations.
        number_of_trials : int
            Without effect, since the model is deterministic: there is one presentation per stimulus.

        Returns
        -------
        NeuroidAssembly of dimensions presentation x neuroid, and time_bin if bins were asked for
            Neuroids carry `neuroid_id`, `region`, `layer` and `model`. In the task 'probabilities': a
            BehavioralAssembly of dimensions presentation x choice.

        Raises
        ------
        ModelError
            If `start_recording` was not called before.
        """
        if self._probabilities is not None:
            return self._probabilities.look_at(stimuli)
        if self._recorded_region is None:
            raise ModelError(f"call start_recording on {self.identifier} before look_at")
        layer = self.region_layer_map[self._recorded_region]
        features = self.features(stimuli, [layer])[layer]
        n_neuroids = features.shape[1]
        coords: dict[str, tuple[str, Any]] = {
            column: ("presentation", stimuli[column].to_numpy()) for column in stimuli.columns
        }
        # Multi-index levels: a dimension with a single coordinate breaks Brain-Score's averaging and metrics.
        coords.setdefault("stimulus_num", ("presentation", np.arange(len(stimuli))))
        coords |= {
            "neuroid_id": ("neuroid", [f"{self.identifier}.{layer}.{index}" for index in range(n_neuroids)]),
            "region": ("neuroid", [self._recorded_region] * n_neuroids),
            "layer": ("neuroid", [layer] * n_neuroids),
            "model": ("neuroid", [self.identifier] * n_neuroids),
        }
        if self._time_bins is None:
            return NeuroidAssembly(features, coords=coords, dims=["presentation", "neuroid"])
        coords["time_bin_start"] = ("time_bin", [start for start, _ in self._time_bins])
        coords["time_bin_end"] = ("time_bin", [end for _, end in self._time_bins])
        repeated = np.repeat(features[:, :, None], len(self._time_bins), axis=2)
        return NeuroidAssembly(repeated, coords=coords, dims=["presentation", "neuroid", "time_bin"])
