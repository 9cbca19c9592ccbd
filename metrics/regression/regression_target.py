"""A population whose neuroids are predicted by readouts."""

import functools
import itertools
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from ...core.errors import InvalidArraysError, UnreliableDataError
from ...core.threads import in_threads
from ...plugins.foreign_code import foreign_code
from ...uncertainty.leave_one_out import (
    LeaveOneOutScores,
    jackknife,
    kept_neuroids,
    mean_of_defined,
    mouse_names,
    without_pairs,
)
from ..feature_gram import FeatureGram
from ..kept_preparation import LARGEST_KEPT_BYTES, current_keep
from ..layerwise import ChosenLayers, Fold, LayerEvaluation
from ..trial_sums import TrialSums
from .published_measures import published_measures
from .repetition_halves import TrialSummary, halves_of_repetitions, reliable_neuroids, summarized_trials
from .scored_half import ScoredHalf
from .training_influence import TrainingInfluence
from .two_test_sets import two_test_sets

if TYPE_CHECKING:
    from .metric import Regression

# These matrices are too small to share between threads, and the result must not depend on how many there are.
_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")
# A layer is chosen on half of the stimuli, of which half is predicted by the rest: ten by ten.
MIN_STIMULI = 40
# Below, the correction for noise is biased by more than 0.02, see docs/calibration.md.
MIN_CEILING = 0.5
# The first partition: a curve over layers need not be as exact as the score.
FOLDS_FOR_ALL_LAYERS = 4
# Fitted at once: enough to spread the cost of each step, few enough to stay in the cache.
LAYERS_AT_A_TIME = 9
# Of many stimuli or neuroids fewer layers, for the memory.
_NUMBERS_AT_A_TIME = 4_000_000
_Readout = tuple[bytes | None, bytes]
_LeftOutOfHalf = Callable[[ScoredHalf, np.ndarray, np.ndarray, int], np.ndarray]
_HeldOut = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
_MEASURES = ("single_trial_correlation", "correlation_to_average", "feve")


class RegressionTarget:
    """One population's responses and what can be explained of them; a NeuralTarget.

    Neuroids are chosen for their reliability in one half of the repetitions, and scored in the other half, and the
    other way round: those that are reliable by luck in one half are not in the other.
    """

    def __init__(self, metric: "Regression", trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        if trials.shape[1] < MIN_STIMULI:
            raise UnreliableDataError(
                f"Regression needs at least {MIN_STIMULI} stimuli, so that some can be held out twice; there are "
                f"{trials.shape[1]}. Use more, or compare them by rsa."
            )
        self._metric = metric
        self._subjects = subjects
        self._folds = folds
        self._trial_sums = TrialSums.of_trials(trials)
        absent = (self._trial_sums.counts == 0).any(axis=0)
        if absent.any():
            raise InvalidArraysError(
                f"Neuroid number {int(absent.argmax())} has no trial of some stimulus; regression needs one of each."
            )
        self._responses = self._trial_sums.means
        self._keep = current_keep(trials, subjects, folds)
        self._kept_settings = {
            "target": type(self).__qualname__,
            **foreign_code(type(metric)),
            "n_half_splits": metric.n_half_splits,
            "min_reliability": metric.min_reliability,
            "seed": metric.seed,
        }
        if _bytes_of_scored_halves(folds) > LARGEST_KEPT_BYTES:
            reliable, self.scored = self._scored_halves(trials)
        else:
            prepared = self._keep("scored halves", self._kept_settings, lambda: self._scored_as_arrays(trials))
            reliable = prepared["reliable"]
            self.scored = ScoredHalf.of_arrays({name: prepared[name] for name in prepared if name != "reliable"})
        self._selection_neuroids = [fold.selection.neuroids[reliable[fold.selection.neuroids]] for fold in folds]
        # Errors need the predictions that the score was made of; they are kept as long as the layer.
        self._kept: dict[int, tuple[weakref.ref[FeatureGram], dict[_Readout, np.ndarray]]] = {}
        n_reliable = int(reliable.sum())
        scored_folds = {half.fold for half in self.scored}
        if len(scored_folds) < len(folds) or min(map(len, self._selection_neuroids)) == 0:
            raise UnreliableDataError(
                f"Only {n_reliable} of {len(subjects)} neuroids reach a reliability of {metric.min_reliability}, none "
                "in one half of the mice. Use more neuroids or repetitions."
            )
        reliability = float(self.over_folds(np.array([[half.reliability.mean()] for half in self.scored]))[0])
        # The mean of square roots is below the root of the mean, by their spread.
        covariances = np.array([[half.covariance_of_reliabilities()] for half in self.scored])
        spread = float(self.over_folds(covariances)[0])
        self.below_root = 1 - max(spread, 0.0) / max(reliability, 1e-9) ** 2 / 8
        if not reliability > MIN_CEILING**2:
            raise UnreliableDataError(
                f"The ceiling is {np.sqrt(max(reliability, 0.0)):.3f} ({n_reliable} of {len(subjects)} neuroids reach "
                f"a reliability of {metric.min_reliability}); below {MIN_CEILING} the correction for noise is biased. "
                "Use more reliable neuroids, or more repetitions."
            )
        self.ceiling = float(self._ceiling(np.array(reliability)))
        self.details: dict[str, Any] = {
            "n_neuroids": n_reliable,
            "n_neuroids_below_reliability": len(subjects) - n_reliable,
            "min_reliability": metric.min_reliability,
            "n_constant_in_test_stimuli": len({n for half in self.scored for n in half.constant}),
        }

    def _scored_halves(self, trials: np.ndarray) -> tuple[np.ndarray, list[ScoredHalf]]:
        """Return which neuroids are reliable, and the halves of the repetitions that are scored."""
        metric, everything = self._metric, summarized_trials(trials)
        generator = np.random.default_rng(metric.seed)
        halves = halves_of_repetitions(trials, self._subjects, metric.n_half_splits, generator)
        scored = list(_scored_halves(metric, self._folds, everything, halves))
        return reliable_neuroids(everything, metric.min_reliability), scored

    def _scored_as_arrays(self, trials: np.ndarray) -> dict[str, np.ndarray]:
        reliable, scored = self._scored_halves(trials)
        return {"reliable": reliable, **ScoredHalf.as_arrays(scored)}

    def over_folds(self, of_halves: np.ndarray) -> np.ndarray:
        """Average numbers of scored halves, of shape (n_scored, n_models, ...), within folds, then over folds."""
        folds = np.array([half.fold for half in self.scored])
        of_folds = [mean_of_defined(of_halves[folds == fold]) for fold in range(len(self._folds))]
        return mean_of_defined(np.stack(of_folds))

    def _ceiling(self, reliability: np.ndarray) -> np.ndarray:
        return np.sqrt(np.maximum(reliability, 0.0)) * self.below_root

    @cached_property
    def ceiling_error(self) -> float:
        """Standard error of the ceiling over stimuli and mice."""
        ceilings = self._left_out_ceilings
        return jackknife(ceilings, ceilings.over).error

    @_one_blas_thread
    def selection_scores(self, grams: Sequence[FeatureGram]) -> np.ndarray:
        """Compare layers on every fold's selection part, (n_folds, n_layers), NaN for a layer that does not vary."""
        scores = np.full((len(self._folds), len(grams)), np.nan)
        varying = [layer for layer, gram in enumerate(grams) if gram.varies_over_stimuli()]
        if not varying:
            return scores
        linear = np.array([grams[layer].linear() for layer in varying])
        for folds in self._folds_fitted_together():
            part = self._folds[folds[0]].selection
            neuroids = np.unique(np.concatenate([self._selection_neuroids[fold] for fold in folds]))
            correlations = self._metric.selection_correlations(
                linear[:, part.stimuli[:, None], part.stimuli],
                self._responses[np.ix_(part.stimuli, neuroids)],
                part.groups[part.stimuli],
                self._metric.seed + folds[0],
            )
            for fold in folds:
                of_fold = correlations[:, np.searchsorted(neuroids, self._selection_neuroids[fold])]
                scores[fold, varying] = np.nanmean(of_fold, axis=1)
        return scores

    def _folds_fitted_together(self) -> list[list[int]]:
        """Group the folds that choose on the same stimuli, and so share what depends on these only."""
        groups: dict[Any, list[int]] = {}
        for number, fold in enumerate(self._folds):
            alone = number if self._metric.fits_neuroids_together else None
            groups.setdefault((fold.selection.stimuli.tobytes(), alone), []).append(number)
        return list(groups.values())

    def _predictions(self, gram: FeatureGram, halves: Sequence[ScoredHalf]) -> list[np.ndarray]:
        """Predict the test sets of scored halves from a layer that varies, each (n_sets, n_test, n_neuroids)."""
        kept = self._kept_predictions(gram)
        readouts = [self._readout(half) for half in halves]
        missing = dict.fromkeys(readout for readout in readouts if readout not in kept)
        kept.update(self._predicted(list(missing), functools.partial(self._held_out, gram)))
        return self._of_halves(kept, halves)

    def _predicted(self, readouts: Sequence[_Readout], held_out: _HeldOut) -> dict[_Readout, np.ndarray]:
        """Predict the test sets of different readouts, each (n_sets, n_test, n_fitted_neuroids)."""
        found = {}
        # The halves of an odd number of stimuli have test sets of different sizes.
        for fitted, n_test in dict.fromkeys((fitted, self._tests_of[sets].shape[1]) for fitted, sets in readouts):
            tests = {sets: self._tests_of[sets] for of_fit, sets in readouts if of_fit == fitted}
            tests = {sets: of_sets for sets, of_sets in tests.items() if of_sets.shape[1] == n_test}
            stimuli = self._folds[0].scoring.fit_stimuli
            responses = self._responses[np.ix_(stimuli, self._fitted_neuroids(fitted))]
            within = np.searchsorted(stimuli, np.concatenate(list(tests.values())))
            predicted = held_out(stimuli, responses, within, self._folds[0].scoring.groups[stimuli])
            parts = np.split(predicted, len(tests))
            found.update({(fitted, sets): part for sets, part in zip(tests, parts, strict=True)})
        return found

    def _held_out(
        self, gram: FeatureGram, stimuli: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray
    ) -> np.ndarray:
        """Predict test sets of some stimuli from a layer."""
        linear = gram.linear()[np.ix_(stimuli, stimuli)]
        (predicted,) = self._metric.predictions(linear[None], responses, tests, groups)
        return predicted

    def _fit_together(self, grams: Sequence[FeatureGram]) -> None:
        """Predict from several layers at once what every layer predicts: one by one they would take twice as long."""
        readouts = list(dict.fromkeys(self._readout(half) for half in self.scored if half.fold < FOLDS_FOR_ALL_LAYERS))
        linear = np.array([gram.linear() for gram in grams])

        def held_out(stimuli: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray) -> np.ndarray:
            of_stimuli = linear[:, stimuli[:, None], stimuli]
            return np.stack(list(self._metric.predictions(of_stimuli, responses, tests, groups)), axis=1)

        found = self._predicted(readouts, held_out)
        for number, gram in enumerate(grams):
            of_layer = {readout: predicted[:, number].copy() for readout, predicted in found.items()}
            self._kept_predictions(gram).update(of_layer)

    def _of_halves(self, found: Mapping[_Readout, np.ndarray], halves: Sequence[ScoredHalf]) -> list[np.ndarray]:
        """Take the scored neuroids of each half from the readouts' predictions."""
        predictions = []
        for half in halves:
            readout = self._readout(half)
            neuroids = np.searchsorted(self._fitted_neuroids(readout[0]), half.neuroids)
            predictions.append(found[readout][:, :, neuroids])
        return predictions

    def _readout(self, half: ScoredHalf) -> _Readout:
        """Name the readouts that predict a scored half: by the neuroids fitted together, and the test sets."""
        fitted = self._folds[half.fold].scoring.neuroids.tobytes() if self._metric.fits_neuroids_together else None
        return fitted, half.tests.tobytes()

    def _fitted_neuroids(self, fitted: bytes | None) -> np.ndarray:
        return np.arange(self._responses.shape[1]) if fitted is None else np.frombuffer(fitted, dtype=np.int64)

    @cached_property
    def _tests_of(self) -> dict[bytes, np.ndarray]:
        return {half.tests.tobytes(): half.tests for half in self.scored}

    def _kept_predictions(self, gram: FeatureGram) -> dict[_Readout, np.ndarray]:
        # Threads ask for different layers. An address can be that of another layer, which is gone.
        entry = self._kept.get(id(gram))
        if entry is None or entry[0]() is not gram:
            entry = weakref.ref(gram), {}
            self._kept[id(gram)] = entry
        return entry[1]

    def _forget_unused(self, layers: Sequence[FeatureGram], chosen: Sequence[int]) -> None:
        """Keep predictions of the chosen layers of this and other models that still exist, which errors need."""
        for layer, gram in enumerate(layers):
            halves = [half for half in self.scored if chosen[half.fold] == layer]
            used = {self._readout(half) for half in halves}
            kept = self._kept_predictions(gram)
            for readout in [readout for readout in kept if readout not in used]:
                del kept[readout]
        self._kept = {key: entry for key, entry in self._kept.items() if entry[0]() is not None and entry[1]}

    @_one_blas_thread
    def evaluate(self, grams: Sequence[FeatureGram], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold; those not chosen there on the first folds only."""
        measures = {name: np.full((len(self._folds), len(grams)), np.nan) for name in _MEASURES}

        def of_layer(layer: int) -> dict[int, np.ndarray]:
            if not grams[layer].varies_over_stimuli():
                return {}
            wanted = {
                number: half
                for number, half in enumerate(self.scored)
                if chosen is None or chosen[half.fold] == layer or half.fold < FOLDS_FOR_ALL_LAYERS
            }
            predictions = self._predictions(grams[layer], list(wanted.values()))
            for half, predicted in zip(wanted.values(), predictions, strict=True):
                if chosen is not None and chosen[half.fold] == layer:
                    self._measure(half, predicted, layer, measures)
            return {
                number: half.correlation(predicted)
                for (number, half), predicted in zip(wanted.items(), predictions, strict=True)
            }

        varying = [gram for gram in grams if gram.varies_over_stimuli()]
        n_together = min(LAYERS_AT_A_TIME, _NUMBERS_AT_A_TIME // (max(self._responses.shape) * len(self._responses)))
        if self._metric.fits_neuroids_together and n_together > 1:
            starts = range(0, len(varying), n_together)
            in_threads(self._fit_together, (varying[start : start + n_together] for start in starts))
        correlations = in_threads(of_layer, range(len(grams)))
        if chosen is not None:
            self._forget_unused(grams, chosen)
        of_halves = np.array(
            [
                [of_layer[number].mean() if number in of_layer else np.nan for of_layer in correlations]
                for number in range(len(self.scored))
            ]
        )
        folds = np.array([half.fold for half in self.scored])
        raw = np.full((len(self._folds), len(grams)), np.nan)
        for fold in np.unique(folds):
            raw[fold] = of_halves[folds == fold].mean(axis=0)

        def illustration(chosen: Sequence[int]) -> dict[str, Any]:
            neuroids = [half.neuroids for half in self.scored]
            of_chosen = [
                correlations[chosen[half.fold]].get(number, np.full(len(half.neuroids), np.nan))[None]
                for number, half in enumerate(self.scored)
            ]
            n_neuroids = len(self._subjects)
            correlation = neuroid_means(of_chosen, neuroids, n_neuroids)
            reliability = neuroid_means([half.reliability[None] for half in self.scored], neuroids, n_neuroids)
            reliability = np.where(reliability > 0, reliability, np.nan)
            return {"neuroid_scores": (correlation / np.sqrt(reliability)).round(4).tolist()}

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            details=self.details,
            illustration=illustration,
            measures=measures,
        )

    def _measure(self, half: ScoredHalf, predicted: np.ndarray, layer: int, measures: dict[str, np.ndarray]) -> None:
        """Note the measures of other papers, which do not look at halves of the repetitions: once for each fold."""
        if not np.isnan(measures[_MEASURES[0]][half.fold, layer]):
            return
        index, sums = (half.tests[:, :, None], half.neuroids), self._trial_sums
        of_half = TrialSums(sums.counts[index], sums.sums[index], sums.squares[index])
        found = published_measures(predicted, of_half)
        for name in _MEASURES:
            values = getattr(found, name)
            if not np.isnan(values).all():
                measures[name][half.fold, layer] = np.nanmean(values)

    @_one_blas_thread
    def left_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.LeftOutTarget.left_out`; ceilings leave out the same.

        A stimulus is left out of the test sets, and of the readouts that predict others.
        """
        raw = self._left_out_raw(models, ScoredHalf.left_out_correlation)
        changes, of_pairs = self._left_out_training(models)
        ceilings = self._left_out_ceilings
        with np.errstate(invalid="ignore", divide="ignore"):
            values = self.over_folds(raw + changes) / ceilings.values
            of_pairs /= ceilings.values[:, :, :1, None]
        return LeaveOneOutScores(values, ceilings.mice, without_pairs(values, of_pairs))

    def _left_out_training(self, models: Sequence[ChosenLayers]) -> tuple[np.ndarray, np.ndarray]:
        """Score the layers of models by readouts that are fitted to one stimulus less, minus the scores.

        Returns
        -------
        changes : array of shape (n_halves, n_models, 1 + n_mice, 1 + n_stimuli)
            Of each scored half.
        of_pairs : array of shape (n_models, 1 + n_mice, n_stimuli, n_stimuli)
            What leaving out one stimulus changes by the prediction of another, over all folds.
        """
        kept, n_stimuli = kept_neuroids(self._subjects), len(self._responses)
        changes = np.full((len(self.scored), len(models), len(kept), 1 + n_stimuli), np.nan)
        of_pairs = np.zeros((len(models), len(kept), n_stimuli, n_stimuli))
        shares = self._shares_of_halves(models, kept)
        # Not in_threads: of thousands of stimuli a result takes gigabytes, and is added as soon as it is there.
        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            for row, model in enumerate(models):
                for gram, neuroids, numbers, influences in self._readouts_with_influences(model):
                    of_half = functools.partial(
                        self._left_out_training_of_half, influences=influences, neuroids=neuroids, kept=kept
                    )
                    predictions = self._predictions(gram, [self.scored[number] for number in numbers])
                    found = threads.map(of_half, numbers, predictions)
                    for number, (changes_of_half, of_pairs_of_half) in zip(numbers, found, strict=True):
                        changes[number, row] = changes_of_half
                        for selection in np.flatnonzero(shares[number]):
                            of_pairs_of_half[selection] *= shares[number, selection]
                            of_pairs[row, selection] += of_pairs_of_half[selection]
        return changes, of_pairs

    def _readouts_with_influences(
        self, model: ChosenLayers
    ) -> Iterator[tuple[FeatureGram, np.ndarray, list[int], list[TrainingInfluence]]]:
        """Yield the layer and the neuroids of each readout, the halves that it predicts, and what its training does."""
        stimuli = self._folds[0].scoring.fit_stimuli
        for gram, neuroids, halves_of_tests in self._readouts_by_fit(model):
            tests = np.concatenate([self._tests_of[sets] for _, sets in halves_of_tests])
            influences = self._metric.training_influences(
                gram.linear()[np.ix_(stimuli, stimuli)],
                self._responses[np.ix_(stimuli, neuroids)],
                np.searchsorted(stimuli, tests),
                np.concatenate([self._kept_predictions(gram)[readout] for readout in halves_of_tests]),
            )
            for (_, sets), numbers in halves_of_tests.items():
                yield gram, neuroids, numbers, list(itertools.islice(influences, len(self._tests_of[sets])))

    def _left_out_training_of_half(
        self,
        number: int,
        predicted: np.ndarray,
        influences: Sequence[TrainingInfluence],
        neuroids: np.ndarray,
        kept: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """See :meth:`ScoredHalf.left_out_training`; the influences are those on more neuroids."""
        half = self.scored[number]
        columns = np.searchsorted(neuroids, half.neuroids)
        own = [influence.of_neuroids(columns) for influence in influences]
        return half.left_out_training(predicted, own, self._folds[0].scoring.fit_stimuli, kept, len(self._responses))

    def _readouts_by_fit(
        self, model: ChosenLayers
    ) -> Iterator[tuple[FeatureGram, np.ndarray, dict[_Readout, list[int]]]]:
        """Yield each chosen layer that varies, neuroids, and the readouts fitted to them with the halves they predict.

        Readouts whose test sets differ in size, as those of an odd number of stimuli do, come one after the other.
        """
        by_fit: dict[Any, dict[_Readout, list[int]]] = {}
        for number, half in enumerate(self.scored):
            layer = model.chosen[half.fold]
            if model.layers[layer].varies_over_stimuli():
                readout = self._readout(half)
                together = by_fit.setdefault((layer, readout[0], half.tests.shape), {})
                together.setdefault(readout, []).append(number)
        for (layer, fitted, _), halves_of_tests in by_fit.items():
            gram = model.layers[layer]
            self._predictions(gram, [self.scored[number] for numbers in halves_of_tests.values() for number in numbers])
            yield gram, self._fitted_neuroids(fitted), halves_of_tests

    def _shares_of_halves(self, models: Sequence[ChosenLayers], kept: np.ndarray) -> np.ndarray:
        """Return which share each scored half has in the mean over folds, shape (n_halves, 1 + n_mice)."""
        folds = np.array([half.fold for half in self.scored])
        defined = np.stack(
            [
                kept[:, half.neuroids].any(axis=1)
                & all(model.of_fold(half.fold).varies_over_stimuli() for model in models)
                for half in self.scored
            ]
        )
        of_folds = np.stack([defined[folds == fold].sum(axis=0) for fold in range(len(self._folds))])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(defined, 1 / of_folds[folds] / (of_folds > 0).sum(axis=0), 0.0)

    def _left_out_raw(self, models: Sequence[ChosenLayers], left_out_of_half: _LeftOutOfHalf) -> np.ndarray:
        """Score the layers of models in each scored half, shape (n_halves, n_models, 1 + n_mice, 1 + n_stimuli)."""
        kept, n_stimuli = kept_neuroids(self._subjects), len(self._responses)
        raw = np.full((len(self.scored), len(models), len(kept), 1 + n_stimuli), np.nan)
        for row, model in enumerate(models):
            for layer in sorted(set(model.chosen)):
                if not model.layers[layer].varies_over_stimuli():
                    continue
                halves = {n: half for n, half in enumerate(self.scored) if model.chosen[half.fold] == layer}
                predictions = self._predictions(model.layers[layer], list(halves.values()))
                for (number, half), predicted in zip(halves.items(), predictions, strict=True):
                    raw[number, row] = left_out_of_half(half, predicted, kept, n_stimuli)
        return raw

    @cached_property
    def _left_out_ceilings(self) -> LeaveOneOutScores:

        def computed() -> dict[str, np.ndarray]:
            kept, n_stimuli = kept_neuroids(self._subjects), len(self._responses)
            reliability = np.stack([half.left_out_reliability(kept, n_stimuli)[None] for half in self.scored])
            return {"reliability": self.over_folds(reliability)}

        # Not the ceilings, which subclasses define in their own ways.
        found = self._keep("reliability without stimuli and mice", self._kept_settings, computed)
        return LeaveOneOutScores(self._ceiling(found["reliability"]), mouse_names(self._subjects))


def _scored_halves(
    metric: "Regression",
    folds: Sequence[Fold],
    everything: TrialSummary,
    halves_of_splits: Sequence[tuple[TrialSummary, TrialSummary]],
) -> Iterator[ScoredHalf]:
    """Yield each fold's responses to score, once for each half of the repetitions that can be scored."""
    numbers: dict[bytes, int] = {}
    for fold_number, fold in enumerate(folds):
        part = fold.scoring
        # The folds that score the same stimuli (in other mice) share their test sets.
        number = numbers.setdefault(part.stimuli.tobytes(), len(numbers))
        tests = two_test_sets(part.stimuli, part.groups[part.stimuli], metric.seed + number)
        if not halves_of_splits:  # too few trials to choose by some and score by others
            yield from ScoredHalf.of_all_trials(fold_number, tests, part.neuroids, everything)
            continue
        split = number % len(halves_of_splits)
        for chosen_by, scored in itertools.permutations((0, 1)):
            pair = halves_of_splits[split]
            for found in ScoredHalf.of_reliable_neuroids(
                fold_number, tests, part.neuroids, pair[chosen_by], pair[scored], metric.min_reliability
            ):
                found.trials_of = split, scored
                yield found


def _bytes_of_scored_halves(folds: Sequence[Fold]) -> int:
    """Return how much the responses and the noise of both halves of the repetitions take at most, in all folds."""
    return sum(2 * 2 * 8 * len(fold.scoring.stimuli) * len(fold.scoring.neuroids) for fold in folds)


def neuroid_means(scores: Sequence[np.ndarray], neuroids: Sequence[np.ndarray], n_neuroids: int) -> np.ndarray:
    """Average the scores of each neuroid over all splits of all parts that it is in.

    Parameters
    ----------
    scores : sequence of array of shape (n_splits, n_part_neuroids)
        By part; NaN where undefined.
    neuroids : sequence of array of int, shape (n_part_neuroids,)
        Which neuroids each part has.
    n_neuroids : int
        How many there are in all.

    Returns
    -------
    array of shape (n_neuroids,)
        NaN for a neuroid that has no score.
    """
    totals, counts = np.zeros(n_neuroids), np.zeros(n_neuroids)
    for of_part, indices in zip(scores, neuroids, strict=True):
        totals[indices] += np.nansum(of_part, axis=0)
        counts[indices] += np.isfinite(of_part).sum(axis=0)
    return np.divide(totals, counts, out=np.full(n_neuroids, np.nan), where=counts > 0)
