"""Accuracy, confusion and calibration against scikit-learn and known values."""

import numpy as np
import pytest
from brainscore_mouse.domain_generalization.measures import (
    chance_corrected,
    confusion_matrix,
    expected_calibration_error,
    mean_and_half_interval,
)
from scipy import stats
from sklearn.metrics import confusion_matrix as sklearn_confusion


def test_measures():
    generator = np.random.default_rng(0)
    labels, predicted = generator.integers(0, 4, size=(2, 300))
    np.testing.assert_array_equal(confusion_matrix(predicted, labels, 4), sklearn_confusion(labels, predicted))
    assert chance_corrected(0.25, 4) == 0 and chance_corrected(1, 4) == 1 and chance_corrected(0, 4) < 0
    mean, half = mean_and_half_interval(np.array([1.0, 2.0, 4.0]))
    low, high = stats.ttest_1samp([1.0, 2.0, 4.0], 0).confidence_interval()
    assert (mean - half, mean + half) == (pytest.approx(low), pytest.approx(high))


def test_calibration_error():
    # Two bins: confidence .9 with accuracy .5, confidence .6 with accuracy 1.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    assert expected_calibration_error(probabilities, np.array([0, 1, 0, 1])) == pytest.approx((0.4 + 0.4) / 2)
    # Predictions that are right as often as they say are calibrated.
    generator = np.random.default_rng(0)
    confidence = generator.uniform(0.5, 1, size=200_000)
    labels = (generator.random(200_000) > confidence).astype(int)
    assert expected_calibration_error(np.stack([confidence, 1 - confidence], 1), labels) < 0.005
