"""Correlation of predicted with measured responses, pooled over test sets, and what noise leaves of a perfect one."""

import numpy as np

# Relative to the mean of squares, what of a variance is rounding error.
_ROUNDING = 1e-12


def pooled_correlation(predicted: np.ndarray, measured: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Correlate over all test sets together, each less its own mean.

    Small sets alone would do worse: the median of correlations over few stimuli is above the correlation over many. The
    mean of each set is left out, because a readout's constant moves against the mean of the set that it did not see.

    Parameters
    ----------
    predicted, measured : array of shape (n_sets, n_test, n_neuroids)
        Responses to the stimuli of each test set.
    counts : array of shape (n_draws, n_sets, n_test)
        How often each stimulus is in each draw.

    Returns
    -------
    array of shape (n_draws, n_neuroids)
        0 where only the prediction is constant within each set; NaN where the measured responses are.
    """
    covariance, a_variance, b_variance = (_within_sets(*pair, counts) for pair in _pairs(predicted, measured))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = covariance / np.sqrt(a_variance * b_variance)
    return np.where(b_variance > 0, np.where(a_variance > 0, np.clip(correlation, -1, 1), 0.0), np.nan)


def _pairs(predicted: np.ndarray, measured: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    predicted, measured = (values - values.mean(axis=1, keepdims=True) for values in (predicted, measured))
    return [(predicted, measured), (predicted, predicted), (measured, measured)]


def _within_sets(a: np.ndarray, b: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Sum products of deviations from the mean of each set, shape (n_draws, n_neuroids)."""
    total = 0.0
    for a_set, b_set, of_set in zip(a, b, counts.swapaxes(0, 1).astype(np.float64), strict=True):
        n = np.maximum(of_set.sum(axis=1, keepdims=True), 1)
        products = of_set @ (a_set * b_set)
        deviations = products - (of_set @ a_set) * (of_set @ b_set) / n
        if a is b:
            deviations = np.where(deviations > _ROUNDING * products, deviations, 0.0)
        total = total + deviations
    return np.asarray(total)


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
    squares = _within_sets(measured, measured, counts)
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
