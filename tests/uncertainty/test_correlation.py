"""Correlations and ranks against scipy."""

import numpy as np
import torch
from brainscore_mouse.uncertainty.correlation import pearson, ranks
from scipy.stats import pearsonr, rankdata


def test_ranks_equal_scipy_with_ties():
    values = np.random.default_rng(2).integers(0, 9, size=(3, 4, 50)).astype(float)
    np.testing.assert_array_equal(ranks(values), rankdata(values, axis=-1))
    np.testing.assert_array_equal(ranks(torch.from_numpy(values)).numpy(), rankdata(values, axis=-1))


def test_pearson_of_tensors():
    a, b = np.random.default_rng(3).normal(size=(2, 5, 30))
    np.testing.assert_allclose(pearson(torch.from_numpy(a), torch.from_numpy(b)).numpy(), pearson(a, b), atol=1e-14)


def test_pearson_equals_scipy_and_is_undefined_for_constants():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 30, 4)) + 1e6
    expected = [pearsonr(a[:, column], b[:, column]).statistic for column in range(4)]
    np.testing.assert_allclose(pearson(a, b, axis=0), expected, atol=1e-8)
    a[:, 1] = 0.1  # its mean is not exactly 0.1
    assert np.isnan(pearson(a, b, axis=0)[1])
