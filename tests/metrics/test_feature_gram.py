"""FeatureGram against plain float64 linear algebra."""

import numpy as np
import pytest
import torch
from brainscore_mouse.metrics.feature_gram import FeatureGram


def reference(features):
    wide = features.astype(np.longdouble)
    centred = wide - wide.mean(axis=1, keepdims=True)
    return (centred @ centred.T).astype(np.float64), wide.mean(axis=1).astype(np.float64)


@pytest.mark.parametrize("n_features", [1, 7, 16_384, 40_001])
@pytest.mark.parametrize(("offset", "spread"), [(0, 1), (100, 1), (0, 100), (-1000, 10)])
def test_float32_features_lose_no_more_than_rounding(n_features, offset, spread):
    """Also where units have large means of their own (spread), or all have one (offset)."""
    rng = np.random.default_rng(0)
    means = offset + spread * rng.standard_normal(n_features)
    features = (rng.standard_normal((20, n_features)) + means).astype(np.float32)
    gram = FeatureGram.of_features(features)
    expected, expected_means = reference(features)
    np.testing.assert_allclose(gram.row_means, expected_means, rtol=0, atol=2e-7 * max(abs(offset), spread))
    scale = np.sqrt(np.outer(np.diagonal(expected), np.diagonal(expected)))
    assert (np.abs(gram.row_centred - expected) <= 2e-7 * scale + 1e-12 * n_features * max(offset, spread) ** 2).all()
    # The distances between stimuli, which are small where units' means are large.
    between = np.diagonal(gram.row_centred)[:, None] + np.diagonal(gram.row_centred) - 2 * gram.row_centred
    expected_between = np.diagonal(expected)[:, None] + np.diagonal(expected) - 2 * expected
    np.testing.assert_allclose(between, expected_between, rtol=1e-5, atol=1e-5)


def test_float64_features_keep_their_precision():
    features = np.random.default_rng(0).standard_normal((20, 5000)) + 1e4
    gram = FeatureGram.of_features(features)
    expected, expected_means = reference(features)
    np.testing.assert_allclose(gram.row_centred, expected, rtol=1e-11, atol=1e-8)
    np.testing.assert_allclose(gram.row_means, expected_means, rtol=1e-14)


def test_rows_in_parts_and_16_bit_rows_are_those_of_the_whole():
    features = torch.from_numpy(np.random.default_rng(0).standard_normal((9, 300)).astype(np.float16))
    whole = FeatureGram.of_features(features.numpy().astype(np.float32))
    parts = FeatureGram.of_rows(features.split(4))
    np.testing.assert_array_equal(parts.row_centred, whole.row_centred)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, -7e5])
def test_stimuli_without_a_pattern_have_none(value):
    features = np.random.default_rng(0).standard_normal((6, 999)).astype(np.float32)
    features[[1, 4]] = value
    gram = FeatureGram.of_features(features)
    assert (gram.row_centred[[1, 4]] == 0).all() and (gram.row_centred[:, [1, 4]] == 0).all()
    assert (np.diagonal(gram.row_centred)[[0, 2, 3, 5]] > 900).all()
    np.testing.assert_allclose(gram.row_means[[1, 4]], np.float32(value), rtol=1e-6, atol=1e-8)


def test_constant_features_do_not_vary():
    assert not FeatureGram.of_features(np.full((5, 100), 0.1, np.float32)).varies_over_stimuli()
    pattern = np.tile(np.random.default_rng(0).standard_normal(100).astype(np.float32), (5, 1))
    assert not FeatureGram.of_features(pattern).varies_over_stimuli()


@pytest.mark.parametrize("exponent", [-45, -70, -100, -110, 55, 100])
@pytest.mark.parametrize("offset", [0, 3])
def test_the_scale_of_features_scales_their_gram_matrix(exponent, offset):
    features = (np.random.default_rng(0).standard_normal((7, 20_000)) + offset).astype(np.float32)
    scaled = FeatureGram.of_features(features * np.float32(2.0**exponent))
    expected, expected_means = reference(features)
    tolerance = 1e-6 * expected.max()
    np.testing.assert_allclose(scaled.row_centred / 4.0**exponent, expected, rtol=0, atol=tolerance)
    np.testing.assert_allclose(scaled.row_means / 2.0**exponent, expected_means, rtol=1e-6, atol=1e-6)
    assert scaled.varies_over_stimuli()
    # To the last bit: no metric can tell.
    plain = FeatureGram.of_features(features)
    np.testing.assert_array_equal(scaled.row_centred / 4.0**exponent, plain.row_centred)


@pytest.mark.parametrize("value", [1e-30, 1e25])
def test_stimuli_without_a_pattern_have_none_at_any_scale(value):
    features = (np.random.default_rng(0).standard_normal((5, 999)) * value).astype(np.float32)
    features[2] = np.float32(value) * (1 + 1e-7 * np.random.default_rng(1).integers(0, 2, 999)).astype(np.float32)
    gram = FeatureGram.of_features(features)
    assert (gram.row_centred[2] == 0).all() and gram.row_centred[0, 0] > 0
