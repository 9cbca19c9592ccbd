"""The logistic readout against scikit-learn and Brain-Score."""

import numpy as np
import pytest
from brainscore_core.supported_data_standards.brainio.assemblies import BehavioralAssembly
from brainscore_mouse.activations.readouts.logistic_readout import LogisticReadout
from brainscore_mouse.core.errors import DataError, InvalidParameterError
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from small_models import small_image_model


@pytest.mark.parametrize("n_features", [20, 400])
def test_readout_is_scikit_learns(n_features):
    """Below and above the number of stimuli: above, it is computed in their span."""
    generator = np.random.default_rng(0)
    labels = np.array([f"c{index % 5}" for index in range(100)])
    features = generator.normal(size=(100, n_features)) + np.eye(5)[np.arange(100) % 5] @ generator.normal(
        size=(5, n_features)
    )
    features[:, 3] = 2.5  # a constant feature
    others = generator.normal(size=(50, n_features))
    readout = LogisticReadout(features, labels.tolist(), sd_floor=0)
    scaler = StandardScaler().fit(features)
    expected = LogisticRegression(C=1e-3, solver="lbfgs", tol=1e-10, max_iter=10000).fit(
        scaler.transform(features), labels
    )
    np.testing.assert_allclose(
        readout.probabilities(others), expected.predict_proba(scaler.transform(others)), atol=1e-6
    )
    np.testing.assert_allclose(readout.coefficients, expected.coef_, atol=1e-7)
    assert readout.classes == expected.classes_.tolist()


def test_readout_is_that_of_brain_score():
    from brainscore_vision.model_helpers.brain_transformation.behavior import ProbabilitiesMapping

    generator = np.random.default_rng(0)
    features, labels = generator.normal(size=(60, 30)), [f"c{index % 3}" for index in range(60)]
    features += 2 * np.eye(3)[np.arange(60) % 3] @ generator.normal(size=(3, 30))

    def assembly(values):
        coords = {
            "stimulus_id": ("presentation", [f"s{row}" for row in range(len(values))]),
            "image_label": ("presentation", labels[: len(values)]),
            "neuroid_id": ("neuroid", np.arange(30)),
            "layer": ("neuroid", ["x"] * 30),
        }
        return BehavioralAssembly(values, coords=coords, dims=["presentation", "neuroid"])

    theirs = ProbabilitiesMapping.ProbabilitiesClassifier()
    theirs.fit(assembly(features), assembly(features)["image_label"])
    expected = theirs.predict_proba(assembly(features[:20]))
    assert expected["choice"].values.tolist() == ["c0", "c1", "c2"]
    actual = LogisticReadout(features, labels, sd_floor=0).probabilities(features[:20])
    np.testing.assert_allclose(actual, expected.values, atol=1e-4)  # their tolerance


def labelled_features(n=60, n_features=30):
    """Features of three classes, the first of which hardly varies."""
    generator = np.random.default_rng(1)
    labels = [f"c{index % 3}" for index in range(n)]
    features = generator.normal(size=(n, n_features))
    features += 2 * np.eye(3)[np.arange(n) % 3] @ generator.normal(size=(3, n_features))
    features[:, 0] = 0.5 + 1e-4 * generator.normal(size=n)
    return features, labels


def test_a_feature_that_hardly_varied_does_not_decide():
    """A border pixel that is bright in the tested images only: thousands of its standard deviations."""
    features, labels = labelled_features()
    changed = features.copy()
    changed[:, 0] += 1
    floored, brain_scores = (LogisticReadout(features, labels, **options) for options in ({}, {"sd_floor": 0}))
    accuracy = [
        np.mean(np.array(readout.classes)[readout.probabilities(changed).argmax(axis=1)] == labels)
        for readout in (floored, brain_scores)
    ]
    assert accuracy[0] > 0.8 and accuracy[1] < 0.5
    scale = np.quantile(features.std(axis=0), 0.9) * 0.06
    standardized = (features - features.mean(axis=0)) / np.maximum(features.std(axis=0), scale)
    expected = LogisticRegression(C=1e-3, tol=1e-10, max_iter=10000).fit(standardized, labels)
    np.testing.assert_allclose(floored.probabilities(features), expected.predict_proba(standardized), atol=1e-6)


@pytest.mark.parametrize("unit", [1e-6, 255.0])
def test_the_unit_of_the_features_does_not_matter(unit):
    features, labels = labelled_features()
    others = features[::-1] + 0.3
    expected = LogisticReadout(features, labels).probabilities(others)
    actual = LogisticReadout(unit * features, labels).probabilities(unit * others)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


@pytest.mark.parametrize("n_features", [4, 40])
@pytest.mark.parametrize("sd_floor", [0, 0.06])
def test_constant_features_predict_the_class_frequencies(n_features, sd_floor):
    readout = LogisticReadout(np.full((6, n_features), 2.0), list("aabbbb"), sd_floor)
    np.testing.assert_allclose(readout.probabilities(np.full((1, n_features), 2.0)), [[1 / 3, 2 / 3]], atol=1e-3)


def test_readout_needs_labels():
    with pytest.raises(InvalidParameterError):
        LogisticReadout(np.zeros((3, 2)), ["a"] * 3)
    with pytest.raises(InvalidParameterError, match="sd_floor"):
        LogisticReadout(np.zeros((2, 2)), ["a", "b"], sd_floor=-1)
    with pytest.raises(DataError, match="image_label"):
        small_image_model().start_task("probabilities")


@pytest.mark.parametrize("exponent", [-40, -80, -110])
@pytest.mark.parametrize("n_features", [20, 400])
def test_the_scale_of_features_makes_no_other_readout(exponent, n_features):
    generator = np.random.default_rng(0)
    features = generator.standard_normal((60, n_features)).astype(np.float32)
    labels = [f"class{number}" for number in generator.integers(0, 3, 60)]
    scale = np.float32(2.0**exponent)
    expected = LogisticReadout(features, labels).probabilities(features)
    np.testing.assert_allclose(
        LogisticReadout(features * scale, labels).probabilities(features * scale), expected, rtol=1e-4
    )
