"""Recorded mice as a model: its only layer is what they respond, averaged over trials."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ...activations.layered_model import LayeredModel
from ...activations.probe import behaviour_of_responses
from ...core.behaviour import Behaviour
from ...core.errors import LayerNotFoundError, ModelError, UnknownIdentifierError
from ...core.interfaces import Compared
from ...core.threads import in_threads
from ...data_packaging.datasets import load_dataset
from ...data_packaging.recordings import trials_from_assembly
from ...data_packaging.twin_stimuli import digest_of_picture
from ...metrics.feature_gram import FeatureGram

LAYER = "population"


class MouseModel(LayeredModel):
    """A mouse, or all mice of an area, as a model of other mice; it has responses to the stimuli that they saw, only.

    Benchmarks never compare a mouse with itself: they leave its name out of the target. With all mice of an area each
    is the target of the others in turn.

    Parameters
    ----------
    identifier : str
        The model's name.
    dataset, area : str
        A packaged dataset and one of its areas.
    subject : str or None
        The mouse; None: all.

    Raises
    ------
    UnknownIdentifierError
        If there is no such mouse in this area.
    """

    def __init__(self, identifier: str, dataset: str, area: str, subject: str | None):
        self.identifier = identifier
        self.dataset = dataset
        self.area = area
        self.subject = subject
        self.layers = (LAYER,)
        self.region_layer_map = {}
        mice = np.unique(self._assembly["subject"].values.astype(str)).tolist()
        if subject is not None and subject not in mice:
            raise UnknownIdentifierError(
                f"{identifier}: there is no mouse {subject!r} in {dataset}-{area}; there are {', '.join(mice)}."
            )

    @cached_property
    def _assembly(self) -> NeuronRecordingAssembly:
        return load_dataset(self.dataset, self.area)

    @property
    def subjects(self) -> np.ndarray:
        """Which mouse each neuroid is from, shape (n_neuroids,)."""
        subjects = self._assembly["subject"].values.astype(str)
        return subjects if self.subject is None else subjects[subjects == self.subject]

    @property
    def fingerprint(self) -> str:
        """Hash of recordings and mouse."""
        content = f"{self._assembly.attrs['data_sha256']} {self.subject}"
        return hashlib.sha256(content.encode()).hexdigest()

    def trials_of(self, stimulus_set: StimulusSet) -> np.ndarray:
        """Return single trials in the order of a stimulus set.

        Parameters
        ----------
        stimulus_set : StimulusSet
            The same pictures as those that the mice saw, by their pixels; names may differ.

        Returns
        -------
        array of shape (n_repetitions, n_stimuli, n_neuroids)
            NaN where a neuroid has no trial.

        Raises
        ------
        ModelError
            If the pictures are not the same.
        """
        trials = trials_from_assembly(self._assembly)
        if self.subject is not None:
            trials = trials[:, :, self._assembly["subject"].values.astype(str) == self.subject]
        seen, asked = self._digests_of_own, _digests(stimulus_set)
        if Counter(seen) != Counter(asked):
            differing = (Counter(asked) - Counter(seen)).total()
            raise ModelError(
                f"{self.identifier} saw other stimuli than {stimulus_set.identifier!r}: {differing} of {len(asked)} "
                f"pictures are not among its {len(seen)}. Use a benchmark whose mice saw the same."
            )
        rows: dict[str, list[int]] = {}
        for row, digest in enumerate(seen):
            rows.setdefault(digest, []).append(row)
        order = [rows[digest].pop(0) for digest in asked]
        return trials[:, order]

    @cached_property
    def _digests_of_own(self) -> list[str]:
        return _digests(self._assembly.attrs["stimulus_set"])

    def with_layer(self, roles: Sequence[str], layer: str) -> Self:
        """See `LayeredModel.with_layer`; there is one layer, which scores are made of whatever is committed."""
        if layer != LAYER:
            raise LayerNotFoundError(f"{self.identifier} has no layer {layer!r}; its only one is {LAYER!r}.")
        return super().with_layer(roles, layer)

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, np.ndarray]:
        """Return responses averaged over trials, shape (n_stimuli, n_neuroids); raises as `trials_of`."""
        return {LAYER: np.nanmean(self.trials_of(stimulus_set), axis=0, dtype=np.float64)}

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, FeatureGram]:
        """Return the Gram matrix of `features`; raises as `trials_of`."""
        return {LAYER: FeatureGram.of_features(self.features(stimulus_set)[LAYER])}

    def behaviour(
        self, stimulus_sets: Sequence[StimulusSet], roles: Sequence[str], compares: Compared
    ) -> Behaviour | None:
        """Describe the responses; None for tasks, which mice have not done."""
        if compares == "labels":
            return None
        return behaviour_of_responses([self.layer_grams(stimuli)[LAYER] for stimuli in stimulus_sets])


def _digests(stimulus_set: StimulusSet) -> list[str]:
    paths = [Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]]
    return in_threads(digest_of_picture, paths)
