"""Ceilings of simulated trials, whose truth is known, and those of the benchmarks."""

import numpy as np
import pytest
from brainscore_mouse import functional, load_metric
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.layerwise import Fold, Part


def trials_of(signal, noise_sd, n_repetitions, seed=0):
    noise = np.random.default_rng(seed).normal(size=(n_repetitions, *signal.shape))
    return signal + noise_sd * noise


@pytest.mark.parametrize("noise_sd", [1.0, 3.0])
def test_reliability_and_ceiling_are_the_known_ones(noise_sd):
    signal = np.random.default_rng(1).normal(size=(400, 40))
    trials = trials_of(signal, noise_sd, n_repetitions=10)
    known = signal.var(axis=0) / (signal.var(axis=0) + noise_sd**2 / 10)
    assert functional.split_half_reliability(trials).mean() == pytest.approx(known.mean(), abs=0.02)
    perfect = [np.corrcoef(*pair)[0, 1] for pair in zip(signal.T, trials.mean(axis=0).T, strict=True)]
    assert functional.neuroid_ceilings(trials).mean() == pytest.approx(np.mean(perfect), abs=0.02)


def test_neuroids_without_signal_have_no_ceiling():
    noise = np.random.default_rng(2).normal(size=(4, 100, 200))
    reliability, ceilings = functional.split_half_reliability(noise), functional.neuroid_ceilings(noise)
    assert abs(reliability.mean()) < 0.05
    np.testing.assert_array_equal(np.isnan(ceilings), reliability <= 0)


def test_missing_trials_are_nan():
    trials = trials_of(np.random.default_rng(3).normal(size=(50, 6)), 1.0, n_repetitions=8)
    shorter = trials.copy()
    shorter[4:, :, 3:] = np.nan  # another mouse, with half of the repetitions
    found = functional.split_half_reliability(shorter)
    known = np.array([1 / (1 + 1 / 8)] * 3 + [1 / (1 + 1 / 4)] * 3)
    np.testing.assert_allclose(found, known, atol=0.12)


def few_dimensions(n_stimuli, n_neuroids, seed):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n_stimuli, 4)) @ generator.normal(size=(4, n_neuroids))


@pytest.mark.parametrize("correlation", ["spearman", "pearson"])
def test_the_noise_free_responses_reach_the_rdm_ceiling(correlation):
    signal = few_dimensions(60, 80, seed=4)
    trials = trials_of(signal, 2.0, n_repetitions=20)
    reached = functional.rsa(signal, trials.mean(axis=0), correlation=correlation)
    assert functional.rdm_ceiling(trials, correlation=correlation) == pytest.approx(reached, abs=0.05)
    assert functional.ceiled_rsa(signal, trials, correlation=correlation) == pytest.approx(1, abs=0.05)
    unrelated = np.random.default_rng(8).normal(size=(6, 60, 30))
    scores = [functional.ceiled_rsa(features, trials, correlation=correlation) for features in unrelated]
    assert abs(np.mean(scores)) < 3 * np.std(scores, ddof=1) / np.sqrt(6)


def test_rdm_ceiling_is_that_of_the_metric():
    trials = trials_of(few_dimensions(30, 20, seed=5), 1.0, n_repetitions=6)
    subjects = np.repeat(["a", "b"], 10)
    stimuli = np.arange(30)
    part = Part(stimuli, stimuli, np.arange(20), groups=stimuli)
    expected = load_metric("rsa", seed=7).prepare(trials, subjects, [Fold(part, part)]).ceiling
    assert functional.rdm_ceiling(trials, subjects=subjects, seed=7) == expected


def test_trials_that_give_no_ceiling_are_refused():
    trials = trials_of(np.random.default_rng(6).normal(size=(30, 20)), 1.0, n_repetitions=6)
    infinite, single = trials.copy(), trials.copy()
    infinite[0, 0, 0] = np.inf
    single[1:, 4, 2] = np.nan
    for ceiling in (functional.split_half_reliability, functional.neuroid_ceilings, functional.rdm_ceiling):
        for wrong in (trials[0], trials[:1], trials.astype(str), infinite, single):
            with pytest.raises(InvalidArraysError):
                ceiling(wrong)
    with pytest.raises(InvalidArraysError) as refusal:
        functional.rdm_ceiling(trials, subjects=["a"] * 19)
    assert "19" in str(refusal.value) and "20" in str(refusal.value)
    reliable = trials_of(few_dimensions(30, 20, seed=5), 1.0, n_repetitions=6)
    with pytest.raises(UnreliableDataError):
        functional.ceiled_rsa(np.ones((30, 5)), reliable)
    with pytest.raises(InvalidArraysError):
        functional.ceiled_rsa(np.random.default_rng(9).normal(size=(29, 5)), reliable)
    with pytest.raises(UnreliableDataError):  # nothing but noise
        functional.rdm_ceiling(np.random.default_rng(7).normal(size=(4, 30, 20)))
    with pytest.raises(InvalidParameterError):
        functional.split_half_reliability(trials, n_splits=0)
