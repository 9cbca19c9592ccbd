"""Unique variance over a baseline: banded ridge against scikit-learn, and recordings with known shares."""

import itertools

import numpy as np
import pytest
from brainscore_mouse import load_metric, score_model
from brainscore_mouse.core.errors import (
    InvalidArraysError,
    InvalidParameterError,
    UnknownIdentifierError,
    UnreliableDataError,
)
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.unique_variance.banded_ridge import held_out_banded_ridge, leave_one_out_banded_error
from brainscore_mouse.metrics.unique_variance.metric import UniqueVariance
from brainscore_mouse.metrics.unique_variance.target import UniqueVarianceTarget
from PIL import Image
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from synthetic_recordings import assembly_of

SHARES, ALPHAS = (0.0, 0.3, 1.0), np.array([0.01, 1.0, 30.0])


def scaled(features):
    """Features whose squared norm, less the mean, is 1 on average over stimuli."""
    centred = features - features.mean(axis=0)
    return centred / np.sqrt((centred**2).sum(axis=1).mean())


def concatenated(first, second, share):
    return np.concatenate([np.sqrt(share) * scaled(first), np.sqrt(1 - share) * scaled(second)], axis=1)


@pytest.fixture(scope="module")
def toy():
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(30, 7)), 50 * generator.normal(size=(30, 80))
    responses = first @ generator.normal(size=(7, 5)) + second @ generator.normal(size=(80, 5)) / 300
    return first, second, responses + generator.normal(size=responses.shape), np.arange(20).reshape(2, 10)


def test_a_share_and_a_penalty_give_scikit_learn_s_ridge_on_the_scaled_concatenation(toy):
    first, second, responses, tests = toy
    grams = first @ first.T, second @ second.T
    for share, alpha in itertools.product(SHARES, ALPHAS):
        predicted = held_out_banded_ridge(*grams, responses, tests, (share,), relative_alphas=np.array([alpha]))
        features = concatenated(first, second, share)
        for test, of_test in zip(tests, predicted, strict=True):
            train = np.setdiff1d(np.arange(30), test)
            ridge = Ridge(alpha=alpha).fit(features[train], responses[train])
            np.testing.assert_allclose(of_test, ridge.predict(features[test]), atol=1e-9)


@pytest.mark.slow
def test_each_neuroid_gets_the_pair_that_leave_one_out_on_the_training_stimuli_prefers(toy):
    first, second, responses, tests = toy
    predicted = held_out_banded_ridge(
        first @ first.T, second @ second.T, responses, tests[:1], SHARES, relative_alphas=ALPHAS
    )
    train = np.setdiff1d(np.arange(30), tests[0])
    for neuroid in range(5):
        candidates = []
        for share, alpha in itertools.product(SHARES, ALPHAS):
            features, ridge = concatenated(first, second, share), Ridge(alpha=alpha)
            left_out = cross_val_predict(ridge, features[train], responses[train, neuroid], cv=LeaveOneOut())
            error = ((left_out - responses[train, neuroid]) ** 2).sum()
            ridge.fit(features[train], responses[train, neuroid])
            candidates.append((error, ridge.predict(features[tests[0]])))
        best = min(candidates, key=lambda candidate: candidate[0])
        np.testing.assert_allclose(predicted[0, :, neuroid], best[1], atol=1e-9)


def test_the_least_leave_one_out_error_is_that_of_scikit_learn(toy):
    first, second, responses, _ = toy
    left_out = [
        cross_val_predict(Ridge(alpha=alpha), concatenated(first, second, share), responses, cv=LeaveOneOut())
        for share, alpha in itertools.product(SHARES, ALPHAS)
    ]
    errors = ((np.array(left_out) - responses) ** 2).sum(axis=1)
    found = leave_one_out_banded_error(first @ first.T, second @ second.T, responses, SHARES, ALPHAS)
    np.testing.assert_allclose(found, errors.min(axis=0), rtol=1e-9)


class Recordings:
    """Responses of which known shares of the signal depend on one and on another set of features."""

    def __init__(self, share=0.4, n_stimuli=160):
        generator = np.random.default_rng(2)
        # Uncorrelated in this sample, too, so that the shares are exact.
        columns = np.linalg.qr(np.column_stack([np.ones(n_stimuli), generator.normal(size=(n_stimuli, 12))]))[0]
        self.one, self.other, self.neither = np.split(columns[:, 1:] * np.sqrt(n_stimuli), 3, axis=1)
        weights = generator.normal(size=(2, 4, 40))
        weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True))
        signal = np.sqrt(1 - share) * self.one @ weights[0] + np.sqrt(share) * self.other @ weights[1]
        trials = signal + 1.5 * generator.normal(size=(20, n_stimuli, 40))
        self.subjects = np.repeat(["a", "b", "c", "d"], 10)
        self.folds = selection_folds(n_stimuli, self.subjects, seed=0)
        baseline = FeatureGram.of_features(self.one).linear()
        metric = load_metric("unique-variance-over-pixels")
        self.target = UniqueVarianceTarget(metric, trials, self.subjects, self.folds, baseline)

    def evaluated(self, features):
        gram = FeatureGram.of_features(features)
        chosen = [0] * len(self.folds)
        return self.target.evaluate([gram], chosen), self.target.left_out([ChosenLayers([gram], chosen)])


@pytest.fixture(scope="module")
def recordings():
    return Recordings()


@pytest.mark.slow
def test_features_equal_to_the_baseline_have_no_unique_variance(recordings):
    evaluation, left_out = recordings.evaluated(recordings.one)
    np.testing.assert_allclose(evaluation.ceiled, 0, atol=1e-9)
    np.testing.assert_allclose(left_out.values, 0, atol=1e-9)
    assert evaluation.measures["explained_by_both"].mean() == pytest.approx(0.6, abs=0.03)
    np.testing.assert_allclose(evaluation.measures["explained_by_model"], evaluation.measures["explained_by_both"])


@pytest.mark.slow
def test_an_orthogonal_addition_has_its_share_of_the_explainable_variance(recordings):
    evaluation, left_out = recordings.evaluated(recordings.other)
    assert evaluation.ceiled.mean() == pytest.approx(0.4, abs=0.03)
    assert left_out.values[0, 0, 0] == pytest.approx(evaluation.ceiled.mean(), abs=1e-9)
    shares = {name: values.mean() for name, values in evaluation.measures.items()}
    assert shares["explained_by_model"] == pytest.approx(0.4, abs=0.03)
    assert shares["explained_by_baseline"] == pytest.approx(0.6, abs=0.03)
    assert shares["explained_by_both"] == pytest.approx(1.0, abs=0.03)
    both = np.concatenate([recordings.one, recordings.other], axis=1)
    assert recordings.evaluated(both)[0].ceiled.mean() == pytest.approx(0.4, abs=0.03)


@pytest.mark.slow
def test_unrelated_features_explain_nothing_more_and_their_scale_does_not_matter(recordings):
    evaluation, _ = recordings.evaluated(recordings.neither)
    assert abs(evaluation.ceiled.mean()) < 0.02
    larger, _ = recordings.evaluated(1e3 * recordings.other)
    np.testing.assert_allclose(larger.ceiled, recordings.evaluated(recordings.other)[0].ceiled, atol=1e-6)


def test_the_layer_that_adds_most_is_chosen(recordings):
    layers = [FeatureGram.of_features(x) for x in (recordings.one, recordings.other, recordings.neither)]
    scores = recordings.target.selection_scores(layers)
    assert (scores.argmax(axis=1) == 1).all()


def test_what_the_baseline_cannot_see_is_refused(tmp_path):
    metric = load_metric("unique-variance-over-gabor")
    with pytest.raises(InvalidArraysError, match="stimulus_set"):
        metric(*[assembly_of(np.eye(20))] * 2)
    with pytest.raises(InvalidParameterError, match="simulated-mouse-VISp-unique-variance-over-gabor"):
        metric.prepare(np.zeros((2, 40, 3)), np.array(["a"] * 3), [])
    with pytest.raises(UnknownIdentifierError, match="no-such-model"):
        _ = UniqueVariance("no-such-model").settings
    with pytest.raises(InvalidParameterError, match=r"1\.5"):
        UniqueVariance("pixels", min_reliability=1.5)
    paths = [tmp_path / f"{number}.png" for number in range(40)]
    for path in paths:
        Image.new("L", (8, 8), 100).save(path)
    with pytest.raises(UnreliableDataError, match="pixels"):
        UniqueVariance("pixels").prepare_with_stimuli(np.zeros((2, 40, 3)), np.array(["a"] * 3), [], paths)


@pytest.mark.slow
@pytest.mark.usefixtures("simulated_home")
def test_pixels_add_nothing_to_pixels_and_something_to_gabor_filters():
    nothing = score_model("pixels", "simulated-mouse-VISp-unique-variance-over-pixels")
    assert float(nothing) == pytest.approx(0, abs=1e-9)
    settings = nothing.attrs["metric_settings"]
    assert settings["baseline"] == "pixels" and len(settings["baseline_fingerprint"]) == 64
    something = score_model("pixels", "simulated-mouse-VISp-unique-variance-over-gabor")
    assert float(something) == pytest.approx(
        something.attrs["explained_by_both"] - something.attrs["explained_by_baseline"], abs=1e-9
    )
    assert something.attrs["error"] > 0
