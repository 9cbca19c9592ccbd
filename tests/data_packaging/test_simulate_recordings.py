import dataclasses

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.data_packaging.simulate_recordings import RecordingDesign, simulate_recordings, simulated_features

PLAIN = RecordingDesign(n_stimuli=400, n_mice=2, n_neuroids=30, n_repetitions=10, reliability_spread=0.0)


def simulated(seed=0, **changes):
    return simulate_recordings(dataclasses.replace(PLAIN, **changes), np.random.default_rng(seed))


def half_correlations(trials):
    first, second = trials[::2].mean(axis=0), trials[1::2].mean(axis=0)
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(first.T, second.T, strict=True)])


def test_shapes_and_the_same_numbers_for_the_same_seed():
    recordings = simulated()
    assert recordings.trials.shape == (10, 400, 60)
    assert recordings.noise_free.shape == (400, 60)
    assert recordings.subjects.tolist() == ["mouse-1"] * 30 + ["mouse-2"] * 30
    np.testing.assert_array_equal(recordings.trials, simulated().trials)
    assert not np.array_equal(recordings.trials, simulated(seed=1).trials)


def test_the_mean_over_many_repetitions_is_the_noise_free_response():
    recordings = simulated(
        n_repetitions=2000, n_stimuli=20, gain_sd=0.3, shared_noise=0.5, rate_noise=1.0, drift_sd=1.0
    )
    error = recordings.trials.mean(axis=0) - recordings.noise_free
    standard_error = recordings.trials.std(axis=0) / np.sqrt(2000)
    assert np.abs(error / standard_error).max() < 5


@pytest.mark.parametrize("reliability", [0.3, 0.8])
def test_reliability_is_what_was_asked_for(reliability):
    halves = half_correlations(simulated(reliability=reliability, n_stimuli=2000).trials)
    # Of one half: signal / (signal + 2 noise), where the mean of all has signal / (signal + noise).
    assert np.median(halves) == pytest.approx(reliability / (2 - reliability), abs=0.03)


def test_variances_of_latent_variables_fall_as_the_power_law():
    latents = simulated(n_stimuli=20000, n_neuroids=1, n_repetitions=2, spectrum=1.5, n_dimensions=8).latents
    slope = np.polyfit(np.log(np.arange(1, 9)), np.log(latents.var(axis=0)), 1)[0]
    assert slope == pytest.approx(-1.5, abs=0.03)


def test_sparse_responses_have_a_long_tail_and_the_same_modulation():
    plain, sparse = (simulated(sparseness=value, n_stimuli=4000, n_repetitions=2).noise_free for value in (0.0, 0.8))
    for responses in (plain, sparse):
        assert np.median(responses.std(axis=0) / responses.mean(axis=0)) == pytest.approx(0.4, abs=0.05)
    skewness = [(((x - x.mean(0)) / x.std(0)) ** 3).mean(0) for x in (plain, sparse)]
    assert np.abs(np.median(skewness[0])) < 0.2
    assert np.median(skewness[1]) > 1


def test_shared_noise_correlates_the_neuroids_of_a_mouse_and_only_those():
    recordings = simulated(shared_noise=0.4, n_repetitions=50, n_stimuli=100)
    noise = (recordings.trials - recordings.noise_free).reshape(-1, 60)
    correlations = np.corrcoef(noise.T)
    same_mouse = np.equal.outer(recordings.subjects, recordings.subjects) & ~np.eye(60, dtype=bool)
    assert correlations[same_mouse].mean() == pytest.approx(0.4, abs=0.02)
    assert np.abs(correlations[~same_mouse & ~np.eye(60, dtype=bool)].mean()) < 0.02


def test_noise_grows_with_the_response_if_asked_for():
    recordings = simulated(rate_noise=1.0, modulation=0.4, sparseness=0.8, n_repetitions=500, n_stimuli=60)
    variance = recordings.trials.var(axis=0, ddof=1)
    expected = recordings.noise_free / recordings.noise_free.mean(axis=0)
    slopes = [np.polyfit(e, v / v.mean(), 1)[0] for e, v in zip(expected.T, variance.T, strict=True)]
    assert np.median(slopes) == pytest.approx(1, abs=0.1)


def explained(features, responses):
    """Share of the responses' variance that a linear readout explains on stimuli it was not fitted to."""
    half = len(features) // 2
    design = np.column_stack([features, np.ones(len(features))])
    weights = np.linalg.lstsq(design[:half], responses[:half], rcond=None)[0]
    residual = responses[half:] - design[half:] @ weights
    return 1 - (residual**2).sum() / ((responses[half:] - responses[:half].mean(axis=0)) ** 2).sum()


def test_models_explain_the_share_of_the_signal_that_their_similarity_says():
    recordings = simulated(n_stimuli=4000, n_repetitions=2, n_dimensions=10)
    features = {
        similarity: simulated_features(recordings, similarity, 10, np.random.default_rng(3))
        for similarity in (0.0, 0.5, 1.0)
    }
    assert explained(features[1.0], recordings.noise_free) == pytest.approx(1)
    assert explained(features[0.0], recordings.noise_free) < 0.01
    assert 0.2 < explained(features[0.5], recordings.noise_free) < 0.8


@pytest.mark.parametrize(
    "change",
    [{"n_stimuli": 1}, {"n_repetitions": 0}, {"reliability": 1.0}, {"shared_noise": 1.5}, {"modulation": 0.0}],
)
def test_impossible_designs_are_refused_by_name(change):
    with pytest.raises(InvalidParameterError, match=next(iter(change))):
        dataclasses.replace(PLAIN, **change)
