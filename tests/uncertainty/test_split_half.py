"""Split halves and reliability against brute force and analytic values."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidArraysError
from brainscore_mouse.uncertainty import split_half
from brainscore_mouse.uncertainty.split_half import (
    half_means,
    neuroid_reliability,
    random_halves,
    spearman_brown,
    split_half_reliability,
)


def test_halves_are_disjoint_and_equal_in_size():
    """Trials are powers of two, so that each half mean tells which trials are in it."""
    n_repetitions, n_stimuli = 7, 3
    trials = np.tile(2.0 ** np.arange(n_repetitions)[:, None, None], (1, n_stimuli, 2))
    trials[5:, :, 1] = np.nan  # a neuroid of a shorter session
    first, second = half_means(trials, 20, np.random.default_rng(0))
    for neuroid, (half_size, available) in enumerate([(3, 7), (2, 5)]):
        for a, b in zip(first[..., neuroid].ravel(), second[..., neuroid].ravel(), strict=True):
            in_a, in_b = (np.unpackbits(np.uint8(round(mean * half_size))) for mean in (a, b))
            assert in_a.sum() == in_b.sum() == half_size
            assert not (in_a & in_b).any()
            assert not in_a[: 8 - available].any()
    assert len(np.unique(first[:, 0, 0])) > 5  # the splits differ


def test_neuroids_of_a_mouse_are_split_alike():
    trials = np.repeat(np.random.default_rng(0).normal(size=(10, 4, 1)), 3, axis=2)
    first, _ = half_means(trials, 5, np.random.default_rng(1))
    np.testing.assert_array_equal(first[..., 0], first[..., 2])


def test_reliability_equals_the_variance_ratio():
    generator = np.random.default_rng(1)
    signal = generator.normal(size=(400, 30))
    noise_sd = np.linspace(0.5, 5, 30)
    trials = signal + noise_sd * generator.normal(size=(20, 400, 30))
    halves = half_means(trials, 30, np.random.default_rng(2))
    np.testing.assert_allclose(neuroid_reliability(*halves), 1 / (1 + noise_sd**2 / 20), atol=0.1)


def test_reliability_in_blocks_equals_that_of_the_half_means(monkeypatch):
    """Three mice, one with fewer repetitions, and a neuroid that never responds."""
    trials = np.random.default_rng(3).normal(size=(9, 12, 40)).astype(np.float32) + np.arange(40)
    trials[7:, :, 20:30] = np.nan
    trials[:, 3:5, 30:] = trials[0, 0, 0]
    trials[:, :, 5] = 0
    halves = half_means(trials, 6, np.random.default_rng(0))
    expected = neuroid_reliability(*halves, n_times=9 / 4)
    expected[20:30] = neuroid_reliability(*halves, n_times=7 / 3)[20:30]
    np.testing.assert_allclose(split_half_reliability(trials, 6, np.random.default_rng(0)), expected, atol=1e-12)
    monkeypatch.setattr(split_half, "_HALF_MEANS_PER_BLOCK", 12 * 12 * 7)  # seven neuroids
    monkeypatch.setattr(split_half, "_NEUROIDS_PER_BLOCK", 13)
    in_blocks = split_half_reliability(trials, 6, np.random.default_rng(0))
    np.testing.assert_allclose(in_blocks, expected, atol=1e-6)
    assert np.isnan(in_blocks[5]) and not np.isnan(np.delete(in_blocks, 5)).any()


def test_one_trial_has_no_reliability():
    trials = np.ones((3, 4, 2))
    trials[1:, 2, 1] = np.nan
    with pytest.raises(InvalidArraysError, match=r"\b2\b"):
        half_means(trials, 2, np.random.default_rng(0))


def test_spearman_brown():
    assert spearman_brown(0.5) == pytest.approx(2 / 3)
    # Signal and noise of the same size: a mean over n trials has reliability n / (n + 1).
    assert spearman_brown(2 / 3, n_times=5 / 2) == pytest.approx(5 / 6)


@pytest.mark.parametrize("n_repetitions", [3, 5, 10])
def test_reliability_is_that_of_all_trials_also_of_odd_numbers(n_repetitions):
    generator = np.random.default_rng(1)
    signal = generator.normal(size=(3000, 10))
    trials = signal + generator.normal(size=(n_repetitions, 3000, 10))
    found = split_half_reliability(trials, 20, generator)
    np.testing.assert_allclose(found.mean(), n_repetitions / (n_repetitions + 1), atol=0.01)


def test_random_halves_use_all_trials_and_split_blocks_of_presentations_alike():
    present = np.ones((7, 5), dtype=bool)
    present[[1, 4], 2] = False
    halves = random_halves(present, 4, np.random.default_rng(0))
    assert halves.shape == (4, 2, 7, 5)
    np.testing.assert_array_equal(halves.sum(axis=1), np.broadcast_to(present, (4, 7, 5)))
    np.testing.assert_array_equal(halves.sum(axis=2)[:, :, 0], [[3, 4]] * 4)
    np.testing.assert_array_equal(halves.sum(axis=2)[:, :, 2], [[2, 3]] * 4)
    for stimulus in (1, 3, 4):
        np.testing.assert_array_equal(halves[..., stimulus], halves[..., 0])
