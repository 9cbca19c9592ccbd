"""Recording from a Brain-Score `BrainModel` through its public interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import DataAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..activations.layer_outputs import unit_sample
from ..activations.layered_model import LayeredModel
from ..core.errors import BrainscoreMouseError, ModelError, ModelOutputError
from ..core.interfaces import BrainModel
from ..metrics.feature_gram import FeatureGram
from .internals import activation_caching_disabled


def rows_of_stimuli(recorded: DataAssembly, stimulus_set: StimulusSet, source: str) -> np.ndarray:
    """Bring recorded activations into the order of the stimuli, one row each.

    Parameters
    ----------
    recorded : NeuroidAssembly
        Of the dimension `presentation`, with a `stimulus_id`, `neuroid`, and perhaps one of time, which is averaged.
    stimulus_set : StimulusSet
        What was shown.
    source : str
        What was recorded, for error messages.

    Returns
    -------
    array of shape (n_stimuli, n_neuroids)

    Raises
    ------
    ModelOutputError
        If there is not exactly one presentation per stimulus, or there are NaN or infinite activations.
    """
    row_of_stimulus = {key: row for row, key in enumerate(recorded["stimulus_id"].values.tolist())}
    missing = [key for key in stimulus_set["stimulus_id"] if key not in row_of_stimulus]
    if missing or recorded.sizes["presentation"] != len(stimulus_set):
        raise ModelOutputError(
            f"{source} returned {recorded.sizes['presentation']} presentations for {len(stimulus_set)} stimuli; "
            f"missing: {missing[:3]}. It must return one presentation per stimulus, with its stimulus_id."
        )
    values = recorded.transpose("presentation", "neuroid", ...).values
    values = values.reshape(*values.shape[:2], -1).mean(axis=2)
    if not np.isfinite(values).all():
        raise ModelOutputError(f"{source} returned NaN or infinite activations.")
    return values[[row_of_stimulus[key] for key in stimulus_set["stimulus_id"]]]


class BrainModelByArea(LayeredModel):
    """A Brain-Score model that decides itself what its areas are: it is asked by `start_recording` and `look_at`.

    It has no fingerprint: nothing says whether it has changed, so its scores are neither stored nor looked up.

    Parameters
    ----------
    identifier : str
        The model's name.
    brain_model : BrainModel
        Any model.
    """

    layers = ()

    def __init__(self, identifier: str, brain_model: BrainModel):
        self.identifier = identifier
        self.brain_model = brain_model
        self.region_layer_map = {}

    def recorded_in(self, area: str, window_ms: tuple[int, int]) -> "RecordedArea":
        """Return what the model says an area is, as a single layer of the area's name."""
        return RecordedArea(self.brain_model, area, window_ms)

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, FeatureGram]:
        """Raise ModelError: there are no layers."""
        raise self._without_layers()

    def with_layer(self, roles: Sequence[str], layer: str) -> Self:
        """Raise ModelError: there are no layers."""
        raise self._without_layers()

    def _without_layers(self) -> ModelError:
        return ModelError(
            f"A layer cannot be chosen for {self.identifier}: a {type(self.brain_model).__name__} without `layers` and "
            "`activations_model` decides itself what an area is."
        )


@dataclass(frozen=True)
class RecordedArea:
    """A Brain-Score model's own idea of one area; a :class:`~brainscore_mouse.core.interfaces.LayerResponses`.

    Attributes
    ----------
    brain_model : BrainModel
        The model.
    area : str
        Such as 'VISp'.
    window_ms : (int, int)
        The response window.
    """

    brain_model: BrainModel
    area: str
    window_ms: tuple[int, int]

    def layer_grams(self, stimulus_set: StimulusSet) -> dict[str, FeatureGram]:
        """Record, and compute the Gram matrix; the only layer is called as the area."""
        return {layer: FeatureGram.of_features(rows) for layer, rows in self.layer_channels(stimulus_set).items()}

    def layer_channels(self, stimulus_set: StimulusSet) -> dict[str, np.ndarray]:
        """Record: each neuroid of the model is a channel; the only layer is called as the area."""
        return {self.area: record(self.brain_model, self.area, self.window_ms, stimulus_set)}

    def layer_units(self, stimulus_set: StimulusSet) -> dict[str, np.ndarray]:
        """Record, and take a sample of the model's neuroids; the only layer is called as the area."""
        return {layer: rows[:, unit_sample(rows.shape[1])] for layer, rows in self.layer_channels(stimulus_set).items()}


def record(brain_model: BrainModel, region: str, time_bin: tuple[int, int], stimulus_set: StimulusSet) -> np.ndarray:
    """Record from a model that decides itself what its area is (Brain-Score's interface).

    Parameters
    ----------
    brain_model : BrainModel
        Any model.
    region : str
        The area.
    time_bin : (int, int)
        Start and end in ms.
    stimulus_set : StimulusSet
        What it sees.

    Returns
    -------
    array of shape (n_stimuli, n_neuroids)

    Raises
    ------
    ModelError
        If the model cannot be recorded from.
    ModelOutputError
        If its responses cannot be compared.
    """
    step = "start_task('passive')"
    try:
        with activation_caching_disabled():
            # A model that did another task before would go on with it.
            if hasattr(brain_model, "start_task"):
                brain_model.start_task("passive")
            step = f"start_recording({region!r})"
            brain_model.start_recording(region, time_bins=[time_bin])
            step = "look_at"
            recorded = brain_model.look_at(stimulus_set)
    except (BrainscoreMouseError, MemoryError):
        raise
    except Exception as error:
        raise ModelError(
            f"{brain_model.identifier} is a {type(brain_model).__name__} that cannot be recorded from in {region}: "
            f"{step} failed with {type(error).__name__}: {error}. What is missing: either start_recording({region!r}, "
            "time_bins) and look_at(stimuli) work, or the model has, as a ModelCommitment, `layers` and "
            "`activations_model`; then its layers are compared."
        ) from error
    if recorded.sizes.get("time_bin", 1) != 1:
        raise ModelError(f"{brain_model.identifier} returned {recorded.sizes['time_bin']} time bins, asked for 1.")
    return rows_of_stimuli(recorded, stimulus_set, brain_model.identifier)
