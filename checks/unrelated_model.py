"""A model that has nothing to do with what it sees."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..activations.layered_model import READOUT_REGION, LayeredModel
from ..metrics.feature_gram import FeatureGram

_N_UNITS = 50


class UnrelatedModel(LayeredModel):
    """Layers of random features, which follow from the bytes of an image but from nothing that is on it.

    Parameters
    ----------
    n_layers : int
        They are independent of each other.
    """

    identifier = "unrelated"

    def __init__(self, n_layers: int):
        self.layers = tuple(f"unrelated-{number}" for number in range(n_layers))
        self.region_layer_map = {READOUT_REGION: self.layers[0]}

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, np.ndarray]:
        """Return random features of each image, shape (n_stimuli, 50), the same whenever it is shown."""
        paths = [Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]]
        images = [path.read_bytes() for path in paths]
        return {layer: np.stack([_features(layer, image) for image in images]) for layer in layers or self.layers}

    def layer_channels(
        self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None
    ) -> Mapping[str, np.ndarray]:
        """Return the features: each unit is a channel."""
        return self.features(stimulus_set, layers)

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, FeatureGram]:
        """Return the Gram matrices of the features."""
        features = self.features(stimulus_set, layers)
        return {layer: FeatureGram.of_features(matrix) for layer, matrix in features.items()}


def _features(layer: str, image: bytes) -> np.ndarray:
    digest = hashlib.sha256(layer.encode() + image).digest()
    generator = np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))
    return (generator.standard_normal(_N_UNITS) + 1).astype(np.float32)
