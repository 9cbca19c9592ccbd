"""Which differences are clear, against all p-values adjusted by Benjamini and Hochberg."""

import numpy as np
import pytest
from brainscore_mouse.leaderboard.comparisons import clear_differences as of_module
from brainscore_mouse.leaderboard.comparisons.clear_differences import clear_differences
from brainscore_mouse.uncertainty.multiple_tests import benjamini_hochberg
from scipy.special import stdtr
from scipy.stats import t as student

LEVEL = 0.05


def from_all_p_values(t, freedom):
    return benjamini_hochberg(2 * stdtr(freedom, -t)) < LEVEL


@pytest.mark.parametrize("n_tests", [1, 2, 30, 3000])
@pytest.mark.parametrize("freedom", [(1, 1), (1, 5), (4.5, 117), (1e6, 1e6)])
@pytest.mark.parametrize("share", [0, 0.02, 0.3, 1])
def test_they_are_those_of_all_p_values_adjusted(n_tests, freedom, share):
    generator = np.random.default_rng(n_tests)
    for _ in range(20):
        of_tests = generator.uniform(*freedom, size=n_tests)
        t = np.abs(generator.standard_t(of_tests) + 5 * (generator.uniform(size=n_tests) < share))
        np.testing.assert_array_equal(clear_differences(t, of_tests, LEVEL), from_all_p_values(t, of_tests))


def test_ties_and_p_values_at_the_threshold_of_each_count_are_decided_alike():
    """p-values of level * k / n and their neighbours, many of them twice: where a rounding would decide."""
    n_tests = 200
    p = LEVEL * np.repeat(np.arange(1, n_tests // 2 + 1) * 2, 2) / n_tests
    for generator in map(np.random.default_rng, range(50)):
        freedom = generator.choice([3.0, 8.0, 60.0], size=n_tests)
        t = -student.ppf(p / 2, freedom) * (1 + generator.integers(-2, 3, size=n_tests) * 2e-16)
        np.testing.assert_array_equal(clear_differences(t, freedom, LEVEL), from_all_p_values(t, freedom))


def test_an_error_of_zero_is_clear_and_no_difference_is_not():
    assert clear_differences(np.array([np.inf, 0.0]), np.array([5.0, 5.0]), LEVEL).tolist() == [True, False]
    assert clear_differences(np.array([]), np.array([]), LEVEL).tolist() == []


def test_only_p_values_near_the_threshold_are_computed(monkeypatch):
    computed = []

    def counted(freedom, t):
        computed.append(np.size(t))
        return stdtr(freedom, t)

    monkeypatch.setattr(of_module, "stdtr", counted)
    t = np.random.default_rng(0).uniform(0, 20, size=10_000)
    found = clear_differences(t, np.full(10_000, 30.0), LEVEL)
    assert 0 < found.sum() < 10_000 and sum(computed) < 200
