"""The mean of several estimates against a published example and a known spread."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.uncertainty.random_effects import random_effects_mean


def test_random_effects_mean():
    # Borenstein et al. 2009, chapter 14, from its rounded table: mean .3582, SE .1054, tau^2 .0373.
    values = [0.095, 0.277, 0.367, 0.664, 0.462, 0.185]
    variances = [0.033, 0.031, 0.050, 0.011, 0.043, 0.023]
    found = random_effects_mean(np.array(values), np.sqrt(variances))
    assert found.mean == pytest.approx(0.3582, abs=1.5e-3)
    assert found.standard_error == pytest.approx(0.1054, abs=1.5e-3)
    assert found.between_sd**2 == pytest.approx(0.0373, abs=1.5e-3)
    alike = random_effects_mean(np.full(4, 0.2), np.full(4, 0.1))
    assert (alike.mean, alike.between_sd, alike.heterogeneity) == (pytest.approx(0.2), 0, 0)
    assert alike.standard_error == pytest.approx(0.05)
    with pytest.raises(InvalidParameterError, match=r"\b1\b"):
        random_effects_mean(np.array([0.1]), np.array([0.1]))


def test_random_effects_recover_the_spread_between_areas():
    generator = np.random.default_rng(14)
    found = [
        random_effects_mean(0.1 + 0.3 * generator.normal(size=30) + 0.1 * generator.normal(size=30), np.full(30, 0.1))
        for _ in range(200)
    ]
    assert np.mean([one.mean for one in found]) == pytest.approx(0.1, abs=0.02)
    assert np.mean([one.between_sd for one in found]) == pytest.approx(0.3, abs=0.02)
