"""Brain-Score's task 'probabilities': a readout fitted to labelled stimuli, then class probabilities of others."""

from collections.abc import Callable
from typing import Any

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import BehavioralAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ...core.errors import DataError
from .logistic_readout import LogisticReadout


class ProbabilitiesTask:
    """A model's readout for one set of fitting stimuli, as Brain-Score fits it: without a floor of the deviations.

    Parameters
    ----------
    features : callable
        From a stimulus set to features, (n_stimuli, n_features).
    fitting_stimuli : StimulusSet
        With the column `image_label`.
    """

    def __init__(self, features: Callable[[StimulusSet], np.ndarray], fitting_stimuli: StimulusSet):
        if fitting_stimuli is None or "image_label" not in fitting_stimuli:
            raise DataError("the task 'probabilities' needs fitting_stimuli with a column image_label")
        self._features = features
        self._readout = LogisticReadout(features(fitting_stimuli), fitting_stimuli["image_label"].tolist(), sd_floor=0)

    def look_at(self, stimuli: StimulusSet) -> BehavioralAssembly:
        """Return class probabilities, of dimensions presentation x choice."""
        coords: dict[str, tuple[str, Any]] = {
            column: ("presentation", stimuli[column].to_numpy()) for column in stimuli.columns
        }
        coords.setdefault("stimulus_num", ("presentation", np.arange(len(stimuli))))
        coords["choice"] = ("choice", self._readout.classes)
        probabilities = self._readout.probabilities(self._features(stimuli))
        return BehavioralAssembly(probabilities, coords=coords, dims=["presentation", "choice"])
