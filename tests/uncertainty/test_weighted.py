"""Weighted statistics equal those of repeated values."""

import numpy as np
from brainscore_mouse.uncertainty.resampling import bootstrap_counts
from brainscore_mouse.uncertainty.weighted import weighted_median, weighted_pearson
from scipy.stats import pearsonr


def test_weighted_pearson_equals_repeating_rows():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 12, 5)) + 100
    b[:, 1] = 3.0  # responses without variance
    a[:, 2] = 4.0  # a constant prediction
    counts = bootstrap_counts(12, 6, generator)
    counts[5] = 0
    counts[5, 3] = 12  # the same stimulus always
    found = weighted_pearson(a, b, counts)
    for of_draw, count in zip(found[:5], counts, strict=False):
        first, second = (np.repeat(values, count, axis=0) for values in (a, b))
        expected = [pearsonr(first[:, column], second[:, column]).statistic for column in (0, 3, 4)]
        np.testing.assert_allclose(of_draw[[0, 3, 4]], expected, atol=1e-9)
    assert np.isnan(found[:, 1]).all() and (found[:5, 2] == 0).all()
    assert np.isnan(found[5]).all()


def test_weighted_median_equals_repeating_values():
    generator = np.random.default_rng(1)
    values = generator.normal(size=(50, 9)).round(1)
    values[generator.random(values.shape) < 0.1] = np.nan
    counts = generator.integers(0, 3, size=values.shape)
    expected = [np.nanmedian(np.repeat(row, count)) for row, count in zip(values, counts, strict=True)]
    np.testing.assert_array_equal(weighted_median(values, counts), expected)
    assert np.isnan(weighted_median(np.array([1.0, np.nan]), np.array([[0, 2], [0, 0]]))).all()
