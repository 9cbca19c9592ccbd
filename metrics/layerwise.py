"""What a metric offers to benchmarks: comparing many layers with one population, on held-out parts of the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_args, runtime_checkable

import numpy as np
from brainscore_core.metrics import Metric

from ..uncertainty.resampling import Resamples

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
    ceiling_error : float
        Its standard error.
    standard_error : callable
        Takes the layer index chosen in each fold; returns the standard error of the ceiled score.
    error_kind : str
        What the error is over.
    details : dict
        Everything else worth reporting.
    illustration : callable
        Takes the layer index chosen in each fold; returns what can be shown of them beside the score, as JSON can
        hold it.
    measures : dict of str to array of shape (n_folds, n_layers)
        Further numbers by layer, to be reported of the chosen ones.
    """

    raw: np.ndarray
    ceiled: np.ndarray
    ceiling: float
    ceiling_error: float
    standard_error: Callable[[Sequence[int]], float]
    error_kind: str
    details: dict[str, Any] = field(default_factory=dict)
    illustration: Callable[[Sequence[int]], dict[str, Any]] = lambda chosen: {}
    measures: dict[str, np.ndarray] = field(default_factory=dict)


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
    ceiling_error: float
    details: dict[str, Any]

    def selection_scores(self, layers: Sequence[LayerSummary], fold: int, /) -> np.ndarray:
        """Compare layers on a fold's selection part, shape (n_layers,), NaN where undefined."""
        ...

    def evaluate(self, layers: Sequence[LayerSummary], /) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold."""
        ...


@runtime_checkable
class ResampledTarget(Protocol):
    """A population that models can also be compared on in the same bootstrap draws; metrics need not offer it."""

    def resampled(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """Score models on resampled stimuli and neuroids, the same for all of them.

        Parameters
        ----------
        models : sequence of ChosenLayers
            Their layers stay those chosen; a readout stays as it was fitted.
        resamples : Resamples
            The draws.

        Returns
        -------
        array of shape (n_models, n_draws)
            The ceiled score in each draw; NaN where a draw leaves nothing to compare.
        """
        ...


class LayerwiseMetric(Metric):
    """A Brain-Score metric that can also prepare recordings for whole layer sweeps.

    Attributes
    ----------
    compares : {'grams', 'channels'}
        What it needs of a model's layers: Gram matrices (`FeatureGram`), or the responses of their channels, an array
        of shape (n_stimuli, n_channels).
    """

    identifier: str
    compares: ClassVar[Literal["grams", "channels"]] = "grams"

    @property
    def claims(self) -> frozenset[Claim]:
        """What the metric promises; one that does not promise all overrides this, perhaps by a class attribute."""
        return frozenset(get_args(Claim))

    @property
    def settings(self) -> dict[str, Any]:
        """The metric's name and all its options, part of what a stored score is found by."""
        return {"metric": self.identifier, **vars(self)}

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.settings.items() if name != "metric")
        return f"{type(self).__name__}({options})"

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


def mean_over_folds(draws: np.ndarray) -> np.ndarray:
    """Average over folds those in which all models have a score.

    Parameters
    ----------
    draws : array of shape (n_folds, n_models, n_draws)
        NaN where a fold has nothing to compare in a draw, as where none of its mice was drawn.

    Returns
    -------
    array of shape (n_models, n_draws)
        NaN where no fold has.
    """
    defined = ~np.isnan(draws).any(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(defined, draws, 0.0).sum(axis=0) / defined.sum(axis=0)
