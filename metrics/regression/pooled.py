"""Correlation of predicted with measured responses, pooled over test sets, and what noise leaves of a perfect one."""

import numpy as np
from scipy.special import gammaln

# Relative to the mean of squares, what of a variance is rounding error.
_ROUNDING = 1e-12


def pooled_correlation(predicted: np.ndarray, measured: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Correlate over all test sets together, the predictions of each in units of their own spread.

    Small sets alone would do worse: the median of correlations over few stimuli is above the correlation over many. The
    mean of each set is left out, because a readout's constant moves against the mean of the set that it did not see.
    Its spread is, because the penalty depends on the other sets: without this, unrelated features score below zero.

    Parameters
    ----------
    predicted, measured : array of shape (n_sets, n_test, n_neuroids)
        Responses to the stimuli of each test set.
    counts : array of shape (n_draws, n_sets, n_test)
        How often each stimulus is in each draw.

    Returns
    -------
    array of shape (n_draws, n_neuroids)
        The mean over sets of covariance / standard deviation of the prediction, divided by the standard deviation of
        the measured responses within sets, and by the share of its true value that the standard deviation of a normal
        variable has on average in so few samples: it can be slightly above 1. 0 where the predictions are constant
        within each set; NaN where the measured responses are.
    """
    predicted, measured = (values - values.mean(axis=1, keepdims=True) for values in (predicted, measured))
    in_set = counts.sum(axis=2)
    covariance = _within_sets(predicted, measured, counts)
    spread = _within_sets(predicted, predicted, counts)
    freedom = np.maximum(in_set - 1, 0)[..., None]
    variance = _within_sets(measured, measured, counts).sum(axis=1) / freedom.sum(axis=1)
    shrinkage = _mean_of_standard_deviation(in_set)[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        of_sets = np.where(spread > 0, covariance / np.sqrt(spread * freedom) / shrinkage, 0.0)
        return np.where(variance > 0, of_sets.mean(axis=1) / np.sqrt(variance), np.nan)


def _mean_of_standard_deviation(n: np.ndarray) -> np.ndarray:
    """Return what the standard deviation of n samples of a normal variable is on average, relative to its true value.

    1 for less than two samples, which have none.
    """
    enough = np.maximum(n, 2).astype(np.float64)
    factor = np.sqrt(2 / (enough - 1)) * np.exp(gammaln(enough / 2) - gammaln((enough - 1) / 2))
    return np.where(n > 1, factor, 1.0)


def _within_sets(a: np.ndarray, b: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Sum products of deviations from the mean of each set, shape (n_draws, n_sets, n_neuroids)."""
    by_set = counts.swapaxes(0, 1).astype(np.float64)
    products = by_set @ (a * b)
    deviations = products - (by_set @ a) * (by_set @ b) / np.maximum(by_set.sum(axis=2, keepdims=True), 1)
    if a is b:
        deviations = np.where(deviations > _ROUNDING * products, deviations, 0.0)
    return deviations.swapaxes(0, 1)


def pooled_reliability(measured: np.ndarray, noise: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Estimate which share of the variance over stimuli is signal, within the same test sets.

    Parameters
    ----------
    measured : array of shape (n_sets, n_test, n_neuroids)
        Means over trials.
    noise : array of shape (n_sets, n_test, n_neuroids)
        Variance of each mean, estimated from the spread of its trials.
    counts : array of shape (n_draws, n_sets, n_test)
        How often each stimulus is in each draw.

    Returns
    -------
    array of shape (n_draws, n_neuroids)
        ``1 - (f - 2) / f * noise / variance`` with f degrees of freedom of the variance: the factor undoes that the
        mean of 1 / variance is above 1 over its mean. It may be negative; NaN where responses are constant.
    """
    measured = measured - measured.mean(axis=1, keepdims=True)
    squares = _within_sets(measured, measured, counts).sum(axis=1)
    in_set = counts.sum(axis=2)
    n_stimuli = in_set.sum(axis=1)[:, None]
    freedom = n_stimuli - (in_set > 0).sum(axis=1)[:, None]
    n_draws = len(counts)
    mean_noise = counts.reshape(n_draws, -1).astype(np.float64) @ noise.reshape(-1, noise.shape[2]) / n_stimuli
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(squares > 0, 1 - mean_noise * (freedom - 2) / squares, np.nan)


def signal_share(means: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Estimate the reliability of each neuroid's mean responses over all stimuli.

    Parameters
    ----------
    means, noise : array of shape (n_stimuli, n_neuroids)
        Means over trials and the variance of each.

    Returns
    -------
    array of shape (n_neuroids,)
        Share of the variance over stimuli that is signal; it may be negative. NaN where responses are constant.
    """
    everything = np.ones((1, 1, len(means)), dtype=np.int64)
    return pooled_reliability(means[None], noise[None], everything)[0]
