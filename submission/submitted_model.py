"""A submitted model as this process knows it: by the Gram matrices that it returned."""

import hashlib
from collections.abc import Sequence
from typing import Any

from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..activations.layered_model import LayeredModel
from ..activations.probe import behaviour_of_responses
from ..core.behaviour import Behaviour
from ..core.errors import LayerNotFoundError
from ..core.interfaces import Compared
from ..metrics.feature_gram import FeatureGram
from .handover import Handover


class SubmittedModel(LayeredModel):
    """What `score_model` needs of a model; none of the submission's code.

    Parameters
    ----------
    identifier : str
        The model's name.
    handover : Handover
        What its run returned, checked.
    submission_sha256 : str
        Hash of what was submitted; stored with each score.

    Raises
    ------
    LayerNotFoundError
        If a layer is committed that was not returned.
    """

    def __init__(self, identifier: str, handover: Handover, submission_sha256: str):
        self.identifier = identifier
        self.layers = handover.layers
        self.region_layer_map = handover.region_layer_map
        self._submission_sha256 = submission_sha256
        self._grams = handover.grams

    @property
    def fingerprint(self) -> str:
        """SHA-256 of submission and identifier: a submission may hold several models."""
        text = f"{self._submission_sha256} {self.identifier}"
        return hashlib.sha256(text.encode()).hexdigest()

    def behaviour(
        self, stimulus_sets: Sequence[StimulusSet], roles: Sequence[str], compares: Compared
    ) -> Behaviour | None:
        """Describe what was returned of a few of the stimuli; only Gram matrices are."""
        if compares != "grams":
            return None
        shown = [self.layer_grams(stimuli) for stimuli in stimulus_sets]
        return behaviour_of_responses([gram for by_layer in shown for gram in by_layer.values()])

    def details(self) -> dict[str, Any]:
        """See `LayeredModel`; with the hash of what was submitted."""
        return super().details() | {"submission_sha256": self._submission_sha256}

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, FeatureGram]:
        """Return the Gram matrices of layers (by default all candidates) for stimuli that the model was shown.

        Raises
        ------
        LayerNotFoundError
            If a layer was not returned.
        """
        grams = self._grams[stimulus_set.identifier]
        wanted = self.layers if layers is None else layers
        for layer in wanted:
            if layer not in grams:
                raise LayerNotFoundError(f"{self.identifier} returned no layer {layer!r}: {', '.join(grams)}")
        return {layer: grams[layer] for layer in wanted}
