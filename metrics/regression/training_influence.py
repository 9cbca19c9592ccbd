"""What predictions owe to each stimulus that a readout was fitted to, and what is left of a correlation without it."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .pooled import mean_of_standard_deviation, over_deviation, scores_of_sets, variance_within_sets

# Of each of half a dozen arrays, which stay in the cache of a processor: half a megabyte.
_NUMBERS_AT_A_TIME = 1 << 16


@dataclass(frozen=True)
class TrainingInfluence:
    """How the predictions of a test set change where a training stimulus is left out.

    Without stimulus i the prediction of test stimulus j for neuroid a is higher by ``weights[chosen[a], j, i] *
    residuals[i, a]``, relative to the mean of the predictions of the test set, which makes no difference.

    Attributes
    ----------
    weights : array of shape (n_candidates, n_test, n_stimuli)
        Of each penalty that some neuroid has, as :func:`~brainscore_mouse.metrics.regression.pooled.deviating_weights`
        returns them.
    chosen : array of int, shape (n_neuroids,)
        Index into `weights`.
    residuals : array of shape (n_stimuli, n_neuroids)
        The response to a training stimulus minus its prediction without it; 0 for the test stimuli.
    """

    weights: np.ndarray
    chosen: np.ndarray
    residuals: np.ndarray

    def of_neuroids(self, neuroids: np.ndarray) -> "TrainingInfluence":
        """Return the influence on some neuroids, by their index."""
        return TrainingInfluence(self.weights, self.chosen[neuroids], self.residuals[:, neuroids])


def pooled_correlation_without_training(
    predicted: np.ndarray, measured: np.ndarray, influences: Sequence[TrainingInfluence]
) -> np.ndarray:
    """Do as :func:`~brainscore_mouse.metrics.regression.pooled.pooled_correlation`, with readouts fitted to one less.

    Parameters
    ----------
    predicted, measured : array of shape (n_sets, n_test, n_neuroids)
        Responses to the stimuli of each test set, less their means over the set, see
        :func:`~brainscore_mouse.metrics.regression.pooled.deviations_of_sets`.
    influences : sequence of TrainingInfluence
        Of the readout of each test set.

    Returns
    -------
    array of shape (n_stimuli, n_neuroids)
        The correlation where no readout has seen this stimulus. It stays in its own test set.
    """
    n_sets, n_test, _ = measured.shape
    total = np.zeros(influences[0].residuals.shape)
    for influence, of_predicted, of_measured in zip(influences, predicted, measured, strict=True):
        covariance, spread = (of_predicted * of_measured).sum(axis=0), (of_predicted**2).sum(axis=0)
        squares = (influence.weights**2).sum(axis=1)
        for columns in _in_blocks(np.argsort(influence.chosen, kind="stable"), len(total)):
            residuals, chosen = influence.residuals[:, columns], influence.chosen[columns]
            with_measured = residuals * _weighted(influence.weights, chosen, of_measured[:, columns])
            with_predicted = residuals * _weighted(influence.weights, chosen, of_predicted[:, columns])
            total[:, columns] += scores_of_sets(
                covariance[columns] + with_measured,
                spread[columns] + 2 * with_predicted + residuals**2 * squares[chosen].T,
                n_test,
            )
    return over_deviation(total / n_sets, variance_within_sets(measured))


def _weighted(weights: np.ndarray, chosen: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """Sum deviations over test stimuli by the weights of each neuroid, in ascending order of `chosen`.

    Returns
    -------
    array of shape (n_stimuli, n_neuroids)
    """
    found = np.empty((weights.shape[2], len(chosen)))
    starts = np.searchsorted(chosen, np.arange(len(weights) + 1))
    for of_candidate, (start, end) in zip(weights, itertools.pairwise(starts), strict=True):
        np.matmul(of_candidate.T, deviations[:, start:end], out=found[:, start:end])
    return found


def effects_of_pairs(
    predicted: np.ndarray, measured: np.ndarray, influences: Sequence[TrainingInfluence], weights: np.ndarray
) -> np.ndarray:
    """Estimate by which test stimuli a stimulus that is left out of the readouts changes the correlation.

    Parameters
    ----------
    predicted, measured, influences
        As of :func:`pooled_correlation_without_training`.
    weights : array of shape (n_means, n_neuroids)
        Of each neuroid in some weighted sums over neuroids.

    Returns
    -------
    array of shape (n_means, n_sets, n_stimuli, n_test)
        To first order in the change of the predictions. The sum over sets and test stimuli is what leaving the stimulus
        out changes in the sum over neuroids.
    """
    n_sets, n_test, _ = measured.shape
    found = np.zeros((len(weights), n_sets, len(influences[0].residuals), n_test))
    variance = variance_within_sets(measured)
    for number, (influence, of_predicted, of_measured) in enumerate(zip(influences, predicted, measured, strict=True)):
        spread = (of_predicted**2).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            # The derivative of the set's score by each prediction.
            slopes = of_measured - of_predicted * ((of_predicted * of_measured).sum(axis=0) / spread)
            slopes /= np.sqrt(spread * (n_test - 1) * variance) * mean_of_standard_deviation(n_test) * n_sets
        slopes = np.where((spread > 0) & (variance > 0), slopes, 0.0)
        for candidate, of_candidate in enumerate(influence.weights):
            columns = np.flatnonzero(influence.chosen == candidate)
            is_counted = weights[:, columns] != 0
            for row in np.flatnonzero(is_counted.any(axis=1)):
                counted = columns[is_counted[row]]
                weighted = slopes[:, counted] * weights[row, counted]
                found[row, number] += influence.residuals[:, counted] @ weighted.T * of_candidate.T
    return found


def _in_blocks(columns: np.ndarray, n_rows: int) -> Iterator[np.ndarray]:
    """Yield some columns at a time, for the memory."""
    n_columns = max(1, _NUMBERS_AT_A_TIME // n_rows)
    for start in range(0, len(columns), n_columns):
        yield columns[start : start + n_columns]
