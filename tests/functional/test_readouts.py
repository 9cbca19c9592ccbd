"""Ridge and PLS of plain arrays, against scikit-learn on the same splits."""

import numpy as np
import pytest
from brainscore_mouse import functional
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError, UnreliableDataError
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge
from sklearn.model_selection import ShuffleSplit


@pytest.fixture
def pair():
    generator = np.random.default_rng(1)
    features = generator.normal(size=(60, 15)) + 3
    return features, features @ generator.normal(size=(15, 8)) + 4 * generator.normal(size=(60, 8)) + 100


def by_scikit_learn(readout, features, responses):
    rows = []
    for train, test in ShuffleSplit(n_splits=5, test_size=6, random_state=3).split(features):
        predicted = readout.fit(features[train], responses[train]).predict(features[test])
        columns = zip(predicted.T, responses[test].T, strict=True)
        rows.append([np.corrcoef(one, other)[0, 1] for one, other in columns])
    return np.array(rows)


def test_ridge_is_scikit_learns(pair):
    expected = by_scikit_learn(Ridge(alpha=2.5), *pair)
    found = functional.ridge_correlations(*pair, alpha=2.5, n_splits=5, seed=3)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    value = functional.ridge_r(*pair, alpha=2.5, n_splits=5, seed=3)
    assert value == pytest.approx(np.median(expected, axis=1).mean(), abs=1e-9)


def test_pls_is_scikit_learns(pair):
    expected = by_scikit_learn(PLSRegression(n_components=3, scale=False, tol=1e-14, max_iter=20_000), *pair)
    found = functional.pls_correlations(*pair, n_components=3, n_splits=5, seed=3)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    value = functional.pls_r(*pair, n_components=3, n_splits=5, seed=3)
    assert value == pytest.approx(np.median(expected, axis=1).mean(), abs=1e-6)


def test_a_neuroid_that_never_varies_is_left_out_of_the_median(pair):
    features, responses = pair
    responses = np.column_stack([responses, np.full(60, 7.0)])
    found = functional.ridge_correlations(features, responses)
    assert np.isnan(found[:, -1]).all() and not np.isnan(found[:, :-1]).any()
    assert functional.ridge_r(features, responses) == pytest.approx(functional.ridge_r(*pair), abs=1e-12)


@pytest.mark.parametrize("predict", [functional.ridge_r, functional.pls_r])
def test_what_cannot_be_predicted_is_refused(pair, predict):
    features, responses = pair
    with pytest.raises(InvalidArraysError) as refusal:
        predict(features[:40], responses)
    assert "40" in str(refusal.value) and "60" in str(refusal.value)
    with pytest.raises(UnreliableDataError) as refusal:
        predict(features[:20], responses[:20])
    assert "21" in str(refusal.value)
    with pytest.raises(UnreliableDataError):
        predict(np.ones_like(features), responses)
    with pytest.raises(UnreliableDataError):
        predict(features, np.ones_like(responses))
    with pytest.raises(InvalidParameterError):
        predict(features, responses, n_splits=1)
    rare = np.zeros((60, 1))
    rare[5] = 1
    with pytest.raises(UnreliableDataError):  # most test sets are constant
        predict(features, rare)


def test_wrong_options_are_refused(pair):
    with pytest.raises(InvalidParameterError):
        functional.ridge_r(*pair, alpha=0)
    with pytest.raises(InvalidParameterError):
        functional.pls_r(*pair, n_components=0)
