"""The responses that a readout's predictions are compared with, and what is left of them without some of the data."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ...uncertainty.leave_one_out import over_all_stimuli
from ...uncertainty.nan_mean import nan_means_of_groups
from ...uncertainty.split_half import spearman_brown
from .pooled import (
    agreement_of_predictions,
    agreement_of_predictions_without,
    deviations_of_sets,
    explained_share,
    pooled_correlation_with,
    pooled_correlation_without,
    pooled_reliability,
    pooled_reliability_without,
    rounding_of_predictions,
)
from .repetition_halves import TrialSummary
from .training_influence import TrainingInfluence, effects_of_pairs, pooled_correlation_without_training


class ScoredHalf:
    """The responses of some neuroids to the test sets of a fold, in one half of the repetitions.

    Parameters
    ----------
    fold : int
        Number of the fold.
    tests : array of int, shape (n_sets, n_test)
        The stimuli to predict.
    neuroids : array of int, shape (n_neuroids,)
        Those that are scored; neuroids whose responses do not vary are left out.
    summary : TrialSummary
        Means over the trials that are scored, of all neuroids.
    other_reliability : array of shape (n_neuroids,), optional
        An estimate from other trials. Without it, the two halves of the test sets have to do.

    Attributes
    ----------
    reliability : array of shape (n_neuroids,)
        Of the neuroids that are left.
    constant : list of int
        Neuroids that were left out.
    trials_of : tuple of int or None
        Number of the split of the repetitions, and which of its halves is scored; None where all trials are.
    """

    trials_of: tuple[int, int] | None = None

    def __init__(
        self,
        fold: int,
        tests: np.ndarray,
        neuroids: np.ndarray,
        summary: TrialSummary,
        other_reliability: np.ndarray | None,
    ):
        index = tests[:, :, None], neuroids
        measured, noise = summary.means[index], summary.noise[index]
        reliability = pooled_reliability(measured, noise)
        defined = ~np.isnan(reliability)
        other = None if other_reliability is None else other_reliability[defined]
        self.constant: list[int] = neuroids[~defined].tolist()
        self._hold(
            fold, tests, neuroids[defined], measured[:, :, defined], noise[:, :, defined], reliability[defined], other
        )

    def _hold(
        self,
        fold: int,
        tests: np.ndarray,
        neuroids: np.ndarray,
        measured: np.ndarray,
        noise: np.ndarray,
        reliability: np.ndarray,
        other_reliability: np.ndarray | None,
    ) -> None:
        self.fold = fold
        self.tests = tests
        self.neuroids = neuroids
        self.reliability = reliability
        self._measured, self._noise = measured, noise
        self._other_reliability = other_reliability

    @staticmethod
    def as_arrays(halves: "Sequence[ScoredHalf]") -> dict[str, np.ndarray]:
        """Return what :meth:`of_arrays` makes the same halves of again, as a file can hold it."""
        rows = [
            (
                half.fold,
                *(half.trials_of or (-1, -1)),
                *half.tests.shape,
                len(half.neuroids),
                len(half.constant),
                half._other_reliability is not None,
            )
            for half in halves
        ]

        def joined(arrays: Iterable[Any], dtype: type) -> np.ndarray:
            return np.concatenate([np.empty(0, dtype), *(np.ravel(array).astype(dtype) for array in arrays)])

        return {
            "halves": np.array(rows, dtype=np.int64),
            "tests": joined((half.tests for half in halves), np.int64),
            "neuroids": joined((half.neuroids for half in halves), np.int64),
            "constant": joined((half.constant for half in halves), np.int64),
            "measured": joined((half._measured for half in halves), np.float64),
            "noise": joined((half._noise for half in halves), np.float64),
            "reliability": joined((half.reliability for half in halves), np.float64),
            "other_reliability": joined(
                (half._other_reliability for half in halves if half._other_reliability is not None), np.float64
            ),
        }

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "list[ScoredHalf]":
        """Return the halves that were made arrays by :meth:`as_arrays`."""
        starts = dict.fromkeys(arrays, 0)

        def taken(name: str, *shape: int) -> np.ndarray:
            start = starts[name]
            starts[name] += math.prod(shape)
            return arrays[name][start : starts[name]].reshape(shape)

        halves = []
        for fold, split, of_split, n_sets, n_test, n_neuroids, n_constant, has_other in arrays["halves"].tolist():
            half = cls.__new__(cls)
            half.constant = taken("constant", n_constant).tolist()
            half._hold(
                fold,
                taken("tests", n_sets, n_test),
                taken("neuroids", n_neuroids),
                taken("measured", n_sets, n_test, n_neuroids),
                taken("noise", n_sets, n_test, n_neuroids),
                taken("reliability", n_neuroids),
                taken("other_reliability", n_neuroids) if has_other else None,
            )
            if split >= 0:
                half.trials_of = split, of_split
            halves.append(half)
        return halves

    @classmethod
    def of_all_trials(
        cls, fold: int, tests: np.ndarray, neuroids: np.ndarray, everything: TrialSummary
    ) -> Iterator["ScoredHalf"]:
        """Yield one of all trials and neuroids, unless all are constant."""
        found = cls(fold, tests, neuroids, everything, None)
        if len(found.neuroids):
            yield found

    @classmethod
    def of_reliable_neuroids(
        cls,
        fold: int,
        tests: np.ndarray,
        neuroids: np.ndarray,
        chosen_by: TrialSummary,
        scored: TrialSummary,
        min_reliability: float,
    ) -> Iterator["ScoredHalf"]:
        """Yield one of the neuroids that one half says are reliable in all repetitions, as the other half has them."""
        of_half = chosen_by.reliability[neuroids]
        n_times = 1 + scored.n_trials / chosen_by.n_trials
        chosen = (of_half > 0) & (spearman_brown(np.maximum(of_half, 0.0), n_times) >= min_reliability)
        if chosen.any():
            found = cls(fold, tests, neuroids[chosen], scored, of_half[chosen])
            if len(found.neuroids):
                yield found

    def covariance_of_reliabilities(self) -> float:
        """Estimate the variance of the true reliability over neuroids, by two independent estimates of each."""
        if len(self.neuroids) < 2:
            return 0.0
        if self._other_reliability is not None:
            return float(np.cov(self._other_reliability, self.reliability)[0, 1])
        half = len(self.tests) // 2
        halves = np.array(
            [
                pooled_reliability(measured, noise)
                for measured, noise in (
                    (self._measured[:half], self._noise[:half]),
                    (self._measured[half:], self._noise[half:]),
                )
            ]
        )
        defined = ~np.isnan(halves).any(axis=0)
        return float(np.cov(halves[0][defined], halves[1][defined])[0, 1]) if defined.sum() > 1 else 0.0

    def correlation(self, predicted: np.ndarray) -> np.ndarray:
        """Correlate predictions, shape (n_sets, n_test, n_neuroids), with responses, shape (n_neuroids,)."""
        return self._correlation(predicted)

    @cached_property
    def _correlation(self) -> Callable[[np.ndarray], np.ndarray]:
        return pooled_correlation_with(self._measured)

    def left_out_correlation(self, predicted: np.ndarray, kept: np.ndarray, n_stimuli: int) -> np.ndarray:
        """Average correlations over neuroids, as scored, without each stimulus, and without mice.

        Parameters
        ----------
        predicted : array of shape (n_sets, n_test, n_neuroids)
        kept : array of bool, shape (n_selections, n_all_neuroids)
            Which neuroids are averaged.
        n_stimuli : int
            How many stimuli the recordings have.

        Returns
        -------
        array of shape (n_selections, 1 + n_stimuli)
            NaN where no neuroid is left.
        """
        return self._means(
            self.correlation(predicted), pooled_correlation_without(predicted, self._measured), kept, n_stimuli
        )

    def left_out_training(
        self,
        predicted: np.ndarray,
        influences: Sequence[TrainingInfluence],
        fit_stimuli: np.ndarray,
        kept: np.ndarray,
        n_stimuli: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what leaving a stimulus out of the readouts changes in the mean correlation.

        Parameters
        ----------
        predicted : array of shape (n_sets, n_test, n_neuroids)
        influences : sequence of TrainingInfluence
            On the scored neuroids, of each test set.
        fit_stimuli : array of int, shape (n_fit_stimuli,)
            Which stimuli the influences are of.
        kept, n_stimuli
            As of :meth:`left_out_correlation`.

        Returns
        -------
        changes : array of shape (n_selections, 1 + n_stimuli)
            Minus the correlation as scored; in the order of :meth:`left_out_correlation`. NaN where no neuroid is left.
        of_pairs : array of shape (n_selections, n_stimuli, n_stimuli)
            How much of it is owed to the prediction of each (second) stimulus, to first order.
        """
        correlation = self.correlation(predicted)
        predicted = deviations_of_sets(predicted, rounding_of_predictions(self._measured))
        measured = deviations_of_sets(self._measured)
        without = pooled_correlation_without_training(predicted, measured, influences)
        without -= correlation
        groups = kept[:, self.neuroids]
        changes = np.zeros((len(groups), 1 + n_stimuli))
        changes[:, 1 + fit_stimuli] = nan_means_of_groups(without, groups)
        # A mouse after the other, so that no product is computed twice.
        mice, mouse = np.unique(groups, axis=1, return_inverse=True)
        is_of_mouse = np.ravel(mouse) == np.arange(mice.shape[1])[:, None]
        effects = effects_of_pairs(predicted, measured, influences, is_of_mouse.astype(float))
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = mice / groups.sum(axis=1, keepdims=True)
        of_pairs = np.zeros((len(groups), n_stimuli, n_stimuli))
        for number, test in enumerate(self.tests):
            of_pairs[:, fit_stimuli[:, None], test] += np.tensordot(shares, effects[:, number], 1)
        return changes, of_pairs

    def explained(self, predicted: np.ndarray) -> np.ndarray:
        """Return the share of the variance that predictions explain, shape (n_neuroids,)."""
        return explained_share(self.correlation(predicted))

    def left_out_explained(self, predicted: np.ndarray, kept: np.ndarray, n_stimuli: int) -> np.ndarray:
        """Average it over neuroids; parameters and result as of :meth:`left_out_correlation`."""
        without = explained_share(pooled_correlation_without(predicted, self._measured))
        return self._means(self.explained(predicted), without, kept, n_stimuli)

    def left_out_reliability(self, kept: np.ndarray, n_stimuli: int) -> np.ndarray:
        """Average reliabilities likewise; parameters and result as of :meth:`left_out_correlation`."""
        return self._means(self.reliability, pooled_reliability_without(self._measured, self._noise), kept, n_stimuli)

    def left_out_agreement(
        self, predicted: np.ndarray, other: np.ndarray, kept: np.ndarray, n_stimuli: int
    ) -> np.ndarray:
        """Average over neuroids the agreement of two predictions, with result and parameters as above."""
        without = agreement_of_predictions_without(predicted, other)
        return self._means(agreement_of_predictions(predicted, other).mean(axis=0), without, kept, n_stimuli)

    def spread_of_agreement(self, predicted: np.ndarray, other: np.ndarray) -> tuple[float, float]:
        """Estimate how the agreement of two predictions varies over neuroids.

        Returns
        -------
        variance : float
            Of the true agreement, by independent estimates of two halves of the test sets.
        covariance : float
            With the reliability of the responses.
        """
        if len(self.neuroids) < 2:
            return 0.0, 0.0
        of_sets = agreement_of_predictions(predicted, other)
        half = len(of_sets) // 2
        variance = np.cov(of_sets[:half].mean(axis=0), of_sets[half:].mean(axis=0))[0, 1]
        return float(variance), float(np.cov(of_sets.mean(axis=0), self.reliability)[0, 1])

    def _means(self, with_all: np.ndarray, without: np.ndarray, kept: np.ndarray, n_stimuli: int) -> np.ndarray:
        values = np.concatenate([with_all[None], without.reshape(-1, len(with_all))])
        return over_all_stimuli(nan_means_of_groups(values, kept[:, self.neuroids]), self.tests.ravel(), n_stimuli)
