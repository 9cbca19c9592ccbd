"""How well responses are predicted, in the measures of papers that do not correct for the choice of neuroids."""

from dataclasses import dataclass

import numpy as np

from ...uncertainty.nan_mean import nan_mean
from ..trial_sums import TrialSums

# Neuroids of which less of the variance over trials can be explained have no FEVE (Sensorium 2022).
LEAST_EXPLAINABLE_VARIANCE = 0.15


@dataclass(frozen=True)
class PublishedMeasures:
    """Measures of held-out predictions, each of shape (n_neuroids,).

    Attributes
    ----------
    single_trial_correlation : array
        Pearson correlation with the responses of all trials.
    correlation_to_average : array
        Pearson correlation with the responses averaged over trials.
    feve : array
        Fraction of the explainable variance that is explained:
        ``1 - (mean squared error - noise) / (total variance - noise)`` over trials, the noise being the variance over
        the trials of a stimulus, averaged over stimuli. NaN where (total variance - noise) / total variance is below
        `LEAST_EXPLAINABLE_VARIANCE`.
    """

    single_trial_correlation: np.ndarray
    correlation_to_average: np.ndarray
    feve: np.ndarray


def published_measures(predicted: np.ndarray, trials: TrialSums) -> PublishedMeasures:
    """Compute the measures of Sensorium 2022 (Willeke et al., arXiv 2206.08666), averaged over test sets.

    Parameters
    ----------
    predicted : array of shape (n_sets, n_test, n_neuroids)
        In the units of the responses.
    trials : TrialSums
        Of the same stimuli and neuroids; its arrays have the shape of `predicted`.

    Returns
    -------
    PublishedMeasures
        Correlations are 0 for constant predictions, NaN for constant responses.
    """
    counts, sums, squares = trials.counts, trials.sums, trials.squares
    n_trials = counts.sum(axis=1)
    averages = sums / counts
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_response = sums.sum(axis=1) / n_trials
        mean_prediction = (counts * predicted).sum(axis=1) / n_trials
        of_trials = squares.sum(axis=1) - n_trials * mean_response**2
        of_predictions = (counts * (predicted - mean_prediction[:, None]) ** 2).sum(axis=1)
        products = ((predicted - mean_prediction[:, None]) * (sums - counts * mean_response[:, None])).sum(axis=1)
        single = _correlation(products, of_predictions, of_trials)
        deviations, of_averages = (values - values.mean(axis=1, keepdims=True) for values in (predicted, averages))
        average = _correlation(
            (deviations * of_averages).sum(axis=1), (deviations**2).sum(axis=1), (of_averages**2).sum(axis=1)
        )
        error = (squares - 2 * predicted * sums + counts * predicted**2).sum(axis=1) / n_trials
        noise = ((squares - counts * averages**2) / (counts - 1)).mean(axis=1)
        total = of_trials / (n_trials - 1)
        explainable = (total - noise) / total >= LEAST_EXPLAINABLE_VARIANCE
        feve = np.where(explainable, 1 - (error - noise) / (total - noise), np.nan)
    return PublishedMeasures(*(nan_mean(values) for values in (single, average, feve)))


def _correlation(products: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    correlation = products / np.sqrt(np.where(first > 0, first, 1.0) * second)
    return np.where(second > 0, np.where(first > 0, correlation, 0.0), np.nan)
