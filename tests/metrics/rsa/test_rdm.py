"""RDMs against scipy."""

import numpy as np
import pytest
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.rsa.rdm import n_stimuli_of_pairs, rdm_from_gram, rdm_of_patterns
from scipy.spatial.distance import pdist, squareform


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


def test_number_of_stimuli_follows_from_that_of_their_pairs():
    assert [n_stimuli_of_pairs(n * (n - 1) // 2) for n in (2, 3, 118, 2800)] == [2, 3, 118, 2800]
