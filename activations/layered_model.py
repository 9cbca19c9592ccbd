"""What all models whose layers can be compared have in common."""

import contextlib
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn

from ..core.behaviour import Behaviour, LayerBehaviour
from ..core.errors import ModelError
from ..core.interfaces import Compared, LayerResponses
from ..metrics.feature_gram import FeatureGram
from .extraction import Extraction
from .layer_outputs import unit_sample

READOUT_REGION = "behavioral_readout"
"""What a model commits its readout layer to, in the same map as the areas."""


class LayeredModel:
    """A model with candidate layers; a :class:`~brainscore_mouse.core.interfaces.NeuralModel`.

    Subclasses give `layer_grams`, and more where they can. The defaults are those of a model of which nothing else is
    known: it has no fingerprint, no channels, and neither its input nor its extraction can be changed.

    Attributes
    ----------
    identifier : str
        The model's name.
    layers : tuple of str
        The candidate layers, from early to late.
    region_layer_map : dict of str to str
        The layer committed to an area, or to `READOUT_REGION`.
    brain_model : BrainModel or None
        The Brain-Score model behind it, if any: it may do tasks in its own way.
    registered_as : (str, str or None) or None
        Identifier and fingerprint that a registered model had when `load_model` made it.
    """

    identifier: str
    layers: tuple[str, ...]
    region_layer_map: dict[str, str]
    brain_model: Any = None
    registered_as: tuple[str, str | None] | None = None
    # What `unchanged` remembers.
    _known: dict[Any, Any] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.identifier!r}, {len(self.layers)} layers)"

    @property
    def fingerprint(self) -> str | None:
        """Hash of all that determines the responses; None: that cannot be known."""
        return None

    @property
    def readout_layer(self) -> str | None:
        """The layer committed to `READOUT_REGION`; None: the model does tasks in its own way, or not at all."""
        return self.region_layer_map.get(READOUT_REGION)

    def content(self, roles: Sequence[str]) -> dict[str, Any] | None:
        """Return all of the model that a score depends on; None without a fingerprint.

        Parameters
        ----------
        roles : sequence of str
            What a layer can be committed to: areas, or the readout.
        """
        if self.fingerprint is None:
            return None
        return {
            "model_fingerprint": self.fingerprint,
            "layers": list(self.layers),
            "committed": {role: self.region_layer_map.get(role) for role in roles},
        }

    def behaviour(
        self, stimulus_sets: Sequence[StimulusSet], roles: Sequence[str], compares: Compared
    ) -> Behaviour | None:
        """Return what the model, as it is now, does with a few of the stimuli; None: nothing is stored.

        Parameters
        ----------
        stimulus_sets : sequence of StimulusSet
            What a benchmark shows.
        roles : sequence of str
            What a layer can be committed to: areas, or the readout.
        compares : {'grams', 'channels', 'labels'}
            What the benchmark needs.
        """
        return None

    def reference_behaviour(self) -> LayerBehaviour | None:
        """Return what the model does with an image that is the same for all benchmarks; None: that is not known."""
        return None

    @contextlib.contextmanager
    def unchanged(self, since_loaded: bool = False) -> Iterator[None]:
        """Take the model not to change inside the block: it is hashed and probed once. Only within one call of ours.

        Parameters
        ----------
        since_loaded : bool
            Whether nobody has had the model since `load_model` hashed it: then it is not hashed again.
        """
        if self._known is not None:
            yield
            return
        loaded = self.registered_as if since_loaded else None
        self._known = {} if loaded is None or loaded[1] is None else {"fingerprint": loaded[1]}
        try:
            yield
        finally:
            self._known = None

    def details(self) -> dict[str, Any]:
        """Return what is reported of the model beside a score."""
        return {} if self.fingerprint is None else {"model_fingerprint": self.fingerprint}

    def recorded_in(self, area: str, window_ms: tuple[int, int]) -> LayerResponses:
        """Return the layers that may stand for an area: the committed one, or all candidates.

        Parameters
        ----------
        area : str
            Such as 'VISp'.
        window_ms : (int, int)
            The response window; a static model responds alike in all.
        """
        committed = self.region_layer_map.get(area)
        return CandidateResponses(self, self.layers if committed is None else (committed,))

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, FeatureGram]:
        """Compute the Gram matrices of layers' responses, by default of all candidates."""
        raise NotImplementedError

    def layer_channels(
        self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None
    ) -> Mapping[str, np.ndarray]:
        """Raise ModelError: which units belong to the same channel is not known."""
        raise ModelError(
            f"{self.identifier} does not say which of its units belong to the same channel. It can be scored with rsa, "
            "ridge and pls."
        )

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, np.ndarray]:
        """Raise ModelError: the responses of units are not known."""
        raise ModelError(f"{self.identifier} gives no responses of units, only inner products between stimuli.")

    def layer_units(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, np.ndarray]:
        """Compute the responses of a sample of each layer's units, see `unit_sample`: (n_stimuli, n_units)."""
        features = self.features(stimulus_set, layers)
        return {layer: of_layer[:, unit_sample(of_layer.shape[1])] for layer, of_layer in features.items()}

    def with_layer(self, roles: Sequence[str], layer: str) -> Self:
        """Return a copy with this layer committed; it shares all else.

        Parameters
        ----------
        roles : sequence of str
            Areas, or `READOUT_REGION`.
        layer : str
            Its name.

        Raises
        ------
        LayerNotFoundError
            If the model has no such layer; models that cannot know raise it when they are scored.
        """
        changed = copy.copy(self)
        changed._known = None
        changed.region_layer_map = {**self.region_layer_map, **dict.fromkeys(roles, layer)}
        return changed

    def with_extraction(self, extraction: Extraction) -> Self:
        """Raise ModelError: the model computes its responses itself."""
        raise ModelError(
            f"Device, batch size and precision cannot be chosen for {self.identifier}: a {type(self).__name__} "
            "computes its activations itself."
        )

    def with_input_stage(self, stage: nn.Module, identifier: str) -> "LayeredModel":
        """Raise ModelError: how images become the model's input is not known."""
        raise ModelError(
            f"{type(stage).__name__} cannot be placed in front of {self.identifier}: a {type(self).__name__} does not "
            "expose its input."
        )


@dataclass(frozen=True)
class CandidateResponses:
    """Some layers of a model; a :class:`~brainscore_mouse.core.interfaces.LayerResponses`.

    Attributes
    ----------
    model : LayeredModel
        The model.
    layers : tuple of str or None
        Their names; None: those that the model chooses.
    """

    model: LayeredModel
    layers: tuple[str, ...] | None

    def layer_grams(self, stimulus_set: StimulusSet) -> Mapping[str, FeatureGram]:
        """Compute the Gram matrices of the layers."""
        return self.model.layer_grams(stimulus_set, self.layers)

    def layer_channels(self, stimulus_set: StimulusSet) -> Mapping[str, np.ndarray]:
        """Compute the responses of the layers' channels, each of shape (n_stimuli, n_channels)."""
        return self.model.layer_channels(stimulus_set, self.layers)

    def layer_units(self, stimulus_set: StimulusSet) -> Mapping[str, np.ndarray]:
        """Compute the responses of a sample of the layers' units, each of shape (n_stimuli, n_units)."""
        return self.model.layer_units(stimulus_set, self.layers)
