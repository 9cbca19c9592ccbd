"""What readouts owe to each stimulus that they were fitted to, against readouts that are fitted without it."""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.regression.metric import PLS
from brainscore_mouse.metrics.regression.metric import Ridge as RidgeMetric
from brainscore_mouse.metrics.regression.pooled import (
    deviations_of_sets,
    pooled_correlation,
    rounding_of_predictions,
)
from brainscore_mouse.metrics.regression.ridge import ridge_alphas
from brainscore_mouse.metrics.regression.training_influence import (
    TrainingInfluence,
    effects_of_pairs,
    pooled_correlation_without_training,
)
from brainscore_mouse.uncertainty.leave_one_out import jackknife
from sklearn.linear_model import Ridge

N_STIMULI, N_NEUROIDS = 40, 5
TESTS = np.array([[0, 3, 5, 8, 9, 10, 33], [1, 2, 4, 6, 11, 20, 39]])


@pytest.fixture(scope="module")
def fitted():
    """Features, responses, and a fixed penalty's predictions of two test sets with their influences."""
    generator = np.random.default_rng(8)
    features = generator.normal(size=(N_STIMULI, 60))
    responses = features[:, :4] @ generator.normal(size=(4, N_NEUROIDS)) + 2 * generator.normal(size=(40, N_NEUROIDS))
    metric, gram, groups = RidgeMetric(alpha=7.0), features @ features.T, np.arange(N_STIMULI)
    (predicted,) = metric.predictions(gram[None], responses, TESTS, groups)
    influences = list(metric.training_influences(gram, responses, TESTS, predicted))
    return features, responses, predicted, influences


def deviations(predicted, measured):
    """What predictions and responses are compared by."""
    return deviations_of_sets(predicted, rounding_of_predictions(measured)), deviations_of_sets(measured)


def refitted(features, responses, left_out):
    """Predict the test sets by readouts that have not seen one stimulus."""
    found = []
    for test in TESTS:
        train = np.setdiff1d(np.arange(N_STIMULI), [*test, left_out])
        found.append(Ridge(alpha=7.0).fit(features[train], responses[train]).predict(features[test]))
    return np.array(found)


def test_of_ridge_they_are_those_of_readouts_fitted_without_the_stimulus(fitted):
    features, responses, predicted, influences = fitted
    for stimulus in range(N_STIMULI):
        changed = [
            of_set + influence.weights[0][:, [stimulus]] * influence.residuals[stimulus]
            for of_set, influence in zip(predicted, influences, strict=True)
        ]
        expected = deviations_of_sets(refitted(features, responses, stimulus))
        np.testing.assert_allclose(deviations_of_sets(np.array(changed)), expected, atol=1e-9)


def test_correlations_are_those_of_readouts_fitted_without_the_stimulus(fitted):
    features, responses, predicted, influences = fitted
    found = pooled_correlation_without_training(*deviations(predicted, responses[TESTS]), influences)
    expected = [pooled_correlation(refitted(features, responses, i), responses[TESTS]) for i in range(N_STIMULI)]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_effects_of_pairs_add_up_to_the_derivative_of_the_correlation(fitted):
    _, responses, predicted, influences = fitted
    weights = np.array([[1.0, 0, 0, 0, 0], [0.2, 0.2, 0.2, 0.2, 0.2]])
    found, step = effects_of_pairs(*deviations(predicted, responses[TESTS]), influences, weights), 1e-6
    small = [TrainingInfluence(one.weights, one.chosen, step * one.residuals) for one in influences]
    slope = pooled_correlation_without_training(*deviations(predicted, responses[TESTS]), small)
    slope = (slope - pooled_correlation(predicted, responses[TESTS])) / step
    np.testing.assert_allclose(found.sum(axis=(1, 3)), weights @ slope.T, rtol=1e-3, atol=1e-6)


def test_effects_of_pairs_are_by_the_prediction_of_each_test_stimulus(fitted):
    _, responses, predicted, influences = fitted
    found, step = effects_of_pairs(*deviations(predicted, responses[TESTS]), influences, np.eye(N_NEUROIDS)), 1e-6
    of_set, place, stimulus = 1, 4, 17
    changed = predicted.copy()
    weight = influences[of_set].weights[0][place, stimulus]
    changed[of_set, place] += step * weight * influences[of_set].residuals[stimulus]
    changes = pooled_correlation(changed, responses[TESTS]) - pooled_correlation(predicted, responses[TESTS])
    np.testing.assert_allclose(found[:, of_set, stimulus, place], changes / step, rtol=1e-3, atol=1e-7)


def test_a_test_stimulus_has_no_influence_on_the_readout_that_predicts_it(fitted):
    *_, influences = fitted
    for test, influence in zip(TESTS, influences, strict=True):
        assert not influence.residuals[test].any()
        assert influence.residuals[np.setdiff1d(np.arange(N_STIMULI), test)].all()


def test_of_pls_they_are_those_of_the_ridge_regression_that_predicts_most_similarly():
    generator = np.random.default_rng(9)
    features = generator.normal(size=(N_STIMULI, 60))
    responses = features[:, :4] @ generator.normal(size=(4, N_NEUROIDS)) + generator.normal(size=(40, N_NEUROIDS))
    gram, groups, metric = features @ features.T, np.arange(N_STIMULI), PLS(n_components=3)
    (predicted,) = metric.predictions(gram[None], responses, TESTS, groups)
    found = list(metric.training_influences(gram, responses, TESTS, predicted))
    for test, of_set, influence in zip(TESTS, predicted, found, strict=True):
        train = np.setdiff1d(np.arange(N_STIMULI), test)
        for neuroid in range(N_NEUROIDS):
            fits = [Ridge(alpha=a).fit(features[train], responses[train, neuroid]) for a in ridge_alphas(gram)]
            closest = min(fits, key=lambda fit: np.var(fit.predict(features[test]) - of_set[:, neuroid]))
            left = np.setdiff1d(train, [train[5]])
            without = Ridge(alpha=closest.alpha).fit(features[left], responses[left, neuroid])
            change = without.predict(features[test]) - closest.predict(features[test])
            own = influence.weights[influence.chosen[neuroid]][:, train[5]] * influence.residuals[train[5], neuroid]
            np.testing.assert_allclose(own, change - change.mean(), atol=1e-9)


@pytest.mark.parametrize("metric", [RidgeMetric(), PLS()], ids=["ridge", "pls"])
def test_a_layer_that_predicts_nothing_is_not_chosen_for_its_rounding_errors(metric):
    generator = np.random.default_rng(4)
    responses = generator.normal(size=(N_STIMULI, 30))
    nothing = np.eye(N_STIMULI)[None]  # no stimulus is like any other
    found = metric.selection_correlations(nothing, responses, np.arange(N_STIMULI), seed=0)
    np.testing.assert_array_equal(found, 0.0)


def test_what_rounding_leaves_of_constant_predictions_scores_zero():
    """A prediction is a response minus a residual, so that its rounding errors are related to the response."""
    measured = np.random.default_rng(3).normal(size=(2, 9, 4))
    predicted = 1e-15 * measured
    assert not pooled_correlation(predicted, measured).any()
    assert pooled_correlation(1e-6 * measured, measured).min() > 0.9


@pytest.mark.parametrize("name", ["ridge", "pls"])
@pytest.mark.parametrize("n_active", [60, 3])
def test_a_layer_that_predicts_nothing_has_no_error_made_of_rounding(name, n_active):
    generator = np.random.default_rng(5)
    trials = generator.normal(size=(60, 30)) + 0.3 * generator.normal(size=(12, 60, 30))
    subjects = np.repeat(["a", "b", "c"], 10)
    folds = selection_folds(60, subjects, seed=0)
    target = load_metric(name).prepare(trials, subjects, folds)
    nothing = FeatureGram.of_features(np.eye(60)[:, :n_active])  # no stimulus is like any other
    found = target.left_out([ChosenLayers([nothing], [0] * len(folds))])
    assert abs(found.values[0, 0, 0]) < 1e-6 and jackknife(found).error < 1e-6
