"""The benchmark class behind every ``dg-...-training`` identifier."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...activations.image_model import ImageModel
from ...brainscore_bridge.as_neural_model import as_neural_model
from ...core.errors import ModelError
from ...core.interfaces import ModelLike
from ...domain_generalization.training.fine_tuning import VALIDATION_SHARE, FineTuning
from ...domain_generalization.training.training import Budget
from ...metrics.mouse_score import MouseScore
from .domain_benchmark import N_SEEDS, DomainBenchmark, Fold, ProtocolSettings

# With a fifth of them for validation: the 2000 and 500 of `dg-train`.
MAXIMAL_N_FITTING = 2500


@dataclass(frozen=True)
class TrainingSettings(ProtocolSettings):
    """See `ProtocolSettings`; a training is one seed of one fold.

    Attributes
    ----------
    budget : Budget
        How long each training is.
    """

    maximal_n_fitting: int = MAXIMAL_N_FITTING
    budget: Budget = field(default_factory=Budget)

    @property
    def settings(self) -> dict[str, Any]:
        """All settings, as JSON can hold them."""
        return super().settings | {
            "validation_share": VALIDATION_SHARE,
            "optimizer": "Adam",
            **dataclasses.asdict(self.budget),
        }


class TrainingBenchmark(DomainBenchmark):
    """Train a copy of a model's network on source domains; test it on domains it never saw.

    A network with pretrained weights is thereby fine-tuned, one with random weights is trained from scratch. The
    protocol is DomainBed's: 80 % of each source, of which a fifth chooses the epoch; source accuracy is that of the
    other 20 %. Optimizer, budget, the five seeds and the limit of 2500 stimuli of each source are ours, those of
    ``brainscore-mouse dg-train``, and are the same for every model.

    Parameters
    ----------
    identifier : str
        The benchmark's name.
    domain_set : str
        Identifier of a set of domains.
    folds : sequence of Fold
        At least one.
    seed : int
        The first of the seeds: of the split of the sources, the linear head's weights and the order of the stimuli.
    n_seeds : int
        How many trainings of each fold.
    budget : Budget, optional
        How long each training is.
    """

    def __init__(
        self,
        identifier: str,
        domain_set: str,
        folds: Sequence[Fold],
        seed: int = 0,
        n_seeds: int = N_SEEDS,
        budget: Budget | None = None,
    ):
        self.budget = budget or Budget()
        super().__init__(identifier, domain_set, folds, TrainingSettings(n_seeds, budget=self.budget), seed)

    def __call__(self, candidate: ModelLike) -> MouseScore:
        """Score a model.

        Parameters
        ----------
        candidate : ImageModel
            Is left as it is.

        Returns
        -------
        Score
            See `DomainBenchmark`.

        Raises
        ------
        ModelError
            Of any other model, whose network cannot be trained.
        InvalidParameterError
            If the model is to be run in another precision than float32.
        """
        model = as_neural_model(candidate)
        if not isinstance(model, ImageModel):
            raise ModelError(
                f"{model.identifier} cannot be trained: a {type(model).__name__} does not give its network and "
                "how the network takes images. Wrap the network as brainscore_mouse.ImageModel, or score the model on "
                f"{self.identifier.removesuffix('-training')}-readout, which trains only a readout"
            )
        return self._score(model, FineTuning(model, self.budget), model.readout_layer)
