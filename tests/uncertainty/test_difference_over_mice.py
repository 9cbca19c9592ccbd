"""Intervals of differences over mice and neuroids: against scipy; coverage under a null and a known difference."""

import numpy as np
import pytest
from brainscore_mouse.uncertainty.difference import difference_of_draws
from brainscore_mouse.uncertainty.resampling import hierarchical_counts
from brainscore_mouse.uncertainty.weighted import weighted_median
from scipy.stats import bootstrap

STATISTICS = {"mean": lambda values, counts: counts @ values / counts.sum(axis=1), "median": weighted_median}


def difference(first, second, subjects, generator, statistic, n_draws):
    """Compare two models by the mean or median of their neuroids' scores, drawing mice and then neuroids."""
    counts = hierarchical_counts(subjects, n_draws, generator)
    of_draws = STATISTICS[statistic]
    value = float(getattr(np, statistic)(first) - getattr(np, statistic)(second))
    return difference_of_draws(value, of_draws(first, counts) - of_draws(second, counts))


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_interval_equals_scipys_paired_bootstrap(statistic):
    generator = np.random.default_rng(6)
    first, second = generator.normal([[0.3], [0.0]], 1, size=(2, 60))
    ours = difference(first, second, np.zeros(60), generator, statistic, n_draws=20_000)
    function = getattr(np, statistic)
    theirs = bootstrap(
        (first, second),
        lambda a, b, axis: function(a, axis=axis) - function(b, axis=axis),
        paired=True,
        n_resamples=20_000,
        method="percentile",
        rng=generator,
    )
    assert ours.value == pytest.approx(function(first) - function(second))
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=0.05)
    np.testing.assert_allclose(
        [ours.low + ours.bias, ours.high + ours.bias],  # scipy's are not moved
        theirs.confidence_interval,
        atol=0.1 * float(theirs.standard_error),
    )


def covers(true_difference, n_mice, generator):
    """Compare scores of simulated mice: both models share neuroids' quality; mice differ in which model they prefer."""
    subjects = np.repeat(np.arange(n_mice), 15)
    preference = generator.normal(scale=0.1, size=n_mice)[subjects]
    shared = generator.normal(size=len(subjects))
    first = shared + true_difference + preference + 0.2 * generator.normal(size=len(subjects))
    second = shared + 0.2 * generator.normal(size=len(subjects))
    found = difference(first, second, subjects, generator, "mean", n_draws=400)
    return found.low <= true_difference <= found.high, found.p < 0.05


@pytest.mark.parametrize("true_difference", [0.0, 0.3])
def test_interval_over_mice_covers_the_true_difference(true_difference):
    generator = np.random.default_rng(7)
    covered, positive = np.mean([covers(true_difference, 20, generator) for _ in range(300)], axis=0)
    assert 0.91 < covered < 0.98
    assert positive < 0.09 if true_difference == 0 else positive > 0.99


def test_few_mice_make_intervals_too_short_as_documented():
    generator = np.random.default_rng(8)
    covered, _ = np.mean([covers(0.0, 4, generator) for _ in range(400)], axis=0)
    assert 0.75 < covered < 0.93


def test_treating_neuroids_as_independent_would_find_differences_that_are_not_there():
    generator = np.random.default_rng(9)
    positive = 0
    for _ in range(100):
        subjects = np.repeat(np.arange(6), 50)
        preference = generator.normal(scale=0.3, size=6)[subjects]
        first, second = generator.normal(preference), generator.normal(size=300)
        found = difference(first, second, np.zeros(300), generator, "mean", n_draws=200)
        positive += found.p < 0.05
    assert positive > 25
