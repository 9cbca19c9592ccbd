"""Distributions of a property of tuning: their similarity, its ceiling, and how units are measured."""

import numpy as np
import pytest
from brainscore_mouse import list_metrics, load_metric
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError
from brainscore_mouse.data_packaging.allen.gratings.conditions import CONDITIONS
from brainscore_mouse.metrics.tuning_distribution.ks_similarity import ks_similarity, sampled_ks_similarity
from brainscore_mouse.metrics.tuning_distribution.metric import TuningDistribution
from brainscore_mouse.metrics.tuning_distribution.properties import PROPERTIES, properties_of_responses
from brainscore_vision.metrics.distribution_similarity import metric as of_brain_score
from scipy.stats import ks_2samp

FREQUENCIES = np.array([0.02, 0.04, 0.08, 0.16, 0.32])


def test_the_similarity_of_two_distributions_is_that_of_brain_score_and_by_the_ks_of_scipy():
    generator = np.random.default_rng(0)
    for _ in range(20):
        units, neuroids = generator.choice(FREQUENCIES, 50), generator.choice(FREQUENCIES[1:], 70)
        of_property = PROPERTIES["preferred-spatial-frequency"]
        shares, reference = of_property.shares(units), of_property.shares(neuroids)
        found = float(ks_similarity(shares, reference))
        assert found == pytest.approx(of_brain_score.ks_similarity(shares, reference))
        extremes = [np.full(70, FREQUENCIES[0]), np.full(70, FREQUENCIES[-1])]
        largest = max(ks_2samp(extreme, neuroids).statistic for extreme in extremes)
        assert found == pytest.approx(1 - ks_2samp(units, neuroids).statistic / largest)


def test_equal_distributions_are_similar_by_one_and_the_most_different_by_zero():
    reference = np.array([0.5, 0.3, 0.2])
    assert ks_similarity(reference, reference) == 1
    assert ks_similarity(np.array([0.0, 0.0, 1.0]), reference) == pytest.approx(0)


def test_samples_are_those_of_brain_score_on_average():
    generator = np.random.default_rng(1)
    units, neuroids = generator.beta(2, 2, 300), generator.beta(2, 3, 80)
    of_property = PROPERTIES["orientation-selectivity"]
    shares, reference = of_property.shares(units), of_property.shares(neuroids)
    edges = np.array(of_property.edges)
    expected = []
    for _ in range(1000):
        counts, _ = np.histogram(generator.choice(units, len(neuroids)), bins=edges)
        expected.append(of_brain_score.ks_similarity(counts / counts.sum(), reference))
    found = sampled_ks_similarity(shares, reference, len(neuroids), 1000, np.random.default_rng(0))
    assert float(found) == pytest.approx(np.mean(expected), abs=4 * np.std(expected) * np.sqrt(2 / 1000))


def test_the_metric_reaches_its_ceiling_with_the_neuroids_themselves_and_is_lower_with_others():
    metric = load_metric("orientation-selectivity")
    neuroids = np.random.default_rng(2).beta(2, 3, 400)
    same, other = metric(neuroids, neuroids), metric(1 - neuroids, neuroids)
    assert float(same) == pytest.approx(same.attrs["ceiling"], abs=0.01) and same.attrs["without_sampling"] == 1
    assert float(other) < float(same) - 0.2


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_the_metrics_are_registered_and_named_by_their_property(name):
    assert name in list_metrics()
    assert load_metric(name).identifier == load_metric(name).settings["metric"] == name


def test_what_cannot_be_compared_is_refused():
    metric = TuningDistribution("preferred-orientation")
    for wrong in ([], [np.nan, 30.0], [[30.0, 60.0]]):
        with pytest.raises(InvalidArraysError):
            metric(wrong, [30.0, 60.0])
        with pytest.raises(InvalidArraysError):
            metric([30.0, 60.0], wrong)
    with pytest.raises(InvalidParameterError, match="no-property"):
        TuningDistribution("no-property")
    with pytest.raises(InvalidParameterError, match="n_samples"):
        TuningDistribution("preferred-orientation", n_samples=0)


def responses_of(preferred, orthogonal, orientation=60.0, frequency=0.08, phase=0.25):
    """Return the responses of a unit to its preferred grating, to the orthogonal one, and 0.1 to all others."""
    responses = np.full(len(CONDITIONS), 0.1)
    responses[CONDITIONS.index((orientation, frequency, phase))] = preferred
    responses[CONDITIONS.index(((orientation + 90) % 180, frequency, phase))] = orthogonal
    return responses


def test_units_are_measured_at_their_preferred_grating():
    units = [responses_of(3.0, 1.0), responses_of(2.0, 0.0, 150.0, 0.32, 0.75), responses_of(1.0, -3.0, 0.0, 0.02, 0.0)]
    found = properties_of_responses(np.stack(units, axis=1), "of a grating")
    np.testing.assert_allclose(found["orientation-selectivity"], [0.5, 1.0, -2.0])
    np.testing.assert_allclose(found["preferred-orientation"], [60, 150, 0])
    np.testing.assert_allclose(found["preferred-spatial-frequency"], [0.08, 0.32, 0.02])


def global_selectivity(curve):
    """One minus the circular variance of a tuning curve, as the AllenSDK writes it."""
    above = [max(response, 0.0) for response in curve]
    real = sum(response * np.cos(2 * np.pi * k / 6) for k, response in enumerate(above))
    imaginary = sum(response * np.sin(2 * np.pi * k / 6) for k, response in enumerate(above))
    return np.hypot(real, imaginary) / sum(above)


def test_global_selectivity_is_that_of_the_tuning_curve_at_the_preferred_frequency_and_phase():
    """Both definitions of a preference, against loops over the conditions."""
    responses = np.random.default_rng(5).normal(0.2, 1.0, (len(CONDITIONS), 30))
    single, means = (properties_of_responses(responses, name) for name in ("of a grating", "of means"))
    for unit, of_unit in enumerate(responses.T):
        response_to = dict(zip(CONDITIONS, of_unit, strict=True))
        orientation, frequency, phase = max(response_to, key=response_to.get)
        curve = [response_to[angle, frequency, phase] for angle in np.arange(0.0, 180, 30)]
        assert single["global-orientation-selectivity"][unit] == pytest.approx(global_selectivity(curve))
        assert single["preferred-orientation"][unit] == orientation
        best = []
        for axis in range(3):
            values = sorted({condition[axis] for condition in CONDITIONS})
            best.append(max(values, key=lambda v, a=axis: np.mean([r for c, r in response_to.items() if c[a] == v])))
        curve = [response_to[angle, best[1], best[2]] for angle in np.arange(0.0, 180, 30)]
        assert means["global-orientation-selectivity"][unit] == pytest.approx(global_selectivity(curve), nan_ok=True)
        assert means["preferred-orientation"][unit] == best[0]
        assert means["preferred-spatial-frequency"][unit] == best[1]
    assert (single["preferred-orientation"] != means["preferred-orientation"]).any()


def test_units_that_do_not_respond_to_gratings_are_left_out():
    silent, constant = np.zeros(len(CONDITIONS)), np.ones(len(CONDITIONS))
    suppressed = responses_of(-0.1, -3.0) - 0.3
    responses = np.stack([silent, constant, suppressed, responses_of(3.0, 1.0)], axis=1)
    found = properties_of_responses(responses, "of a grating")
    np.testing.assert_allclose(found["orientation-selectivity"], [0.5])
    assert len(properties_of_responses(responses, "of means")["preferred-orientation"]) == 1


def test_values_beyond_the_bins_count_in_the_outermost():
    shares = PROPERTIES["orientation-selectivity"].shares(np.array([-2.0, 0.01, 1.0, 7.0]))
    assert shares[0] == shares[-1] == 0.5 and shares.sum() == 1


def test_shares_are_those_of_a_histogram():
    of_property = PROPERTIES["orientation-selectivity"]
    values = np.concatenate([np.random.default_rng(3).uniform(0, 1, 500), of_property.edges])
    counts, _ = np.histogram(values, bins=of_property.edges)
    np.testing.assert_allclose(of_property.shares(values), counts / len(values))


@pytest.mark.parametrize(
    ("name", "values"),
    [("preferred-orientation", np.arange(0.0, 180, 30)), ("preferred-spatial-frequency", FREQUENCIES)],
)
def test_each_grating_has_a_bin_of_its_own(name, values):
    np.testing.assert_allclose(PROPERTIES[name].shares(values), np.full(len(values), 1 / len(values)))
