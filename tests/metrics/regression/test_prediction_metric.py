"""The base class of new readouts: predictions of any function, with the ceiling, errors and layer choice of ridge."""

import numpy as np
import pytest
from brainscore_mouse import PredictionMetric, check_metric
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError
from brainscore_mouse.data_packaging.simulate_recordings import RecordingDesign, simulate_recordings, simulated_features
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.regression.metric import Ridge
from brainscore_mouse.metrics.rsa.metric import RSA
from brainscore_mouse.metrics.rsa_encoding.metric import EncodingRSA
from brainscore_mouse.uncertainty.leave_one_out import jackknife
from sklearn.linear_model import Ridge as RidgeOfScikitLearn
from sklearn.neighbors import KNeighborsRegressor


class KernelRidge(PredictionMetric):
    """Ridge regression with a fixed penalty."""

    identifier = "kernel-ridge"
    fits_neuroids_together = False

    alpha: float = 50.0
    claims = frozenset({"null-scores-zero", "generator-scores-one"})

    def predict(self, train_gram, train_responses, test_gram):
        return test_gram @ np.linalg.solve(train_gram + self.alpha * np.eye(len(train_gram)), train_responses)


class Nearest(PredictionMetric):
    """The responses to the most similar training stimulus."""

    identifier = "nearest"

    def predict(self, train_gram, train_responses, test_gram):
        # Its own squared length is the same for all training stimuli.
        return train_responses[(np.diag(train_gram) - 2 * test_gram).argmin(axis=1)]


def recorded():
    design = RecordingDesign(n_stimuli=60, n_mice=3, n_neuroids=30, n_repetitions=10, reliability=0.9)
    simulated = simulate_recordings(design, np.random.default_rng(0))
    layers = [
        FeatureGram.of_features(simulated_features(simulated, share, 40, np.random.default_rng(number)) + 2)
        for number, share in enumerate((0.2, 0.9))
    ]
    return simulated, selection_folds(60, simulated.subjects, seed=0), layers


def of_features(metric, features, responses, tests):
    gram = FeatureGram.of_features(features).linear()
    (predicted,) = metric.predictions(gram[None], responses, tests, np.arange(len(responses)))
    return predicted


@pytest.mark.parametrize(
    ("metric", "oracle"),
    [(KernelRidge(alpha=7.0), RidgeOfScikitLearn(alpha=7.0)), (Nearest(), KNeighborsRegressor(n_neighbors=1))],
    ids=["ridge", "nearest"],
)
def test_predictions_equal_those_of_scikit_learn(metric, oracle):
    generator = np.random.default_rng(1)
    features, responses = generator.normal(size=(40, 12)) + 3, generator.normal(size=(40, 5)) + 2
    tests = np.array([[0, 3, 5], [1, 2, 39]])
    predicted = of_features(metric, features, responses, tests)
    for test, of_split in zip(tests, predicted, strict=True):
        train = np.setdiff1d(np.arange(40), test)
        np.testing.assert_allclose(of_split, oracle.fit(features[train], responses[train]).predict(features[test]))


def test_the_same_function_has_the_scores_and_the_ceiling_of_ridge_and_nearly_its_error():
    simulated, folds, layers = recorded()
    found = []
    for metric in (KernelRidge(alpha=50.0), Ridge(alpha=50.0)):
        target = metric.prepare(simulated.trials, simulated.subjects, folds)
        chosen = [1] * len(folds)
        evaluation = target.evaluate(layers, chosen)
        left_out = target.left_out([ChosenLayers(layers, chosen)])
        error = jackknife(left_out, left_out.over).error
        found.append([*evaluation.ceiled.ravel(), target.ceiling, target.ceiling_error, error])
    np.testing.assert_allclose(found[0][:-1], found[1][:-1], rtol=1e-6)
    # The penalty is between two of the ten of the most similar ridge regression.
    assert 0 < found[0][-1] == pytest.approx(found[1][-1], rel=0.03)


def test_the_layer_that_shares_more_is_chosen():
    simulated, folds, layers = recorded()
    target = KernelRidge().prepare(simulated.trials, simulated.subjects, folds)
    assert (np.argmax(target.selection_scores(layers), axis=1) == 1).all()


def test_a_dozen_lines_pass_all_checks():
    check_metric(KernelRidge())


def test_options_are_part_of_the_settings_and_so_is_the_code():
    settings = KernelRidge(alpha=2.0, seed=3).settings
    assert (settings["metric"], settings["alpha"], settings["seed"]) == ("kernel-ridge", 2.0, 3)
    assert len(settings["code_sha256"]) == 64
    with pytest.raises(TypeError, match="penalty"):
        KernelRidge(penalty=2)
    with pytest.raises(InvalidParameterError, match="min_reliability is 2"):
        KernelRidge(min_reliability=2)


@pytest.mark.parametrize("metric", [KernelRidge, Ridge, RSA, EncodingRSA])
def test_a_metric_without_halves_of_the_repetitions_is_refused(metric):
    """By regression, neuroids would be scored by the trials that they were chosen by."""
    with pytest.raises(InvalidParameterError, match="n_half_splits is 0"):
        metric(n_half_splits=0)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (lambda test, train: np.zeros(len(test)), r"wrong.*\(3,\).*\(3, 5\)"),
        (lambda test, train: test @ train / 0, "NaN"),
        (lambda test, train: np.full((len(test), train.shape[1]), None), "object"),
    ],
    ids=["shape", "NaN", "no numbers"],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_predictions_that_cannot_be_compared_are_refused(returned, told):
    class Wrong(PredictionMetric):
        identifier = "wrong"

        def predict(self, train_gram, train_responses, test_gram):
            return returned(test_gram, train_responses)

    generator = np.random.default_rng(1)
    with pytest.raises(InvalidArraysError, match=told):
        of_features(Wrong(), generator.normal(size=(40, 12)), generator.normal(size=(40, 5)), np.array([[0, 1, 2]]))
