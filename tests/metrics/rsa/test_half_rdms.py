"""Half RDMs against the truth of simulated recordings; the score of the generator and of nothing."""

import dataclasses

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError
from brainscore_mouse.data_packaging.simulate_recordings import RecordingDesign, simulate_recordings
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.rsa.half_rdms import half_patterns, half_rdms, together
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns

DESIGN = RecordingDesign(
    n_mice=1, n_stimuli=60, n_neuroids=60, n_repetitions=10, reliability=0.92, rate_noise=1.0, shared_noise=0.3
)


def test_corrected_distances_are_unbiased_where_measured_ones_are_not():
    generator = np.random.default_rng(0)
    signal = 3 + generator.normal(size=(6, 40)) * np.linspace(0.5, 1.5, 6)[:, None]
    truth = pairs_of_rdm(rdm_of_patterns(signal))
    corrected, measured = [], []
    for _ in range(300):
        noise = 1.5 * generator.normal(size=(8, 6, 40)) + generator.normal(size=(8, 6, 1))
        corrected.append(half_rdms(half_patterns(signal + noise, 1, generator))[0].mean(axis=0))
        measured.append(pairs_of_rdm(rdm_of_patterns((signal + noise)[:4].mean(axis=0))))
    assert np.abs(np.mean(measured, axis=0) - truth).max() > 0.15
    assert np.abs(np.mean(corrected, axis=0) - truth).max() < 0.05


def test_pooled_mice_equal_their_neuroids_in_one_array_where_noise_is_independent():
    generator = np.random.default_rng(1)
    trials = generator.normal(size=(6, 5, 7)) + 5 * generator.normal(size=(5, 7))
    parts = [half_patterns(trials[:, :, part], 2, np.random.default_rng(2)) for part in (slice(0, 3), slice(3, 7))]
    whole = half_patterns(trials, 2, np.random.default_rng(2))
    pooled = together(parts)
    for name in ("grams", "crossed", "sums", "noise"):
        np.testing.assert_allclose(getattr(pooled, name), getattr(whole, name), atol=1e-9)
    assert pooled.n_neuroids == 7


@pytest.mark.parametrize("n_repetitions", [3, 5, 10])
def test_the_generator_scores_one(n_repetitions):
    scores = []
    for seed in range(3):
        design = dataclasses.replace(DESIGN, n_repetitions=n_repetitions, reliability=0.96)
        recordings = simulate_recordings(design, np.random.default_rng(seed))
        folds = selection_folds(60, recordings.subjects, seed=seed)
        target = load_metric("rsa").prepare(recordings.trials, recordings.subjects, folds)
        scores.append(target.evaluate([FeatureGram.of_features(recordings.noise_free)]).ceiled.mean())
    assert np.mean(scores) == pytest.approx(1, abs=0.02)


def test_a_single_trial_and_kendall_are_refused():
    with pytest.raises(InvalidArraysError, match="at least 2"):
        half_patterns(np.ones((1, 4, 3)), 1, np.random.default_rng(0))
    recordings = simulate_recordings(DESIGN, np.random.default_rng(0))
    with pytest.raises(InvalidParameterError, match="kendall"):
        load_metric("rsa", correlation="kendall").prepare(
            recordings.trials, recordings.subjects, selection_folds(60, recordings.subjects, seed=0)
        )
