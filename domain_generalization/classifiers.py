"""Models as classifiers: fitted to labelled stimuli, they give class probabilities of others."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..activations.readouts.logistic_readout import SD_FLOOR, LogisticReadout
from ..activations.recorded_network import RecordedNetwork
from ..brainscore_bridge.internals import activation_caching_disabled
from ..core.errors import ModelError
from ..core.interfaces import NeuralModel


class Classifier(Protocol):
    """Something that is fitted to some stimuli and then sees others."""

    def predictions(
        self, fitting: StimulusSet, tests: Mapping[str, StimulusSet], classes: Sequence[str], seed: int
    ) -> dict[str, np.ndarray]:
        """Fit to the column `image_label` of some stimuli, then predict those of others.

        Parameters
        ----------
        fitting : StimulusSet
            Nothing else may influence what is fitted.
        tests : mapping of str to StimulusSet
            By name of the domain.
        classes : sequence of str
            All labels, in the order of the probabilities.
        seed : int
            Of whatever is drawn.

        Returns
        -------
        dict of str to np.ndarray of shape (n_stimuli, n_classes)
            Class probabilities of each of `tests`: float64.
        """
        ...


class Readout(ABC):
    """A classifier that draws nothing: it is fitted once, and then predicts one set of stimuli after another."""

    @abstractmethod
    def fit(self, stimuli: StimulusSet) -> None:
        """Fit to the column `image_label`."""

    @abstractmethod
    def probabilities(self, stimuli: StimulusSet, classes: Sequence[str]) -> np.ndarray:
        """Return class probabilities: float64, (n_stimuli, n_classes), in the order of `classes`."""

    def predictions(
        self, fitting: StimulusSet, tests: Mapping[str, StimulusSet], classes: Sequence[str], seed: int
    ) -> dict[str, np.ndarray]:
        """See `Classifier`."""
        self.fit(fitting)
        return {name: self.probabilities(stimuli, classes) for name, stimuli in tests.items()}


class FeatureReadout(Readout):
    """A readout of a model that sees each stimulus once, however often a readout is fitted.

    With an `sd_floor` of 0 it is the same as `ImageModel.start_task` and `look_at`, which see the stimuli again each
    time.

    Parameters
    ----------
    model : NeuralModel with `features`
        The model.
    layer : str
        The layer that is read out.
    stimulus_sets : sequence of StimulusSet
        Stimuli that will be asked for again and again. Their features are kept, and cached by content below
        `cache_folder()`; those of a set that has any other stimulus are computed whenever it is asked for.
    sd_floor : float
        See `LogisticReadout`.
    """

    def __init__(
        self, model: NeuralModel, layer: str, stimulus_sets: Sequence[StimulusSet], sd_floor: float = SD_FLOOR
    ):
        self._model = model
        self._layer = layer
        self._sd_floor = sd_floor
        features = [readout_features(model, layer, stimuli) for stimuli in stimulus_sets]
        self._features = np.concatenate(features)
        ids = [key for stimuli in stimulus_sets for key in stimuli["stimulus_id"]]
        self._row_of = {key: row for row, key in enumerate(ids)}
        self._readout: LogisticReadout | None = None

    def fit(self, stimuli: StimulusSet) -> None:
        """See `Readout`."""
        self._readout = LogisticReadout(self._features_of(stimuli), stimuli["image_label"].tolist(), self._sd_floor)

    def probabilities(self, stimuli: StimulusSet, classes: Sequence[str]) -> np.ndarray:
        """See `Readout`."""
        if self._readout is None or self._readout.classes != list(classes):
            raise ModelError(f"the readout was not fitted to the classes {list(classes)}")
        return self._readout.probabilities(self._features_of(stimuli))

    def _features_of(self, stimuli: StimulusSet) -> np.ndarray:
        rows = [self._row_of.get(key) for key in stimuli["stimulus_id"]]
        if None in rows:
            return self._model.features(stimuli, [self._layer])[self._layer]
        return self._features[rows]


class TaskReadout(Readout):
    """A Brain-Score model that is asked for probabilities in its own way.

    Parameters
    ----------
    model : BrainModel
        Anything with `start_task` and `look_at`.
    """

    def __init__(self, model: Any):
        self._model = model

    def fit(self, stimuli: StimulusSet) -> None:
        """See `Readout`."""
        with activation_caching_disabled():  # Brain-Score's caches are keyed by names
            self._model.start_task("probabilities", fitting_stimuli=stimuli)

    def probabilities(self, stimuli: StimulusSet, classes: Sequence[str]) -> np.ndarray:
        """See `Readout`."""
        with activation_caching_disabled():
            returned = self._model.look_at(stimuli).transpose("presentation", "choice")
        row_of = {key: row for row, key in enumerate(returned["stimulus_id"].values.tolist())}
        column_of = {str(key): column for column, key in enumerate(returned["choice"].values.tolist())}
        if not set(stimuli["stimulus_id"]) <= set(row_of) or set(column_of) != set(classes):
            raise ModelError(
                f"{self._model.identifier} returned {len(row_of)} of {len(stimuli)} stimuli and the choices "
                f"{sorted(column_of)}; it must return each stimulus and the choices {sorted(classes)}"
            )
        rows = [row_of[key] for key in stimuli["stimulus_id"]]
        values = np.asarray(returned.values, np.float64)[np.ix_(rows, [column_of[name] for name in classes])]
        if not np.isfinite(values).all():
            raise ModelError(f"{self._model.identifier} returned NaN or infinite probabilities")
        return values


def readout_features(model: NeuralModel, layer: str, stimuli: StimulusSet) -> np.ndarray:
    """Compute, or read from the cache, the features of a model's readout layer: (n_stimuli, n_features).

    Parameters
    ----------
    model : NeuralModel with `features`
        Only a RecordedNetwork's features are cached: it can be confirmed that it is the same.
    layer : str
        The layer.
    stimuli : StimulusSet
        Any.
    """
    if isinstance(model, RecordedNetwork):
        return model.readout_features(stimuli, layer)
    return model.features(stimuli, [layer])[layer]
