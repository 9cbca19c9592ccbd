"""Objects of users that give Gram matrices themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..activations.layered_model import CandidateResponses, LayeredModel
from ..activations.probe import behaviour_of_responses
from ..core.behaviour import Behaviour
from ..core.interfaces import Compared
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

    def behaviour(
        self, stimulus_sets: Sequence[StimulusSet], roles: Sequence[str], compares: Compared
    ) -> Behaviour | None:
        """Describe what the object gives of a few of the stimuli.

        It is asked for all of them, since it may know no others. What it does in tasks is not known: None.
        """
        if compares == "labels":
            return None
        show = self.layer_grams if compares == "grams" else self.layer_channels
        areas = [self.recorded_in(role, (0, 0)).layers for role in roles]
        shown = [show(stimuli, layers) for layers in dict.fromkeys(areas) for stimuli in stimulus_sets]
        return behaviour_of_responses([responses for by_layer in shown for responses in by_layer.values()])

    def recorded_in(self, area: str, window_ms: tuple[int, int]) -> CandidateResponses:
        """See `LayeredModel`; an object without `layers` chooses its candidates itself."""
        committed = self.region_layer_map.get(area)
        return CandidateResponses(self, (self.layers or None) if committed is None else (committed,))

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, FeatureGram]:
        """Return the Gram matrices that the object gives."""
        return self._asked_once("layer_grams", stimulus_set, layers)

    def layer_channels(
        self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None
    ) -> Mapping[str, np.ndarray]:
        """Return the channels that the object gives; ModelError if it gives none."""
        if not hasattr(self.model, "layer_channels"):
            return super().layer_channels(stimulus_set, layers)
        return self._asked_once("layer_channels", stimulus_set, layers)

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, np.ndarray]:
        """Return the features that the object gives; ModelError if it gives none."""
        if not callable(getattr(self.model, "features", None)):
            return super().features(stimulus_set, layers)
        return self.model.features(stimulus_set, layers)

    def _asked_once(self, method: str, stimulus_set: StimulusSet, layers: Sequence[str] | None) -> Mapping[str, Any]:
        """Ask the object; inside `unchanged`, once for the same stimuli and layers."""
        known = {} if self._known is None else self._known
        key = (method, tuple(stimulus_set["stimulus_id"]), stimulus_set.identifier, layers and tuple(layers))
        if key not in known:
            known[key] = getattr(self.model, method)(stimulus_set, layers)
        return known[key]
