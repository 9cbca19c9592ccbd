"""A network as a Brain-Score model of visual cortex."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import BehavioralAssembly, NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn

from ..core.errors import InvalidParameterError, ModelError
from ..core.image_loading import ImageSize, Interpolation, height_and_width
from .candidate_layers import candidate_layers
from .extraction import Extraction
from .kept_images import load_kept_images
from .layer_outputs import LayerLayout
from .layered_model import READOUT_REGION
from .network_input import ChannelNormalization, GrayChannel, WithInputStage
from .recorded_network import RecordedNetwork

if TYPE_CHECKING:
    from .readouts.probabilities_task import ProbabilitiesTask


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
        Takes images of shape (n_images, n_channels, height, width), after the normalization by `mean` and `std` if
        these are given; otherwise with values in [0, 1].
    layers : sequence of str, optional
        Names of the candidate layers, from early to late. Default: those that
        :func:`~brainscore_mouse.activations.candidate_layers.candidate_layers` finds.
    image_size : int or (int, int)
        Side length of a square, or height and width, in pixels; each stimulus is squashed to it. Must be given.
    region_layer_map : mapping of str to str, optional
        The layer committed to a region, for regions where one is.
    visual_degrees : float
        Size of the model's field of view.
    extraction : Extraction, optional
        Device, batch size and precision.
    interpolation : {'bilinear', 'bicubic', 'lanczos', 'nearest'}
        How stimuli are resized.
    mean, std : sequence of float, optional
        One value per channel, on the scale of images in [0, 1]: the mean is subtracted and the result divided by the
        standard deviation. Default: the network gets values in [0, 1].
    n_channels : {3, 1}
        1 for a network that takes gray images: it sees the mean of the three channels.
    resized_size : int or (int, int), optional
        Stimuli are squashed to this size, of which the network sees the centre. Default: `image_size`, so that it sees
        all.
    layouts : mapping of str to LayerLayout, optional
        Where the channels are, of layers whose output's shape does not say so: tokens that stand for no place of the
        image, and channels behind the axes of space.

    Raises
    ------
    InvalidParameterError
        If `layers` is empty or has duplicates, `resized_size` is smaller than `image_size`, or another parameter has an
        invalid value.
    ModelError
        If layers are to be found and the network fails for such images.
    LayerNotFoundError
        If the network lacks a candidate or committed layer.
    """

    def __init__(
        self,
        identifier: str,
        network: nn.Module,
        layers: Sequence[str] | None = None,
        image_size: ImageSize | None = None,
        region_layer_map: Mapping[str, str] | None = None,
        visual_degrees: float = 8,
        extraction: Extraction | None = None,
        interpolation: Interpolation = "bilinear",
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        n_channels: Literal[3, 1] = 3,
        resized_size: ImageSize | None = None,
        layouts: Mapping[str, LayerLayout] | None = None,
    ):
        size = _checked_size(image_size, identifier)
        resized = _checked_resized_size(resized_size, size, identifier)
        if isinstance(network, nn.Module):
            network = _with_input(network, mean, std, n_channels, identifier)
            layers = candidate_layers(network, size, extraction) if layers is None else layers
        cropped = {} if resized == size else {"resized_size": resized}
        super().__init__(
            identifier,
            network,
            layers or [],
            read_stimuli=partial(load_kept_images, image_size=size, interpolation=interpolation, resized_size=resized),
            input_description={"image_size": size, "interpolation": interpolation, **cropped},
            region_layer_map=region_layer_map,
            extraction=extraction,
            layouts=layouts,
        )
        self.image_size = size
        self.resized_size = resized
        self.interpolation: Interpolation = interpolation
        self._visual_degrees = visual_degrees
        self._recorded_region: str | None = None
        self._probabilities: ProbabilitiesTask | None = None
        self._time_bins: list[tuple[int, int]] | None = None

    @classmethod
    def from_timm(
        cls, module: nn.Module, layers: Sequence[str] | None = None, identifier: str | None = None
    ) -> "ImageModel":
        """Make a model of a module of timm, whose settings give size, crop, normalization and interpolation.

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
            If its input has not three channels, or is resized in an unknown way.
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
        size = self.image_size if isinstance(self.image_size, int) else " x ".join(map(str, self.image_size))
        return f"ImageModel({self.identifier!r}, {len(self.layers)} layers, {size} px)"

    def visual_degrees(self) -> float:
        """Return the size of the model's field of view, in degrees."""
        return self._visual_degrees

    @property
    def readout_layer(self) -> str:
        """The layer that tasks are read out from: the one committed to 'behavioral_readout', else the last one."""
        return self.region_layer_map.get(READOUT_REGION, self.layers[-1])

    def details(self) -> dict[str, Any]:
        """See `LayeredModel`; `image_size` is height and width in pixels."""
        return super().details() | {"image_size": list(_sides(self.image_size))}

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
            from .readouts.probabilities_task import ProbabilitiesTask  # loads scikit-learn, which scores do without

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


def _sides(size: ImageSize) -> tuple[int, int]:
    """Return height and width."""
    return (size, size) if isinstance(size, int) else size


def _checked_size(image_size: ImageSize | None, identifier: str) -> ImageSize:
    """Return the side length, or height and width where they differ; InvalidParameterError if they are not positive."""
    if image_size is None:
        raise InvalidParameterError(
            f"image_size of {identifier} is missing; give the side length of the images that it takes, such as 224."
        )
    sides = image_size if isinstance(image_size, Sequence) else (image_size, image_size)
    if len(sides) != 2 or any(isinstance(side, bool) or side != int(side) or side < 1 for side in sides):
        raise InvalidParameterError(
            f"image_size of {identifier} is {image_size!r}; give a side length of at least 1 px, or (height, width)."
        )
    height, width = map(int, sides)
    return height if height == width else (height, width)


def _checked_resized_size(resized_size: ImageSize | None, size: ImageSize, identifier: str) -> ImageSize:
    """Return what stimuli are resized to; InvalidParameterError if the network's image does not fit into it."""
    if resized_size is None:
        return size
    resized = _checked_size(resized_size, identifier)
    if any(whole < part for whole, part in zip(height_and_width(resized), height_and_width(size), strict=True)):
        raise InvalidParameterError(
            f"resized_size of {identifier} is {resized_size}; it must be at least image_size, {size}."
        )
    return resized


def _with_input(
    network: nn.Module, mean: Sequence[float] | None, std: Sequence[float] | None, n_channels: int, identifier: str
) -> nn.Module:
    """Put what was asked for before a network: one gray channel, and normalization."""
    if n_channels not in (1, 3):
        raise InvalidParameterError(f"n_channels of {identifier} is {n_channels!r}; networks see images of 3 or 1.")
    if (mean is None) != (std is None):
        raise InvalidParameterError(f"{identifier} has only one of mean and std; give both, or none.")
    if mean is not None and std is not None:
        for name, values in (("mean", mean), ("std", std)):
            if len(values) != n_channels:
                raise InvalidParameterError(
                    f"{name} of {identifier} has {len(values)} values; give one for each of {n_channels} channels."
                )
        if min(std) <= 0:
            raise InvalidParameterError(f"std of {identifier} is {list(std)}; its values must be positive.")
        network = WithInputStage(ChannelNormalization(mean, std), network)
    return WithInputStage(GrayChannel(), network) if n_channels == 1 else network
