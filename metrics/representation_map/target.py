"""One population's representation maps, their floor and ceiling."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from ...core.errors import UnreliableDataError
from ..layerwise import ChosenLayers, Fold, LayerEvaluation, Part, mean_over_folds
from ..paired.resampling import Resamples
from ..reliability.split_half import half_means
from ..rsa.comparison import bootstrap_counts
from .population_view import PopulationView, matching_splits

if TYPE_CHECKING:
    from .metric import MapRMSE

MIN_STIMULI = 16


class MapTarget:
    """Maps of one population; a :class:`~brainscore_mouse.metrics.layerwise.NeuralTarget` of channel responses.

    Parameters
    ----------
    metric : MapRMSE
        The settings.
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Single-trial responses, NaN where a neuroid has no trial.
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from.
    folds : sequence of Fold
        The parts to select and score on.
    scenes : array of shape (n_stimuli, n_pixels)
        See :func:`~brainscore_mouse.metrics.representation_map.maps.flattened_scenes`.

    Raises
    ------
    UnreliableDataError
        If the recordings cannot support a score.
    """

    def __init__(
        self, metric: "MapRMSE", trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold], scenes: np.ndarray
    ):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(
                f"Representation maps need at least {MIN_STIMULI} stimuli, so that counterparts can be found on others "
                f"than those that are scored; there are {trials.shape[1]}."
            )
        self._metric = metric
        self._folds = folds
        self._n_neuroids = len(subjects)
        means = np.nanmean(trials, axis=0, dtype=np.float64)
        population = f"{len(subjects)} neuroids of {len(set(subjects))} mice"
        # One generator for all folds, so that they do not all split alike.
        generator = np.random.default_rng(metric.seed)
        self._selection = [self._views(means, scenes, fold.selection, generator) for fold in folds]
        # All that is not scored may serve to find counterparts, so that each fold has one view.
        self._scoring = [self._views(means, scenes, fold.scoring, generator) for fold in folds]
        views = [view for views in (*self._selection, *self._scoring) for view in views]
        if not all(view.defined.any() for view in views):
            raise UnreliableDataError(
                f"No neuroid of one half of the mice responds to any scene of one half ({population}); use more."
            )
        first, second = half_means(trials, metric.n_half_splits, generator)
        self._halves = [[half[:, :, fold.scoring.neuroids] for half in (first, second)] for fold in folds]
        self._floors = np.array([np.mean([view.mean_image_error for view in views]) for views in self._scoring])
        noise = np.mean([view.noise_error(*self._halves[fold]) for fold, view in self._fold_views()])
        self.ceiling = float(1 - noise / self._floors.mean())
        self._counts = bootstrap_counts(len(means), metric.n_bootstraps, generator)
        self._ceiling_draws = np.array([self._ceiling_of_draw(counts) for counts in self._counts])
        self.ceiling_error = float(np.nanstd(self._ceiling_draws, ddof=1))
        if not self.ceiling > 2 * self.ceiling_error:
            raise UnreliableDataError(
                "Maps of two halves of the repetitions are hardly closer to each other than to the mean image (ceiling "
                f"{self.ceiling:.3f} ± {self.ceiling_error:.3f}): too noisy for map-rmse ({population}). Use more "
                "neuroids or repetitions."
            )
        self.details: dict[str, Any] = {
            "n_neuroids": len(subjects),
            "n_neuroids_without_map": len(self._neuroids_without_map(folds)),
            "rmse_mean_image": float(self._floors.mean()),
            "rmse_noise": float(noise),
            "rmse_random_maps": float(np.mean([view.random_map_error(generator) for _, view in self._fold_views()])),
        }

    def _views(
        self, means: np.ndarray, scenes: np.ndarray, part: Part, generator: np.random.Generator
    ) -> list[PopulationView]:
        responses = means[:, part.neuroids]
        splits = matching_splits(part, generator)
        return [PopulationView(self._metric.form, responses, scenes, match, test) for match, test in splits]

    def _fold_views(self) -> Iterator[tuple[int, PopulationView]]:
        for fold, views in enumerate(self._scoring):
            for view in views:
                yield fold, view

    def _neuroids_without_map(self, folds: Sequence[Fold]) -> set[int]:
        return {
            int(neuroid) for fold, view in self._fold_views() for neuroid in folds[fold].scoring.neuroids[~view.defined]
        }

    def _ceiling_of_draw(self, counts: np.ndarray) -> float:
        """Return the ceiling in a bootstrap draw, with one split of the repetitions per fold, each another one."""
        noise, floor = [], []
        for fold, view in self._fold_views():
            weights = counts[view.test].astype(np.float64)
            split = [fold % self._metric.n_half_splits]
            first, second = (half[split] for half in self._halves[fold])
            noise.append(view.noise_error(first, second, weights))
            floor.append(view.mean_image_error_of_draw(weights))
        return float(1 - np.mean(noise) / np.mean(floor))

    def selection_scores(self, layers: Sequence[np.ndarray], fold: int) -> np.ndarray:
        """Compare layers on a fold's selection part, shape (n_layers,), NaN for a layer without any map."""
        return np.array([-np.mean([view.error_of(layer) for view in self._selection[fold]]) for layer in layers])

    def evaluate(self, layers: Sequence[np.ndarray]) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold."""
        errors, all_pairs = (
            np.array([[np.mean([of(view, layer) for view in views]) for layer in layers] for views in self._scoring])
            for of in (PopulationView.error_of, PopulationView.error_of_all_pairs)
        )
        raw = 1 - errors / self._floors[:, None]

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
            measures={"rmse": errors, "rmse_all_pairs": all_pairs},
        )

    def resampled(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """See :meth:`brainscore_mouse.metrics.layerwise.ResampledTarget.resampled`; the ceiling is held fixed."""
        return self._raw_draws(models, resamples) / self.ceiling

    def _raw_draws(self, models: Sequence[ChosenLayers], resamples: Resamples) -> np.ndarray:
        """Score models in each draw, not ceiled, shape (n_models, n_draws)."""

        def of_fold(fold: int) -> np.ndarray:
            neuroids = resamples.neuroids[:, self._folds[fold].scoring.neuroids]
            channels = [model.of_fold(fold) for model in models]
            scores = []
            for view in self._scoring[fold]:
                matches = [view.counterparts(of_model) for of_model in channels]
                with_map = [number for number, match in enumerate(matches) if match is not None]
                pairs = [
                    (of_model, match) for of_model, match in zip(channels, matches, strict=True) if match is not None
                ]
                errors, floors = view.errors_of_draws(pairs, resamples.stimuli[:, view.test], neuroids)
                raw = np.full((len(models), len(neuroids)), np.nan)
                raw[with_map] = 1 - errors / floors
                scores.append(raw)
            return np.mean(scores, axis=0)

        # One BLAS thread for each fold: their products are small.
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(torch.get_num_threads()) as threads:
            return mean_over_folds(np.stack(list(threads.map(of_fold, range(len(self._folds))))))
