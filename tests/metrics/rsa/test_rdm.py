"""RDMs against scipy, and of repeated units."""

import numpy as np
import pytest
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.rsa.rdm import rdm_from_gram, rdm_of_patterns, rdms_of_drawn_units
from brainscore_mouse.uncertainty.resampling import bootstrap_counts
from scipy.spatial.distance import pdist, squareform


def test_rdms_of_drawn_units_equal_repeating_them():
    generator = np.random.default_rng(2)
    patterns = generator.normal(size=(6, 10)) + 50
    counts = np.vstack(
        [bootstrap_counts(10, 4, generator), np.zeros((1, 10), dtype=int), 10 * np.eye(10, dtype=int)[:1]]
    )
    found = rdms_of_drawn_units(patterns, counts)
    for of_draw, count in zip(found[:4], counts, strict=False):
        np.testing.assert_allclose(of_draw, rdm_of_patterns(np.repeat(patterns, count, axis=1)), atol=1e-10)
    assert np.isnan(found[4:]).all()  # no unit; a single unit, many times


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_rdm_equals_scipy(offset):
    patterns = np.random.default_rng(0).normal(size=(20, 50)) + offset
    expected = squareform(pdist(patterns, "correlation"))
    np.testing.assert_allclose(rdm_of_patterns(patterns), expected, atol=1e-10)
    from_gram = rdm_from_gram(FeatureGram.of_features(patterns).row_centred)
    np.testing.assert_allclose(from_gram, expected, atol=1e-10)


def test_rdm_of_constant_pattern_is_undefined():
    patterns = np.random.default_rng(0).normal(size=(4, 5))
    patterns[2] = 3.0
    rdm = rdm_of_patterns(patterns)
    assert np.isnan(rdm[2]).all() and np.isnan(rdm[:, 2]).all()
    assert not np.isnan(np.delete(np.delete(rdm, 2, 0), 2, 1)).any()
