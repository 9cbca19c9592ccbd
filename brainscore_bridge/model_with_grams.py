"""Objects of users that give Gram matrices themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..activations.layered_model import CandidateResponses, LayeredModel
from ..metrics.feature_gram import FeatureGram


class ModelWithGrams(LayeredModel):
    """A user's object with `identifier` and ``layer_grams(stimulus_set, layers)``, such as features computed elsewhere.

    Parameters
    ----------
    model : object
        Used if there: `layers`, `region_layer_map`, `fingerprint`, ``features(stimulus_set, layers)`` and
        ``layer_channels(stimulus_set, layers)``.
    """

    def __init__(self, model: Any):
        self.model = model
        self.identifier = model.identifier
        self.layers = tuple(getattr(model, "layers", ()))
        self.region_layer_map = dict(getattr(model, "region_layer_map", {}))

    @property
    def fingerprint(self) -> str | None:
        """The object's own; None: its scores are not stored."""
        return getattr(self.model, "fingerprint", None)

    def recorded_in(self, area: str, window_ms: tuple[int, int]) -> CandidateResponses:
        """See `LayeredModel`; an object without `layers` chooses its candidates itself."""
        committed = self.region_layer_map.get(area)
        return CandidateResponses(self, (self.layers or None) if committed is None else (committed,))

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, FeatureGram]:
        """Return the Gram matrices that the object gives."""
        return self.model.layer_grams(stimulus_set, layers)

    def layer_channels(
        self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None
    ) -> Mapping[str, np.ndarray]:
        """Return the channels that the object gives; ModelError if it gives none."""
        if not hasattr(self.model, "layer_channels"):
            return super().layer_channels(stimulus_set, layers)
        return self.model.layer_channels(stimulus_set, layers)

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, np.ndarray]:
        """Return the features that the object gives; ModelError if it gives none."""
        if not callable(getattr(self.model, "features", None)):
            return super().features(stimulus_set, layers)
        return self.model.features(stimulus_set, layers)
