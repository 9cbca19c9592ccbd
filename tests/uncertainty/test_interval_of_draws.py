"""Intervals of a number from its bootstrap draws."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.uncertainty.interval_of_draws import interval_of_draws
from brainscore_mouse.uncertainty.resampling import bootstrap_counts
from scipy.stats import bootstrap


def test_interval_of_a_mean_equals_scipys_bootstrap():
    generator = np.random.default_rng(6)
    values = generator.normal(0.3, 1, size=60)
    counts = bootstrap_counts(60, 20_000, generator)
    assert (counts.sum(axis=1) == 60).all()
    ours = interval_of_draws(values.mean(), counts @ values / 60)
    theirs = bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", random_state=generator)
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=0.05)
    np.testing.assert_allclose((ours.low, ours.high), theirs.confidence_interval, atol=0.1 * ours.standard_error)


def test_draws_are_moved_to_the_value_as_measured():
    draws = np.random.default_rng(0).normal(0.3, 0.1, 4000)
    found = interval_of_draws(0.5, draws)
    assert (found.low, found.high) == (pytest.approx(0.5 - 0.196, abs=0.01), pytest.approx(0.5 + 0.196, abs=0.01))
    assert found.standard_error == pytest.approx(0.1, abs=0.005)


def test_undefined_draws_are_left_out_and_too_many_refused():
    draws = np.array([np.nan] * 40 + [0.1, 0.2] * 30)
    assert interval_of_draws(0.15, draws).n_draws == 60
    with pytest.raises(UnreliableDataError, match=r"\b80\b.*\b100\b"):
        interval_of_draws(0.15, np.array([np.nan] * 80 + [0.1] * 20))
    with pytest.raises(InvalidParameterError, match="level"):
        interval_of_draws(0.15, draws, level=95)
