"""How good predictions are: accuracy above chance, calibration, confusions."""

import numpy as np
from scipy import stats

from ..core.errors import InvalidParameterError

N_CALIBRATION_BINS = 15


def chance_corrected(accuracy: float, n_classes: int) -> float:
    """Return an accuracy on the scale on which chance is 0 and perfect 1.

    Parameters
    ----------
    accuracy : float
        Share of correct predictions.
    n_classes : int
        Chance is ``1 / n_classes``.
    """
    return (accuracy - 1 / n_classes) / (1 - 1 / n_classes)


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, n_bins: int = N_CALIBRATION_BINS
) -> float:
    """Return the mean distance between confidence and accuracy, over bins of equal width weighted by their counts.

    Parameters
    ----------
    probabilities : np.ndarray of shape (n_stimuli, n_classes)
        Each row sums to 1.
    labels : np.ndarray of shape (n_stimuli,)
        Class numbers.
    n_bins : int
        Bins of the confidence, which is the largest probability; a bin includes its upper edge.

    Notes
    -----
    Guo et al., ICML 2017, equation 3.
    """
    if len(probabilities) == 0 or len(probabilities) != len(labels):
        raise InvalidParameterError(f"{len(probabilities)} predictions for {len(labels)} labels")
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * n_bins).astype(int) - 1, 0, n_bins - 1)
    gaps = np.bincount(bins, weights=correct - confidence, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(labels))


def confusion_matrix(predicted: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Count predictions: int, (n_classes, n_classes), true classes in rows."""
    return np.bincount(labels * n_classes + predicted, minlength=n_classes**2).reshape(n_classes, n_classes)


def mean_and_half_interval(values: np.ndarray) -> tuple[float, float]:
    """Return the mean and half the 95 % confidence interval by Student's t; NaN with fewer than two values.

    Parameters
    ----------
    values : np.ndarray of shape (n_values,)
        Independent, for instance one per seed.
    """
    n_values = len(values)
    if n_values < 2:
        return float(np.mean(values)), float("nan")
    standard_error = np.std(values, ddof=1) / np.sqrt(n_values)
    return float(np.mean(values)), float(stats.t.ppf(0.975, n_values - 1) * standard_error)
