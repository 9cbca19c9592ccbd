"""Corrections of p values against closed testing and their definitions."""

import itertools

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.uncertainty.multiple_tests import benjamini_hochberg, holm


def holm_by_closure(p_values):
    """Closed testing with Bonferroni in every subset: reject a hypothesis only if all subsets with it are rejected."""
    indices = range(len(p_values))
    subsets = [s for size in indices for s in itertools.combinations(indices, size + 1)]
    of_subset = {s: min(1.0, len(s) * min(p_values[i] for i in s)) for s in subsets}
    return [max(of_subset[s] for s in subsets if i in s) for i in indices]


def test_holm_equals_the_closed_test_and_fdr_its_definition():
    generator = np.random.default_rng(12)
    for _ in range(20):
        p_values = generator.random(6) ** 3
        np.testing.assert_allclose(holm(p_values), holm_by_closure(p_values))
        order = np.argsort(p_values)
        ascending = p_values[order] * 6 / np.arange(1, 7)
        expected = [min(ascending[rank:]) for rank in range(6)]
        np.testing.assert_allclose(benjamini_hochberg(p_values)[order], expected)
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])
    with pytest.raises(InvalidParameterError, match=r"1\.5"):
        holm(np.array([0.5, 1.5]))


def test_holm_keeps_the_family_wise_error_under_the_null():
    generator = np.random.default_rng(13)
    false_positive = [(holm(generator.random(18)) < 0.05).any() for _ in range(4000)]
    assert np.mean(false_positive) == pytest.approx(0.05, abs=0.012)
