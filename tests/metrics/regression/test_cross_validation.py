"""Splits into training and test stimuli."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.metrics.regression.cross_validation import training_stimuli


def test_splits_are_checked():
    np.testing.assert_array_equal(training_stimuli(5, np.array([[1, 3], [0, 4]])), [[0, 2, 4], [1, 2, 3]])
    with pytest.raises(InvalidParameterError):
        training_stimuli(5, np.array([[1, 1]]))
    with pytest.raises(InvalidParameterError, match=r"\b2\b"):
        training_stimuli(5, np.array([[0, 1, 2, 3]]))
