"""A population whose RDM is compared with that of another population, corrected for the noise of both."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...uncertainty.leave_one_out import LeaveOneOutScores
from ..layerwise import ChosenLayers
from .left_out import left_out_mutual_correlations

if TYPE_CHECKING:
    from .metric import RSATarget


class RSAPopulation:
    """The RDMs of two halves of the repetitions; a :class:`~brainscore_mouse.metrics.layerwise.Population`.

    Parameters
    ----------
    target : RSATarget
        The population.
    """

    def __init__(self, target: "RSATarget"):
        self.target = target

    def left_out(self, sources: "Sequence[RSAPopulation | ChosenLayers]") -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.Population.left_out`."""
        found = []
        for source in sources:
            if isinstance(source, ChosenLayers):
                found.append(self.target.left_out([source]))
                continue
            values, pairs = left_out_mutual_correlations(
                source.target.parts, self.target.parts, self.target.n_stimuli, self.target.mice
            )
            (of_source, pairs_of_source), (of_target, pairs_of_target) = (
                source.target.left_out_ceilings,
                self.target.left_out_ceilings,
            )
            with np.errstate(invalid="ignore", divide="ignore"):
                # Of the source no mouse is left out.
                values = values / (of_source[:1] * of_target)
                pairs = pairs / (pairs_of_source[:1] * pairs_of_target)
            found.append(LeaveOneOutScores(values[None], self.target.mice, pairs[None]))
        return LeaveOneOutScores(
            np.concatenate([scores.values for scores in found]),
            self.target.mice,
            np.concatenate([scores.pairs for scores in found if scores.pairs is not None]),
        )
