"""Encoding RSA against scikit-learn, and on populations whose dimensions models weight otherwise."""

import numpy as np
import pytest
from brainscore_mouse import load_metric, score_model
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.regression.ridge import RELATIVE_ALPHAS
from brainscore_mouse.uncertainty.grouped_splits import grouped_halves
from brainscore_mouse.uncertainty.leave_one_out import jackknife
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from synthetic_recordings import assembly_of

N_STIMULI = 80


@pytest.mark.slow
def test_two_assemblies_give_what_scikit_learn_and_scipy_give():
    generator = np.random.default_rng(0)
    features = generator.normal(size=(24, 9))
    responses = 2 + features @ generator.normal(size=(9, 6)) + generator.normal(size=(24, 6))
    centred = features - features.mean(axis=0)
    alphas = RELATIVE_ALPHAS * (centred**2).sum() / 24
    expected = []
    for half in grouped_halves(np.arange(24), np.random.default_rng(0)):
        train = np.setdiff1d(np.arange(24), half)
        predicted = np.empty((12, 6))
        for neuroid in range(6):
            y = responses[train, neuroid]
            errors = [
                ((cross_val_predict(Ridge(alpha=alpha), features[train], y, cv=LeaveOneOut()) - y) ** 2).sum()
                for alpha in alphas
            ]
            ridge = Ridge(alpha=alphas[np.argmin(errors)]).fit(features[train], y)
            predicted[:, neuroid] = ridge.predict(features[half])
        expected.append(spearmanr(pdist(predicted, "correlation"), pdist(responses[half], "correlation")).statistic)
    found = load_metric("rsa-encoding")(assembly_of(features), assembly_of(responses))
    assert float(found) == pytest.approx(np.mean(expected), abs=1e-9)


@pytest.fixture(scope="module")
def population():
    """Neuroids that encode four dimensions of the stimuli, and never two others."""
    generator = np.random.default_rng(1)
    encoded, others = generator.normal(size=(N_STIMULI, 4)), generator.normal(size=(N_STIMULI, 2))
    signal = encoded @ generator.normal(size=(4, 60))
    trials = 1 + signal + 2 * generator.normal(size=(20, N_STIMULI, 60))
    subjects = np.repeat(["a", "b", "c", "d"], 15)
    folds = selection_folds(N_STIMULI, subjects, seed=0)
    return trials, subjects, folds, encoded, others


def scores(population, metric, *layers):
    trials, subjects, folds, _, _ = population
    target = load_metric(metric).prepare(trials, subjects, folds)
    return target.evaluate([FeatureGram.of_features(layer) for layer in layers]).ceiled.mean(axis=0)


def test_other_proportions_of_the_same_dimensions_lower_rsa_and_not_encoding_rsa(population):
    *_, encoded, others = population
    model = np.concatenate([encoded * [1, 0.3, 0.3, 0.3], 2 * others], axis=1)
    (plain,), (reweighted,) = (scores(population, metric, model) for metric in ("rsa", "rsa-encoding"))
    assert plain < 0.3 and reweighted > 0.9


def test_unrelated_features_score_zero_and_missing_dimensions_less_than_one(population):
    *_, encoded, _ = population
    generator = np.random.default_rng(2)
    unrelated = [generator.normal(size=(N_STIMULI, 10)) for _ in range(6)]
    found = scores(population, "rsa-encoding", encoded[:, :2], *unrelated)
    assert abs(found[1:].mean()) < 0.03
    assert 0.3 < found[0] < 0.8


def test_the_layer_is_chosen_and_scored_with_an_error(population):
    trials, subjects, folds, encoded, others = population
    target = load_metric("rsa-encoding").prepare(trials, subjects, folds)
    layers = [FeatureGram.of_features(layer) for layer in (others, encoded, np.ones((N_STIMULI, 3)))]
    selection = target.selection_scores(layers)
    assert (np.nanargmax(selection, axis=1) == 1).all() and np.isnan(selection[:, 2]).all()
    chosen = [1] * len(folds)
    evaluation = target.evaluate(layers, chosen)
    assert np.isnan(evaluation.ceiled[4:, 0]).all() and np.isfinite(evaluation.ceiled[:, 1]).all()
    left_out = target.left_out([ChosenLayers(layers, chosen)])
    assert left_out.values[0, 0, 0] == pytest.approx(evaluation.ceiled[:, 1].mean(), abs=1e-9)
    assert 0 < jackknife(left_out).error < 0.1


def test_what_cannot_be_compared_is_refused(population):
    trials, subjects, _, _, _ = population
    with pytest.raises(UnreliableDataError, match="39"):
        load_metric("rsa-encoding").prepare(trials[:, :39], subjects, selection_folds(39, subjects, seed=0))
    with pytest.raises(InvalidParameterError, match="typo"):
        load_metric("rsa-encoding", correlation="typo")


@pytest.mark.slow
@pytest.mark.usefixtures("simulated_home")
def test_benchmarks_by_it_have_names_and_scores():
    score = score_model("pixels", "simulated-mouse-VISp-rsa-encoding")
    assert np.isfinite(float(score)) and score.attrs["error"] > 0
    assert score.attrs["metric_settings"]["metric"] == "rsa-encoding"
