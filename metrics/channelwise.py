"""What metrics have in common that compare each neuroid with one channel of a layer, found on other stimuli.

Such a metric describes each unit by its responses to some stimuli (a map, a histogram) and compares two descriptions. A
neuroid's counterpart is the channel whose description is nearest on stimuli that are not scored.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import torch
from brainscore_core.metrics import Score
from threadpoolctl import threadpool_limits

from ..core.errors import UnreliableDataError
from ..uncertainty.resampling import Resamples
from ..uncertainty.split_half import half_means
from .layerwise import ChosenLayers, Fold, LayerEvaluation, LayerwiseMetric, Part, mean_over_folds
from .rsa.comparison import bootstrap_counts

MIN_STIMULI = 16

# The descriptions of so many draws are held at a time: tens of MB.
_DRAWS_PER_BLOCK = 16


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
    order = generator.permutation(part.stimuli)
    first, second = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    return [(first, second), (second, first)]


def relative_to_floor(values: Any, floor: Any, perfect: float) -> Any:
    """Return 0 for values equal to the floor's, 1 for perfect ones, below 0 for worse than the floor; elementwise."""
    return (floor - values) / (floor - perfect)


class ChannelwiseView(ABC):
    """A population on the scored stimuli, and on those that counterparts are found on.

    Parameters
    ----------
    responses : array of shape (n_stimuli, n_neuroids)
        Trial-averaged.
    match, test : array of int
        Stimuli to find counterparts on, and to score.

    Attributes
    ----------
    defined : array of bool, shape (n_neuroids,)
        Which neuroids have descriptions of both sets of stimuli.
    floor : float
        The mean value of these neuroids that scores 0.
    """

    value: ClassVar[str]
    """What a comparison of two descriptions is called in scores."""
    perfect: ClassVar[float]
    """The value of two equal descriptions."""
    description: ClassVar[str]
    """What a description is called, in the singular."""
    floor_name: ClassVar[str]
    """What the floor is called in scores."""
    ceiling_name: ClassVar[str]
    """What the value at the ceiling is called in scores."""
    undefined: ClassVar[str]
    """What no neuroid does where none has a description: 'No neuroid ...'."""
    too_noisy: ClassVar[str]
    """What it means that the ceiling is hardly above the floor."""

    def __init__(self, responses: np.ndarray, match: np.ndarray, test: np.ndarray):
        self.match, self.test = match, test
        self.responses = responses[test]
        self._on_match = self.described(responses[match], match)
        self._on_test = self.described(self.responses, test)
        self.defined = np.isfinite(self._on_match).all(axis=1) & np.isfinite(self._on_test).all(axis=1)
        self.floor = self.mean_over_neuroids(self.compared(self._on_test, self.floor_description(np.ones(len(test)))))

    @abstractmethod
    def described(self, responses: np.ndarray, stimuli: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
        """Describe units by their responses.

        Parameters
        ----------
        responses : array of shape (n_of_these_stimuli, n_units)
        stimuli : array of int, shape (n_of_these_stimuli,)
            Which stimuli these are.
        counts : array of shape (..., n_of_these_stimuli), optional
            How often each counts. Default: once.

        Returns
        -------
        array of shape (..., n_units, n_features)
            NaN for a unit that cannot be described.
        """

    @staticmethod
    @abstractmethod
    def compared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Compare descriptions one by one, over the last axis; the others broadcast. NaN where one is undefined."""

    @abstractmethod
    def floor_description(self, counts: np.ndarray) -> np.ndarray:
        """Describe what scores 0, shape (..., n_features), for counts of the scored stimuli of shape (..., n_test)."""

    @abstractmethod
    def nearest(self, neural: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Find the nearest of the channels' descriptions to each neuroid's, shape (n_neuroids,)."""

    @abstractmethod
    def of_all_pairs(self, channels: np.ndarray) -> float:
        """Return the mean value over all pairs of a neuroid and a channel on the scored stimuli: nothing is matched."""

    @abstractmethod
    def details(self, generator: np.random.Generator) -> dict[str, float]:
        """Return what else is worth reporting of the population."""

    def mean_over_neuroids(self, values: np.ndarray) -> float:
        """Average the last axis over neuroids with descriptions (and all else); NaN where there are none.

        Silence in a bootstrap draw leaves a neuroid out of that draw.
        """
        present = values[..., self.defined]
        present = present[np.isfinite(present)]
        return float(present.mean()) if present.size else float("nan")

    def counterparts(self, channels: np.ndarray) -> np.ndarray | None:
        """Find each neuroid's channel on the stimuli that are not scored.

        Parameters
        ----------
        channels : array of shape (n_stimuli, n_channels)
            Responses of all channels to all stimuli.

        Returns
        -------
        array of int, shape (n_neuroids,), or None
            None where no channel can be described.
        """
        on_match = self.described(channels[self.match], self.match)
        # A channel must be described on the scored stimuli, too. No response of a neuroid enters here.
        undefined = np.isnan(self.described(channels[self.test], self.test)).any(axis=1)
        on_match[undefined] = np.nan
        if np.isnan(on_match).any(axis=1).all():
            return None
        return self.nearest(self._on_match, on_match)

    def counterpart_responses(self, channels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how the channels that are counterparts respond to the scored stimuli, and which is whose.

        Parameters
        ----------
        channels : array of shape (n_stimuli, n_channels)
            Responses of all channels to all stimuli.

        Returns
        -------
        responses : array of shape (n_test, n_used)
            NaN where no channel can be described.
        positions : array of int, shape (n_neuroids,)
            Each neuroid's counterpart among them.
        """
        counterparts = self.counterparts(channels)
        if counterparts is None:
            return np.full((len(self.test), 1), np.nan), np.zeros(len(self.defined), dtype=np.int64)
        used, positions = np.unique(counterparts, return_inverse=True)
        return channels[np.ix_(self.test, used)], positions

    def compared_with_counterparts(self, channels: np.ndarray) -> dict[str, float]:
        """Return the mean value of neuroids with their counterparts, and further ones, by name; NaN without any."""
        responses, positions = self.counterpart_responses(channels)
        descriptions = self.described(responses, self.test)[positions]
        mean = self.mean_over_neuroids(self.compared(self._on_test, descriptions))
        return {self.value: mean, **self.further_comparisons(responses, positions)}

    def further_comparisons(self, responses: np.ndarray, positions: np.ndarray) -> dict[str, float]:
        """Compare neuroids with their counterparts, see `counterpart_responses`, in other ways than by the score's."""
        return {}

    def of_draws(
        self, models: Sequence[np.ndarray], stimuli: np.ndarray, neuroids: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean value of models, and of the floor, in bootstrap draws of the scored stimuli and the neuroids.

        Parameters
        ----------
        models : sequence of array of shape (n_stimuli, n_channels)
            The responses of each model's channels to all stimuli; counterparts are those of no draw.
        stimuli : array of shape (n_draws, n_test)
            How often each scored stimulus is in each draw.
        neuroids : array of shape (n_draws, n_neuroids)
            How often each neuroid is.

        Returns
        -------
        values : array of shape (n_models, n_draws)
        floors : array of shape (n_draws,)
            NaN in a draw without neuroids that are described.
        """
        values = np.empty((1 + len(models), len(stimuli)))
        matched = [self.counterpart_responses(channels) for channels in models]
        for start in range(0, len(stimuli), _DRAWS_PER_BLOCK):
            draws = slice(start, start + _DRAWS_PER_BLOCK)
            counts = stimuli[draws].astype(np.float64)
            neural = self.described(self.responses, self.test, counts)
            of_floor = self.compared(neural, self.floor_description(counts)[:, None])
            values[0, draws] = self._mean_over_drawn(of_floor, neuroids[draws])
            for number, (responses, positions) in enumerate(matched, 1):
                of_channels = self.described(responses, self.test, counts)[:, positions]
                values[number, draws] = self._mean_over_drawn(self.compared(neural, of_channels), neuroids[draws])
        return values[1:], values[0]

    def _mean_over_drawn(self, values: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Average over neuroids with descriptions, each as often as it was drawn, shape (n_draws,)."""
        present = np.isfinite(values) & self.defined
        weights = np.where(present, counts, 0)
        with np.errstate(invalid="ignore"):
            return (weights * np.where(present, values, 0.0)).sum(axis=1) / weights.sum(axis=1)

    def at_ceiling(self, first: np.ndarray, second: np.ndarray, counts: np.ndarray | None = None) -> float:
        """Return the mean value that scores 1: here of neuroids with themselves, measured in other repetitions.

        Parameters
        ----------
        first, second : array of shape (n_splits, n_stimuli, n_neuroids)
            Mean responses to all stimuli over each half of the repetitions.
        counts : array of shape (n_test,), optional
            How often each scored stimulus counts.
        """
        values = [
            self.compared(self.described(a, self.test, counts), self.described(b, self.test, counts))
            for a, b in zip(first[:, self.test], second[:, self.test], strict=True)
        ]
        return self.mean_over_neuroids(np.stack(values))


ViewMaker = Callable[[np.ndarray, np.ndarray, np.ndarray], ChannelwiseView]
"""Makes a metric's view of responses, and of the stimuli to find counterparts on and to score."""


class ChannelwiseMetric(LayerwiseMetric):
    """A metric that compares each neuroid with one channel.

    Attributes
    ----------
    n_half_splits : int
        Random halves of the repetitions for the ceiling.
    n_bootstraps : int
        Draws of stimuli for the standard error.
    seed : int
        Seed of splits and draws.
    """

    compares = "channels"
    n_half_splits: int
    n_bootstraps: int
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
        part = Part(everything, everything, np.arange(responses.shape[1]))
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
        self._n_neuroids = len(subjects)
        means = np.nanmean(trials, axis=0, dtype=np.float64)
        population = f"{len(subjects)} neuroids of {len(set(subjects))} mice"
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
        self._counts = bootstrap_counts(len(means), metric.n_bootstraps, generator)
        self._ceiling_draws = self._draws_of_ceiling()
        self.ceiling_error = float(np.nanstd(self._ceiling_draws, ddof=1))
        if not self.ceiling > 2 * self.ceiling_error:
            raise UnreliableDataError(
                f"{view.too_noisy} (ceiling {self.ceiling:.3f} ± {self.ceiling_error:.3f}): the recordings are too "
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

    def _draws_of_ceiling(self) -> np.ndarray:
        """Return the ceiling in each bootstrap draw, with one split of the repetitions per fold, each another one."""
        values, floors = [], []
        for fold, view in self._fold_views():
            split = [fold % self._metric.n_half_splits]
            first, second = (half[split] for half in self._halves[fold])
            stimuli = self._counts[:, view.test]
            values.append([view.at_ceiling(first, second, counts) for counts in stimuli])
            floors.append(view.of_draws([], stimuli, np.ones((len(stimuli), len(view.defined))))[1])
        return self._raw(np.mean(values, axis=0), np.mean(floors, axis=0))

    def selection_scores(self, layers: Sequence[np.ndarray], fold: int) -> np.ndarray:
        """Compare layers on a fold's selection part, shape (n_layers,), NaN where no channel can be described."""
        views = self._selection[fold]
        values = [np.mean([view.compared_with_counterparts(layer)[view.value] for view in views]) for layer in layers]
        return self._raw(np.array(values), np.mean([view.floor for view in views]))

    def evaluate(self, layers: Sequence[np.ndarray]) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold."""
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

        def standard_error(chosen: Sequence[int]) -> float:
            once = np.ones((len(self._counts), self._n_neuroids), dtype=np.int64)
            (draws,) = self._raw_draws([ChosenLayers(layers, chosen)], Resamples(self._counts, once))
            return float(np.nanstd(draws / self._ceiling_draws, ddof=1))

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            ceiling_error=self.ceiling_error,
            standard_error=standard_error,
            error_kind=f"standard error by bootstrap over stimuli ({self._metric.n_bootstraps} draws)",
            details=self.details,
            measures=measures,
        )

    def resampled(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """See :meth:`brainscore_mouse.metrics.layerwise.ResampledTarget.resampled`; the ceiling is held fixed."""
        return self._raw_draws(models, resamples) / self.ceiling

    def _raw_draws(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """Score models in each draw, not ceiled, shape (n_models, n_draws)."""

        def of_fold(fold: int) -> np.ndarray:
            neuroids = resamples.neuroids[:, self._folds[fold].scoring.neuroids]
            channels = [model.of_fold(fold) for model in models]
            of_views = [
                self._raw(*view.of_draws(channels, resamples.stimuli[:, view.test], neuroids))
                for view in self._scoring[fold]
            ]
            return np.mean(of_views, axis=0)

        # One BLAS thread for each fold: their products are small.
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(torch.get_num_threads()) as threads:
            return mean_over_folds(np.stack(list(threads.map(of_fold, range(len(self._folds))))))


def _means_by_name(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}
