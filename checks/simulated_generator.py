"""The model that the recordings of ``simulated-mouse`` were made by."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..activations.layered_model import CandidateResponses, LayeredModel
from ..core.image_file import read_image
from ..core.visual_areas import VISUAL_AREAS
from ..data_packaging.simulated_mouse import noise_free_responses
from ..metrics.feature_gram import FeatureGram


class SimulatedGenerator(LayeredModel):
    """The noise-free responses of all areas; each area is a layer of its name, committed to the area.

    No model does better on a benchmark of ``simulated-mouse``.
    """

    identifier = "simulated-generator"

    def __init__(self) -> None:
        self.layers = VISUAL_AREAS
        self.region_layer_map = {area: area for area in VISUAL_AREAS}

    def recorded_in(self, area: str, window_ms: tuple[int, int]) -> CandidateResponses:
        """Return the responses of the area's own neuroids."""
        return CandidateResponses(self, (area,))

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, np.ndarray]:
        """Return noise-free responses of areas to stimuli of the dataset's size, shape (n_stimuli, n_neuroids)."""
        paths = [Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]]
        images = [read_image(path)[:, :, 0].astype(np.float64) / 255 for path in paths]  # gray: all channels are equal
        return {area: noise_free_responses(np.stack(images), area) for area in layers or self.layers}

    def layer_channels(
        self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None
    ) -> Mapping[str, np.ndarray]:
        """Return the responses: each neuroid is a channel."""
        return self.features(stimulus_set, layers)

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, FeatureGram]:
        """Return the Gram matrices of the responses."""
        features = self.features(stimulus_set, layers)
        return {layer: FeatureGram.of_features(matrix) for layer, matrix in features.items()}
