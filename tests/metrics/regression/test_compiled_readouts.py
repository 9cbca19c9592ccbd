"""PLS in compiled code against PLS on arrays, another algorithm: predictions, choice of layers and scores."""

import errno
import sys

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.regression.pls import held_out_pls as held_out_pls_module
from brainscore_mouse.metrics.regression.pls.held_out_pls import held_out_pls
from synthetic_recordings import simulated_trials

pytest.importorskip("numba")
compiled_readouts_module = pytest.importorskip("brainscore_mouse.metrics.regression.pls.compiled_readouts")


@pytest.fixture
def in_both_ways(monkeypatch):
    """Return what a function gives with numba and without."""

    def run(function):
        results = []
        for has_numba in (True, False):
            monkeypatch.setattr(held_out_pls_module, "_HAS_NUMBA", has_numba)
            results.append(function())
        return results

    return run


def features_of(kind, generator):
    """Return features of 60 stimuli."""
    features = generator.normal(size=(60, 200))
    if kind == "steep spectrum":
        return features * np.arange(1, 201.0) ** -1
    if kind == "nearly white":
        return generator.normal(size=(60, 20_000))
    if kind == "two dimensions":
        return features[:, :2]
    if kind == "twins":
        return features[np.arange(60) // 2]
    if kind == "far from zero":
        return features + 1e4
    return features


@pytest.mark.parametrize("n_neuroids", [1, 12, 90])
@pytest.mark.parametrize(
    "kind", ["plain", "steep spectrum", "nearly white", "two dimensions", "twins", "far from zero"]
)
def test_predictions_equal_those_of_arrays(in_both_ways, kind, n_neuroids):
    generator = np.random.default_rng(0)
    features = features_of(kind, generator)
    weights = generator.normal(size=(features.shape[1], n_neuroids))
    responses = features @ weights / (features @ weights).std() + generator.normal(size=(60, n_neuroids))
    tests = np.stack([generator.permutation(60)[:20] for _ in range(3)])
    gram = FeatureGram.of_features(features).linear()
    compiled, of_arrays = in_both_ways(lambda: held_out_pls(gram[None], responses, tests, 25))
    np.testing.assert_allclose(compiled, of_arrays, atol=1e-5)


def test_features_that_are_the_responses_predict_each_other(in_both_ways):
    """Then both matrices have the same eigenvectors, and removing one component leaves the others as they are."""
    responses = np.random.default_rng(1).normal(size=(60, 90))
    tests = np.arange(20).reshape(2, 10)
    compiled, of_arrays = in_both_ways(lambda: held_out_pls((responses @ responses.T)[None], responses, tests, 25))
    np.testing.assert_allclose(compiled, of_arrays, atol=1e-6)


@pytest.mark.parametrize("constant", ["features", "responses"])
def test_where_nothing_varies_the_mean_is_predicted(in_both_ways, constant):
    generator = np.random.default_rng(2)
    features, responses = generator.normal(size=(60, 200)), generator.normal(size=(60, 90))
    if constant == "features":
        features[20:] = features[20]
    else:
        responses[20:] = responses[20]
    tests = np.arange(20)[None]
    for predicted in in_both_ways(lambda: held_out_pls((features @ features.T)[None], responses, tests, 25)):
        np.testing.assert_allclose(predicted[0, 0], np.tile(responses[20:].mean(axis=0), (20, 1)), atol=1e-12)


def test_where_the_disk_is_full_code_that_cannot_be_kept_is_used_all_the_same(monkeypatch):
    generator = np.random.default_rng(4)
    features, responses = generator.normal(size=(24, 30)), generator.normal(size=(24, 5))
    arguments = (features @ features.T)[None], responses, np.arange(6).reshape(2, 3), 3
    expected = held_out_pls(*arguments)
    real, calls = compiled_readouts_module._fit_all, []

    def fit_all(*of_fit):
        calls.append(of_fit)
        if len(calls) <= 14:  # numba raises once for each function that it compiles
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*of_fit)

    fit_all.stats = real.stats
    monkeypatch.setattr(compiled_readouts_module, "_fit_all", fit_all)
    with pytest.warns(UserWarning, match="No space left on device"):
        predicted = held_out_pls(*arguments)
    np.testing.assert_array_equal(predicted, expected)


def test_where_numba_does_not_work_the_reason_is_told_and_arrays_are_used(monkeypatch):
    responses = np.random.default_rng(5).normal(size=(24, 5))
    arguments = (responses @ responses.T)[None], responses, np.arange(6).reshape(2, 3), 3
    monkeypatch.setitem(sys.modules, compiled_readouts_module.__name__, None)  # importing it raises ImportError
    held_out_pls_module._in_compiled_code.cache_clear()
    try:
        with pytest.warns(UserWarning, match="without numba"):
            predicted = held_out_pls(*arguments)
    finally:
        held_out_pls_module._in_compiled_code.cache_clear()
    monkeypatch.setattr(held_out_pls_module, "_HAS_NUMBA", False)
    np.testing.assert_array_equal(predicted, held_out_pls(*arguments))


def test_layers_and_scores_are_the_same_with_numba_and_without(in_both_ways):
    generator = np.random.default_rng(3)
    trials, signal = simulated_trials(generator, n_stimuli=60, n_neuroids=60)
    subjects = np.repeat(["a", "b"], 30)
    folds = selection_folds(60, subjects, seed=0)
    features = [signal + noise * generator.normal(size=signal.shape) for noise in (4, 1, 2)]
    grams = [FeatureGram.of_features(of_layer) for of_layer in features]

    def scores():
        target = load_metric("pls").prepare(trials, subjects, folds)
        chosen = choose_layers(target, grams, len(folds))
        left_out = target.left_out([ChosenLayers(grams, chosen)]).values
        return chosen, target.selection_scores(grams), target.evaluate(grams, chosen).ceiled, left_out

    (chosen, *compiled), (expected_chosen, *of_arrays) = in_both_ways(scores)
    assert chosen == expected_chosen
    for ours, expected in zip(compiled, of_arrays, strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-8)
