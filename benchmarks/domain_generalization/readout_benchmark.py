"""The benchmark class behind every ``dg-...-readout`` identifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...activations.readouts.logistic_readout import INVERSE_PENALTY, SD_FLOOR
from ...brainscore_bridge.as_neural_model import as_neural_model
from ...core.errors import ModelError
from ...core.interfaces import ModelLike, NeuralModel
from ...domain_generalization.classifiers import FeatureReadout, Readout, TaskReadout
from ...metrics.mouse_score import MouseScore
from .domain_benchmark import N_SEEDS, DomainBenchmark, Fold, ProtocolSettings

MAXIMAL_N_FITTING = 2000


@dataclass(frozen=True)
class ReadoutSettings(ProtocolSettings):
    """See `ProtocolSettings`.

    Attributes
    ----------
    sd_floor : float
        See `LogisticReadout`.
    """

    maximal_n_fitting: int = MAXIMAL_N_FITTING
    sd_floor: float = SD_FLOOR

    @property
    def settings(self) -> dict[str, Any]:
        """All settings, as JSON can hold them."""
        return super().settings | {"inverse_penalty": INVERSE_PENALTY, "sd_floor": self.sd_floor}


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
    sd_floor : float
        See `LogisticReadout`; 0 is Brain-Score's recipe. Models that do the task in their own way decide themselves.
    """

    protocol_version = 2  # 2: features that hardly vary are not blown up to unit variance
    protocol: ReadoutSettings

    def __init__(
        self,
        identifier: str,
        domain_set: str,
        folds: Sequence[Fold],
        seed: int = 0,
        n_seeds: int = N_SEEDS,
        sd_floor: float = SD_FLOOR,
    ):
        super().__init__(identifier, domain_set, folds, ReadoutSettings(n_seeds, sd_floor=sd_floor), seed)

    def __call__(self, candidate: ModelLike) -> MouseScore:
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
        model = as_neural_model(candidate)
        if model.readout_layer is not None:
            readout = FeatureReadout(model, model.readout_layer, list(self.domains.values()), self.protocol.sd_floor)
            return self._score_of_readout(model, readout, model.readout_layer)
        if not hasattr(model.brain_model, "start_task"):
            raise ModelError(f"{model.identifier} cannot do tasks: it has neither a readout layer nor start_task.")
        try:
            return self._score_of_readout(model, TaskReadout(model.brain_model), "the model's own readout")
        finally:
            model.brain_model.start_task("passive")

    def _score_of_readout(self, model: NeuralModel, readout: Readout, layer: str) -> MouseScore:
        return self._score(model, readout, layer)
