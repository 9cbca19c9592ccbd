"""Correlation of predicted with measured responses, pooled over test sets, and what noise leaves of a perfect one."""

from collections.abc import Callable

import numpy as np
from scipy.special import gammaln

# What is smaller than this, relative to what it was computed from, is rounding error.
_ROUNDING = 1e-12
# Predictions come from the inverse of a large matrix, which a small penalty leaves ill-conditioned.
_ROUNDING_OF_PREDICTIONS = 1e-9


def pooled_correlation(predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Correlate over all test sets together, the predictions of each in units of their own spread.

    Small sets alone would do worse: the median of correlations over few stimuli is above the correlation over many. The
    mean of each set is left out, because a readout's constant moves against the mean of the set that it did not see.
    Its spread is, because the penalty depends on the other sets: without this, unrelated features score below zero.

    Parameters
    ----------
    predicted, measured : array of shape (n_sets, n_test, n_neuroids)
        Responses to the stimuli of each test set.

    Returns
    -------
    array of shape (n_neuroids,)
        The mean over sets of covariance / standard deviation of the prediction, divided by the standard deviation of
        the measured responses within sets, and by the share of its true value that the standard deviation of a normal
        variable has on average in so few samples: it can be slightly above 1. 0 where the predictions are constant
        within each set; NaN where the measured responses are.
    """
    return pooled_correlation_with(measured)(predicted)


def pooled_correlation_with(measured: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return what compares predictions with these responses, see :func:`pooled_correlation`."""
    rounding = rounding_of_predictions(measured)
    measured = deviations_of_sets(measured)
    n_test = measured.shape[1]
    variance = variance_within_sets(measured)

    def correlation(predicted: np.ndarray) -> np.ndarray:
        predicted = deviations_of_sets(predicted, rounding)
        of_sets = scores_of_sets((predicted * measured).sum(axis=1), (predicted**2).sum(axis=1), n_test)
        return over_deviation(of_sets.mean(axis=0), variance)

    return correlation


def pooled_correlation_without(predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Do as :func:`pooled_correlation` without each of the stimuli.

    Parameters
    ----------
    predicted, measured
        As of :func:`pooled_correlation`.

    Returns
    -------
    array of shape (n_sets, n_test, n_neuroids)
        The correlation without this stimulus.

    Notes
    -----
    Without stimulus i a sum of products of deviations from the mean of n is smaller by ``n / (n - 1)`` times the
    product of the deviations of i (Chan, Golub & LeVeque 1983, https://doi.org/10.1080/00031305.1983.10483115).
    """
    predicted = deviations_of_sets(predicted, rounding_of_predictions(measured))
    measured = deviations_of_sets(measured)
    n_sets, n_test, _ = measured.shape
    factor = n_test / (n_test - 1)
    covariance, of_predicted, of_measured = (
        products.sum(axis=1) for products in (predicted * measured, predicted**2, measured**2)
    )
    of_sets = scores_of_sets(covariance, of_predicted, n_test)
    of_predicted, of_measured = of_predicted[:, None], of_measured[:, None]
    left_covariance = covariance[:, None] - factor * predicted * measured
    left_spread = _left(of_predicted, factor * predicted**2)
    left_of_sets = scores_of_sets(left_covariance, left_spread, n_test - 1)
    score = (of_sets.sum(axis=0) - of_sets[:, None] + left_of_sets) / n_sets
    squares = of_measured.sum(axis=0) - of_measured + _left(of_measured, factor * measured**2)
    return over_deviation(score, squares / (n_sets * (n_test - 1) - 1))


def explained_share(correlation: np.ndarray) -> np.ndarray:
    """Return squared correlations with their sign: the share of the variance that a prediction explains.

    What the mean squared error says would do worse: where a prediction has little to do with the responses, it falls
    far below 0 with few stimuli, the farther the more penalties there are to choose from.
    """
    return np.sign(correlation) * correlation**2


def agreement_of_predictions(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate two predictions of the same stimuli within each test set.

    Parameters
    ----------
    first, second : array of shape (n_sets, n_test, n_neuroids)
        Predictions by readouts of independent trials.

    Returns
    -------
    array of shape (n_sets, n_neuroids)
        0 where one of them is constant.
    """
    first, second = deviations_of_sets(first), deviations_of_sets(second)
    return _correlations((first * second).sum(axis=1), (first**2).sum(axis=1), (second**2).sum(axis=1))


def agreement_of_predictions_without(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Do as :func:`agreement_of_predictions`, averaged over sets, without each of the stimuli.

    Parameters
    ----------
    first, second
        As of :func:`agreement_of_predictions`.

    Returns
    -------
    array of shape (n_sets, n_test, n_neuroids)
        The mean over sets without this stimulus; see :func:`pooled_correlation_without`.
    """
    first, second = deviations_of_sets(first), deviations_of_sets(second)
    n_sets, n_test, _ = first.shape
    factor = n_test / (n_test - 1)
    products, of_first, of_second = (values.sum(axis=1) for values in (first * second, first**2, second**2))
    of_sets = _correlations(products, of_first, of_second)
    left_of_sets = _correlations(
        products[:, None] - factor * first * second,
        _left(of_first[:, None], factor * first**2),
        _left(of_second[:, None], factor * second**2),
    )
    return np.asarray((of_sets.sum(axis=0) - of_sets[:, None] + left_of_sets) / n_sets)


def _correlations(products: np.ndarray, of_first: np.ndarray, of_second: np.ndarray) -> np.ndarray:
    both_vary = (of_first > 0) & (of_second > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(both_vary, products / np.sqrt(of_first * of_second), 0.0)


def rounding_of_predictions(measured: np.ndarray) -> np.ndarray:
    """Return how far rounding errors move predictions of each neuroid at most, shape (n_neuroids,).

    Parameters
    ----------
    measured : array of shape (n_sets, n_test, n_neuroids)
        Responses: a prediction is a response minus a residual, and may be much smaller than either.
    """
    largest = np.maximum(measured.max(axis=(0, 1)), -measured.min(axis=(0, 1)))
    return np.asarray(_ROUNDING_OF_PREDICTIONS * largest)


def deviations_of_sets(values: np.ndarray, rounding: np.ndarray | float = 0.0) -> np.ndarray:
    """Subtract the mean of each set; all zero where only rounding errors are left.

    Parameters
    ----------
    values : array of shape (n_sets, n_test, n_neuroids)
    rounding : array of shape (n_neuroids,), optional
        How large rounding errors may be, beyond those of the mean.
    """
    means = values.mean(axis=1, keepdims=True)
    deviations = values - means
    largest = np.maximum(deviations.max(axis=1, keepdims=True), -deviations.min(axis=1, keepdims=True))
    negligible = largest <= np.maximum(_ROUNDING * np.abs(means), rounding)
    return np.where(negligible, 0.0, deviations) if negligible.any() else deviations


def variance_within_sets(deviations: np.ndarray) -> np.ndarray:
    """Return the variance of each neuroid, shape (n_neuroids,), from what :func:`deviations_of_sets` returns."""
    n_sets, n_test, _ = deviations.shape
    return np.asarray((deviations**2).sum(axis=(0, 1)) / (n_sets * (n_test - 1)))


def deviating_weights(weights: np.ndarray) -> np.ndarray:
    """Subtract the mean over test stimuli from weights in predictions; all zero where only rounding errors are left.

    What is added to all predictions of a set makes no difference.

    Parameters
    ----------
    weights : array of shape (n, n_test, n_stimuli)
    """
    return deviations_of_sets(weights, _ROUNDING_OF_PREDICTIONS * np.abs(weights.mean(axis=1, keepdims=True)))


def _left(squares: np.ndarray, removed: np.ndarray) -> np.ndarray:
    left = squares - removed
    return np.where(left > _ROUNDING * squares, left, 0.0)


def scores_of_sets(covariance: np.ndarray, spread: np.ndarray, n_test: int) -> np.ndarray:
    """Return covariance / standard deviation of the predictions, corrected for few stimuli; 0 for constant ones.

    Parameters
    ----------
    covariance, spread : array
        Sums over a test set: of products of predicted and measured deviations, and of squared predicted ones.
    n_test : int
        How many stimuli the set has.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = covariance / np.sqrt(spread * (n_test - 1)) / mean_of_standard_deviation(n_test)
    return np.where(spread > 0, scores, 0.0)


def over_deviation(scores: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Divide by the standard deviation of measured responses; NaN where these do not vary."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > 0, scores / np.sqrt(variance), np.nan)


def mean_of_standard_deviation(n: int) -> float:
    """Return what the standard deviation of n samples of a normal variable is on average, relative to its true value.

    Parameters
    ----------
    n : int
        At least two.

    Examples
    --------
    >>> round(mean_of_standard_deviation(2), 6), round(mean_of_standard_deviation(25), 6)
    (0.797885, 0.98964)
    """
    return float(np.sqrt(2 / (n - 1)) * np.exp(gammaln(n / 2) - gammaln((n - 1) / 2)))


def pooled_reliability(measured: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Estimate which share of the variance over stimuli is signal, within the same test sets.

    Parameters
    ----------
    measured : array of shape (n_sets, n_test, n_neuroids)
        Means over trials.
    noise : array of shape (n_sets, n_test, n_neuroids)
        Variance of each mean, estimated from the spread of its trials.

    Returns
    -------
    array of shape (n_neuroids,)
        ``1 - (f - 2) / f * noise / variance`` with f degrees of freedom of the variance: the factor undoes that the
        mean of 1 / variance is above 1 over its mean. It may be negative; NaN where responses are constant.
    """
    measured = deviations_of_sets(measured)
    n_sets, n_test, _ = measured.shape
    return _share(noise.mean(axis=(0, 1)), (measured**2).sum(axis=(0, 1)), n_sets * (n_test - 1))


def pooled_reliability_without(measured: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Do as :func:`pooled_reliability` without each of the stimuli, shape (n_sets, n_test, n_neuroids)."""
    measured = deviations_of_sets(measured)
    n_sets, n_test, _ = measured.shape
    of_sets = (measured**2).sum(axis=1)[:, None]
    squares = of_sets.sum(axis=0) - of_sets + _left(of_sets, n_test / (n_test - 1) * measured**2)
    mean_noise = (noise.sum(axis=(0, 1)) - noise) / (n_sets * n_test - 1)
    return _share(mean_noise, squares, n_sets * (n_test - 1) - 1)


def _share(mean_noise: np.ndarray, squares: np.ndarray, freedom: int) -> np.ndarray:
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
    return pooled_reliability(means[None], noise[None])
