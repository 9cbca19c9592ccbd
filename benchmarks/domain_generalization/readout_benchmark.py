"""The benchmark class behind every ``dg-...-readout`` identifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brainscore_core.metrics import Score

from ...activations.image_model import ImageModel
from ...activations.logistic_readout import INVERSE_PENALTY
from ...activations.probabilities_task import READOUT_REGION, readout_layer_of
from ...core.errors import ModelError
from ...domain_generalization.classifiers import FeatureReadout, TaskReadout
from .domain_benchmark import N_SEEDS, DomainBenchmark, Fold, ProtocolSettings

MAXIMAL_N_FITTING = 2000


@dataclass(frozen=True)
class ReadoutSettings(ProtocolSettings):
    """See `ProtocolSettings`."""

    maximal_n_fitting: int = MAXIMAL_N_FITTING

    @property
    def settings(self) -> dict[str, Any]:
        """All settings, as JSON can hold them."""
        return super().settings | {"inverse_penalty": INVERSE_PENALTY}


class ReadoutBenchmark(DomainBenchmark):
    """Fit a linear readout of a frozen model on source domains; test it on domains it never saw.

    Parameters
    ----------
    identifier : str
        The benchmark's name.
    domain_set : str
        Identifier of a set of domains.
    folds : sequence of Fold
        At least one.
    seed : int
        Of the first split of the sources into fitting and held-out stimuli.
    n_seeds : int
        How many splits.
    """

    def __init__(self, identifier: str, domain_set: str, folds: Sequence[Fold], seed: int = 0, n_seeds: int = N_SEEDS):
        super().__init__(identifier, domain_set, folds, ReadoutSettings(n_seeds), seed)

    def __call__(self, candidate: Any) -> Score:
        """Score a model.

        Parameters
        ----------
        candidate : ImageModel or BrainModel
            Anything that can do Brain-Score's task 'probabilities'.

        Returns
        -------
        Score
            See `DomainBenchmark`.
        """
        if isinstance(candidate, ImageModel) or READOUT_REGION in getattr(candidate, "region_layer_map", {}):
            readout = FeatureReadout(candidate, list(self.domains.values()))
            return self._score(candidate, readout, readout_layer_of(candidate))
        brain_model = getattr(candidate, "brain_model", candidate)  # Brain-Score's model decides itself what it reads
        if not hasattr(brain_model, "start_task"):
            raise ModelError(f"{candidate.identifier} cannot do tasks: it has no start_task")
        try:
            return self._score(candidate, TaskReadout(brain_model), "the model's own readout")
        finally:
            brain_model.start_task("passive")
