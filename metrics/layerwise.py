"""What a metric offers to benchmarks: comparing many layers with one population, on held-out parts of the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_args, runtime_checkable

import numpy as np
from brainscore_core.metrics import Metric

from ..core.errors import InvalidParameterError
from ..plugins.foreign_code import foreign_code
from ..uncertainty.leave_one_out import LeaveOneOutScores

Claim = Literal["scale-invariant", "null-scores-zero", "generator-scores-one"]
"""What a metric can promise of its ceiled scores; :func:`brainscore_mouse.check_metric` holds it to that.

- scale-invariant: a score stays the same when all features of a layer are multiplied by a positive number;
- null-scores-zero: features that have nothing to do with the stimuli score 0 on average;
- generator-scores-one: the recorded neuroids' own responses without noise score 1.
"""

LayerSummary = TypeVar("LayerSummary", contravariant=True)
"""What a metric gets of a layer: a `FeatureGram`, or the responses of its channels."""


@dataclass(frozen=True)
class Part:
    """A share of the stimuli and of the neuroids that a comparison is made on.

    Attributes
    ----------
    stimuli : array of int
        Stimuli whose responses are compared or predicted.
    fit_stimuli : array of int
        Stimuli a readout may be fitted on, each time without those it predicts; ascending.
    neuroids : array of int
        Neuroids compared.
    groups : array of int, shape (n_stimuli,)
        Of all stimuli of the recordings: the same number for those that show the same picture. A split of stimuli keeps
        them together, see :mod:`brainscore_mouse.uncertainty.grouped_splits`.
    """

    stimuli: np.ndarray
    fit_stimuli: np.ndarray
    neuroids: np.ndarray
    groups: np.ndarray


@dataclass(frozen=True)
class Fold:
    """One way to choose a layer on one part of the recordings and score it on the disjoint rest."""

    selection: Part
    scoring: Part


@dataclass(frozen=True)
class LayerEvaluation:
    """How all layers compare with the recordings on the scoring part of each fold.

    Attributes
    ----------
    raw : array of shape (n_folds, n_layers)
        Similarity as measured.
    ceiled : array of shape (n_folds, n_layers)
        Similarity relative to what a perfect model would reach; sign kept.
    ceiling : float
        What a perfect model would reach, averaged over folds.
    details : dict
        Everything else worth reporting.
    illustration : callable
        Takes the layer index chosen in each fold; returns what can be shown of them beside the score, as JSON can
        hold it.
    measures : dict of str to array of shape (n_folds, n_layers)
        Further numbers by layer, to be reported of the chosen ones.
    has_other_layers : bool
        Whether layers that were not chosen are compared, too, so that it is known which is the best.
    """

    raw: np.ndarray
    ceiled: np.ndarray
    ceiling: float
    details: dict[str, Any] = field(default_factory=dict)
    illustration: Callable[[Sequence[int]], dict[str, Any]] = lambda chosen: {}
    measures: dict[str, np.ndarray] = field(default_factory=dict)
    has_other_layers: bool = True


@dataclass(frozen=True)
class ChosenLayers:
    """A model's layers and the one that stands for the area in each fold.

    Attributes
    ----------
    layers : sequence
        What the metric gets of each candidate layer.
    chosen : sequence of int
        Index of the chosen layer, per fold.
    """

    layers: Sequence[Any]
    chosen: Sequence[int]

    def of_fold(self, fold: int) -> Any:
        """Return the layer that is scored in a fold."""
        return self.layers[self.chosen[fold]]


class NeuralTarget(Protocol[LayerSummary]):
    """One population's recordings, prepared once for comparing any number of models."""

    ceiling: float
    details: dict[str, Any]

    @property
    def ceiling_error(self) -> float:
        """The ceiling's standard error."""
        ...

    def selection_scores(self, layers: Sequence[LayerSummary], /) -> np.ndarray:
        """Compare layers on every fold's selection part, shape (n_folds, n_layers), NaN where undefined."""
        ...

    def evaluate(self, layers: Sequence[LayerSummary], chosen: Sequence[int] | None = None, /) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold; layers not chosen there may be left out (NaN) of some."""
        ...


@runtime_checkable
class LeftOutTarget(Protocol):
    """A population whose scores can be computed again without some stimuli or mice; without it scores have no error."""

    def left_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        """Score models as measured, and without each stimulus and mouse, the same for all of them.

        Parameters
        ----------
        models : sequence of ChosenLayers
            Their layers stay those chosen.

        Returns
        -------
        LeaveOneOutScores
            Ceiled scores; NaN where nothing is left to compare.
        """
        ...


class Population(Protocol):
    """One population's recordings, prepared for comparing it with other populations and with models."""

    @property
    def target(self) -> NeuralTarget[Any]:
        """What models are compared with; UnreliableDataError where the recordings cannot support a score."""
        ...

    def left_out(self, sources: "Sequence[Any]") -> LeaveOneOutScores:
        """Compare sources with the population, corrected for the noise of both, also without each stimulus and mouse.

        Parameters
        ----------
        sources : sequence of Population or ChosenLayers
            Populations of the same metric, of other mice, with folds of the same stimuli; or models, which have no
            noise.

        Returns
        -------
        LeaveOneOutScores
            1: as similar as two noise-free populations that are the same to the metric. Mice are left out of this
            population only. NaN where nothing is left to compare.
        """
        ...


@runtime_checkable
class PopulationMetric(Protocol):
    """A metric that compares populations with each other; without it there is no consistency of mice."""

    def population(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> Population:
        """Do all that depends on one population only.

        Parameters
        ----------
        trials, subjects, folds
            As of :meth:`LayerwiseMetric.prepare`.

        Raises
        ------
        UnreliableDataError
            If the recordings cannot support a comparison.
        """
        ...


class LayerwiseMetric(Metric):
    """A Brain-Score metric that can also prepare recordings for whole layer sweeps.

    Attributes
    ----------
    compares : {'grams', 'channels'}
        What it needs of a model's layers: Gram matrices (`FeatureGram`), or the responses of their channels, an array
        of shape (n_stimuli, n_channels).
    definition_version : int
        Version of its benchmarks: higher whenever their scores or errors change. Stored scores of other versions are
        not used.
    """

    identifier: str
    compares: ClassVar[Literal["grams", "channels"]] = "grams"
    # 6: scores corrected for noise as in docs/methods.md, errors over stimuli and mice.
    definition_version: ClassVar[int] = 6

    @property
    def claims(self) -> frozenset[Claim]:
        """What the metric promises; one that does not promise all overrides this, perhaps by a class attribute."""
        return frozenset(get_args(Claim))

    @property
    def settings(self) -> dict[str, Any]:
        """The metric's name, its options and the hash of a plugin's code: part of what a stored score is found by."""
        if not hasattr(self, "identifier"):
            name = type(self).__name__
            raise InvalidParameterError(f"The metric {name} has no name: write identifier = 'my-metric' in {name}.")
        return {"metric": self.identifier, **vars(self), **foreign_code(type(self))}

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if name != "identifier")
        return f"{type(self).__name__}({options})"

    def counted_neuroids(self, trials: np.ndarray) -> np.ndarray:
        """Tell which neuroids a score counts as compared; all, unless a metric leaves out some by their reliability.

        Parameters
        ----------
        trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
            Single-trial responses, NaN where a neuroid has no trial.

        Returns
        -------
        array of bool, shape (n_neuroids,)
        """
        return np.ones(trials.shape[2], dtype=bool)

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> NeuralTarget[Any]:
        """Do all that depends on the recordings only.

        Parameters
        ----------
        trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
            Single-trial responses, NaN where a neuroid has no trial.
        subjects : array of shape (n_neuroids,)
            Which mouse each neuroid is from.
        folds : sequence of Fold
            The parts to select and score on.

        Raises
        ------
        UnreliableDataError
            If the recordings cannot support a score.
        """
        raise NotImplementedError

    def prepare_with_stimuli(
        self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold], stimulus_paths: Sequence[Path]
    ) -> NeuralTarget[Any]:
        """Do as `prepare`; for metrics that look at what was shown.

        Parameters
        ----------
        trials, subjects, folds
            As of `prepare`.
        stimulus_paths : sequence of Path
            The images that the mice saw, in the order of the trials' stimuli.
        """
        return self.prepare(trials, subjects, folds)
