"""One population's activation distributions, their floor and ceiling."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import UnreliableDataError
from ..layerwise import Fold, LayerEvaluation, Part
from ..reliability.split_half import half_means
from ..representation_map.population_view import matching_splits
from ..rsa.comparison import bootstrap_counts
from .distributions import above_floor
from .population_view import FLOOR, PopulationView

if TYPE_CHECKING:
    from .metric import ActivationOverlap

MIN_STIMULI = 16


class OverlapTarget:
    """Distributions of one population; a :class:`~brainscore_mouse.metrics.layerwise.NeuralTarget` of channels.

    Parameters
    ----------
    metric : ActivationOverlap
        The settings.
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

    def __init__(self, metric: "ActivationOverlap", trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(
                f"Activation distributions need at least {MIN_STIMULI} stimuli, so that counterparts can be found on "
                f"others than those that are scored; there are {trials.shape[1]}."
            )
        self._metric = metric
        means = np.nanmean(trials, axis=0, dtype=np.float64)
        population = f"{len(subjects)} neuroids of {len(set(subjects))} mice"
        # One generator for all folds, so that they do not all split alike.
        generator = np.random.default_rng(metric.seed)
        self._selection = [self._views(means, fold.selection, generator) for fold in folds]
        # All that is not scored may serve to find counterparts, so that each fold has one view.
        self._scoring = [self._views(means, fold.scoring, generator) for fold in folds]
        views = [view for views in (*self._selection, *self._scoring) for view in views]
        if not all(view.defined.any() for view in views):
            raise UnreliableDataError(
                f"No neuroid of one half of the mice responds differently to the stimuli of one half ({population}); "
                "use more."
            )
        first, second = half_means(trials, metric.n_half_splits, generator)
        self._halves = [[half[:, :, fold.scoring.neuroids] for half in (first, second)] for fold in folds]
        references = [[view.overlaps_with_references() for view in views] for views in self._scoring]
        self._floors = np.array([np.mean([one[FLOOR] for one in of_fold]) for of_fold in references])
        halves = float(np.mean([view.overlap_of_halves(*self._halves[fold]) for fold, view in self._fold_views()]))
        self.ceiling = above_floor(halves, float(self._floors.mean()))
        self._counts = bootstrap_counts(len(means), metric.n_bootstraps, generator)
        self._ceiling_draws = np.array([self._ceiling_of_draw(counts) for counts in self._counts])
        self.ceiling_error = float(np.nanstd(self._ceiling_draws, ddof=1))
        if not self.ceiling > 2 * self.ceiling_error:
            raise UnreliableDataError(
                "Activation distributions of two halves of the repetitions hardly overlap more with each other than "
                f"with an exponential distribution (ceiling {self.ceiling:.3f} ± {self.ceiling_error:.3f}): "
                f"activation-overlap cannot tell models apart on these recordings ({population}). Use more repetitions."
            )
        self.details: dict[str, Any] = {
            "n_neuroids": len(subjects),
            "n_neuroids_without_distribution": len(self._neuroids_without_distribution(folds)),
            "overlap_halves": halves,
            **{
                f"overlap_{name}": float(np.mean([[one[name] for one in of_fold] for of_fold in references]))
                for name in references[0][0]
            },
        }

    def _views(self, means: np.ndarray, part: Part, generator: np.random.Generator) -> list[PopulationView]:
        responses = means[:, part.neuroids]
        return [
            PopulationView(self._metric.n_bins, responses, match, test)
            for match, test in matching_splits(part, generator)
        ]

    def _fold_views(self) -> Iterator[tuple[int, PopulationView]]:
        for fold, views in enumerate(self._scoring):
            for view in views:
                yield fold, view

    def _neuroids_without_distribution(self, folds: Sequence[Fold]) -> set[int]:
        return {
            int(neuroid) for fold, view in self._fold_views() for neuroid in folds[fold].scoring.neuroids[~view.defined]
        }

    def _ceiling_of_draw(self, counts: np.ndarray) -> float:
        """Return the ceiling in a bootstrap draw, with one split of the repetitions per fold, each another one."""
        halves, floors = [], []
        for fold, view in self._fold_views():
            of_test = counts[view.test]
            split = [fold % self._metric.n_half_splits]
            first, second = (half[split] for half in self._halves[fold])
            halves.append(view.overlap_of_halves(first, second, of_test))
            floors.append(view.floor_of_draw(of_test))
        return above_floor(float(np.mean(halves)), float(np.mean(floors)))

    def selection_scores(self, layers: Sequence[np.ndarray], fold: int) -> np.ndarray:
        """Compare layers on a fold's selection part, shape (n_layers,), NaN for a layer of constant channels."""
        return self._compared(self._selection[fold], layers)[:, 0]

    @staticmethod
    def _compared(views: Sequence[PopulationView], layers: Sequence[np.ndarray]) -> np.ndarray:
        """Return overlap with counterparts and Wasserstein distance to them, averaged over views: (n_layers, 2)."""
        return np.array([[view.compared_with_counterparts(layer) for view in views] for layer in layers]).mean(axis=1)

    def evaluate(self, layers: Sequence[np.ndarray]) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold."""
        compared = np.array([self._compared(views, layers) for views in self._scoring])
        overlaps, distances = compared[..., 0], compared[..., 1]
        all_pairs = np.array(
            [
                [np.mean([view.overlap_of_all_pairs(layer) for view in views]) for layer in layers]
                for views in self._scoring
            ]
        )
        raw = above_floor(overlaps, self._floors[:, None])

        def standard_error(chosen: Sequence[int]) -> float:
            chosen_layers = [layers[layer] for layer in chosen]
            matches = [view.counterparts(chosen_layers[fold]) for fold, view in self._fold_views()]
            draws = [self._raw_of_draw(chosen_layers, matches, counts) for counts in self._counts]
            return float(np.nanstd(np.array(draws) / self._ceiling_draws, ddof=1))

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            ceiling_error=self.ceiling_error,
            standard_error=standard_error,
            error_kind=f"standard error by bootstrap over stimuli ({self._metric.n_bootstraps} draws)",
            details=self.details,
            measures={"overlap": overlaps, "overlap_all_pairs": all_pairs, "wasserstein": distances},
        )

    def _raw_of_draw(
        self, layer_of_fold: Sequence[np.ndarray], matches: Sequence[np.ndarray | None], counts: np.ndarray
    ) -> float:
        raw = []
        for (fold, view), match in zip(self._fold_views(), matches, strict=True):
            if match is None:
                return float("nan")
            raw.append(above_floor(*view.overlaps_of_draw(layer_of_fold[fold], match, counts[view.test])))
        return float(np.mean(raw))
