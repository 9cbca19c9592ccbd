"""What metrics have in common that compare each neuroid with one channel of a layer, found on other stimuli.

Such a metric describes each unit by its responses to some stimuli (a map, a histogram) and compares two descriptions. A
neuroid's counterpart is the channel whose description is nearest on stimuli that are not scored.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from brainscore_core.metrics import Score
from threadpoolctl import threadpool_limits

from ..core.errors import UnreliableDataError
from ..core.terminal.counted import counted
from ..core.threads import in_threads
from ..uncertainty.grouped_splits import grouped_halves
from ..uncertainty.leave_one_out import (
    LeaveOneOutScores,
    jackknife,
    kept_neuroids,
    mean_of_defined,
    mouse_names,
    over_all_stimuli,
)
from ..uncertainty.split_half import half_means
from .channelwise_view import ChannelwiseView, relative_to_floor
from .layerwise import ChosenLayers, Fold, LayerEvaluation, LayerwiseMetric, Part

MIN_STIMULI = 16


def matching_splits(part: Part, generator: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Share out stimuli between finding counterparts and scoring.

    Parameters
    ----------
    part : Part
        Its `stimuli` are scored; counterparts may be found on its `fit_stimuli`.
    generator : numpy.random.Generator
        Source of the halves.

    Returns
    -------
    list of (array of int, array of int)
        Stimuli to find counterparts on, and disjoint stimuli to score. One pair where there are fit stimuli that are
        not scored; else two halves of the stimuli, one way and the other.
    """
    others = np.setdiff1d(part.fit_stimuli, part.stimuli)
    if len(others) > 0:
        return [(others, part.stimuli)]
    first, second = (part.stimuli[half] for half in grouped_halves(part.groups[part.stimuli], generator))
    return [(first, second), (second, first)]


ViewMaker = Callable[[np.ndarray, np.ndarray, np.ndarray], ChannelwiseView]
"""Makes a metric's view of responses, and of the stimuli to find counterparts on and to score."""


class ChannelwiseMetric(LayerwiseMetric):
    """A metric that compares each neuroid with one channel.

    Attributes
    ----------
    n_half_splits : int
        Random halves of the repetitions for the ceiling.
    seed : int
        Seed of splits.
    """

    compares = "channels"
    n_half_splits: int
    seed: int

    def compared_on_halves(self, channels: np.ndarray, responses: np.ndarray, view_of: ViewMaker) -> Score:
        """Find counterparts on one half of the stimuli, score them on the other, and the halves swapped.

        Parameters
        ----------
        channels : array of shape (n_stimuli, n_channels)
        responses : array of shape (n_stimuli, n_neuroids)
        view_of : ViewMaker

        Returns
        -------
        Score
            Relative to the floor, not ceiled; attrs: the mean values of counterparts and the floor.
        """
        everything = np.arange(len(responses))
        part = Part(everything, everything, np.arange(responses.shape[1]), groups=everything)
        views = [view_of(responses, *split) for split in matching_splits(part, np.random.default_rng(self.seed))]
        means = _means_by_name([view.compared_with_counterparts(channels) for view in views])
        floor = float(np.mean([view.floor for view in views]))
        score = Score(relative_to_floor(means[views[0].value], floor, views[0].perfect))
        score.attrs.update({**means, f"{views[0].value}_{views[0].floor_name}": floor})
        return score


class ChannelwiseTarget:
    """One population; a :class:`~brainscore_mouse.metrics.layerwise.NeuralTarget` of channel responses.

    Parameters
    ----------
    metric : ChannelwiseMetric
        The settings.
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Single-trial responses, NaN where a neuroid has no trial.
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from.
    folds : sequence of Fold
        The parts to select and score on.
    view_of : ViewMaker
        Makes the metric's views.

    Raises
    ------
    UnreliableDataError
        If the recordings cannot support a score.
    """

    def __init__(
        self,
        metric: ChannelwiseMetric,
        trials: np.ndarray,
        subjects: np.ndarray,
        folds: Sequence[Fold],
        view_of: ViewMaker,
    ):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(
                f"{metric.identifier} needs at least {MIN_STIMULI} stimuli, so that counterparts can be found on "
                f"others than those that are scored; there are {trials.shape[1]}."
            )
        self._metric = metric
        self._folds = folds
        self._subjects = subjects
        self._n_stimuli = trials.shape[1]
        means = np.nanmean(trials, axis=0, dtype=np.float64)
        population = f"{len(subjects)} neuroids of {counted(len(set(subjects)), 'mouse')}"
        # One generator for all folds, so that they do not all split alike.
        generator = np.random.default_rng(metric.seed)
        # All that is not scored may serve to find counterparts, so that each fold has one view to score.
        self._selection, self._scoring = (
            [[view_of(means[:, part.neuroids], *split) for split in matching_splits(part, generator)] for part in parts]
            for parts in ([fold.selection for fold in folds], [fold.scoring for fold in folds])
        )
        self._view = view = self._scoring[0][0]
        if not all(one.defined.any() for views in (*self._selection, *self._scoring) for one in views):
            raise UnreliableDataError(
                f"No neuroid of one half of the mice {view.undefined} of one half ({population}); use more."
            )
        first, second = half_means(trials, metric.n_half_splits, generator)
        self._halves = [[half[:, :, fold.scoring.neuroids] for half in (first, second)] for fold in folds]
        self._floors = np.array([np.mean([one.floor for one in views]) for views in self._scoring])
        at_ceiling = float(np.mean([one.at_ceiling(*self._halves[fold]) for fold, one in self._fold_views()]))
        self.ceiling = float(self._raw(at_ceiling, self._floors.mean()))
        self.ceiling_error = jackknife(self._left_out_ceilings(), "stimuli").error
        if not self.ceiling > 2 * self.ceiling_error:
            raise UnreliableDataError(
                f"{view.too_noisy} (ceiling {self.ceiling:z.3f} ± {self.ceiling_error:z.3f}): the recordings are too "
                f"noisy for {metric.identifier} ({population}). Use more neuroids or repetitions."
            )
        self.details: dict[str, Any] = {
            "n_neuroids": len(subjects),
            f"n_neuroids_without_{view.description}": len(self._undefined_neuroids()),
            f"{view.value}_{view.floor_name}": float(self._floors.mean()),
            f"{view.value}_{view.ceiling_name}": at_ceiling,
            **_means_by_name([one.details(generator) for _, one in self._fold_views()]),
        }

    def _raw(self, values: Any, floors: Any) -> Any:
        return relative_to_floor(values, floors, self._view.perfect)

    def _fold_views(self) -> Iterator[tuple[int, ChannelwiseView]]:
        for fold, views in enumerate(self._scoring):
            for view in views:
                yield fold, view

    def _undefined_neuroids(self) -> set[int]:
        return {
            int(neuroid)
            for fold, view in self._fold_views()
            for neuroid in self._folds[fold].scoring.neuroids[~view.defined]
        }

    def _left_out_ceilings(self) -> LeaveOneOutScores:
        """Return the ceiling without each stimulus, with one split of the repetitions per fold, each another one."""
        values, floors = [], []
        for fold, view in self._fold_views():
            split = [fold % self._metric.n_half_splits]
            first, second = (half[split] for half in self._halves[fold])
            stimuli = _without_each(len(view.test))
            everyone = np.ones((1, len(view.defined)), dtype=bool)
            of_fold = np.array([[view.at_ceiling(first, second, counts) for counts in stimuli]])
            values.append(over_all_stimuli(of_fold, view.test, self._n_stimuli))
            floors.append(over_all_stimuli(view.of_selections([], stimuli, everyone)[1], view.test, self._n_stimuli))
        return LeaveOneOutScores(self._raw(np.mean(values, axis=0), np.mean(floors, axis=0))[None], ())

    def selection_scores(self, layers: Sequence[np.ndarray]) -> np.ndarray:
        """Compare layers on every fold's selection part, (n_folds, n_layers), NaN where no channel can be described."""
        values = [
            [np.mean([view.compared_with_counterparts(layer)[view.value] for view in views]) for layer in layers]
            for views in self._selection
        ]
        floors = [np.mean([view.floor for view in views]) for views in self._selection]
        return np.asarray(self._raw(np.array(values), np.array(floors)[:, None]))

    def evaluate(self, layers: Sequence[np.ndarray], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold; here all of them, whichever are chosen."""
        compared = [
            [
                _means_by_name(
                    [
                        {**view.compared_with_counterparts(layer), f"{view.value}_all_pairs": view.of_all_pairs(layer)}
                        for view in views
                    ]
                )
                for layer in layers
            ]
            for views in self._scoring
        ]
        measures = {
            name: np.array([[of_layer[name] for of_layer in of_fold] for of_fold in compared])
            for name in compared[0][0]
        }
        raw = self._raw(measures[self._view.value], self._floors[:, None])

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            details=self.details,
            measures=measures,
        )

    def left_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.LeftOutTarget.left_out`; the ceiling is held fixed."""
        kept = kept_neuroids(self._subjects)

        def of_fold(fold: int) -> np.ndarray:
            neuroids = kept[:, self._folds[fold].scoring.neuroids]
            channels = [model.of_fold(fold) for model in models]
            of_views = [
                over_all_stimuli(
                    self._raw(*view.of_selections(channels, _without_each(len(view.test)), neuroids)),
                    view.test,
                    self._n_stimuli,
                )
                for view in self._scoring[fold]
            ]
            return np.mean(of_views, axis=0)

        # One BLAS thread for each fold: their products are small.
        with threadpool_limits(limits=1, user_api="blas"):
            raw = mean_of_defined(np.stack(in_threads(of_fold, range(len(self._folds)))))
        return LeaveOneOutScores(raw / self.ceiling, mouse_names(self._subjects))


def _without_each(n_stimuli: int) -> np.ndarray:
    """Return counts of all stimuli, and without each, shape (1 + n_stimuli, n_stimuli)."""
    return np.vstack([np.ones(n_stimuli), 1 - np.eye(n_stimuli)])


def _means_by_name(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}
