"""RSA against scipy, Brain-Score and brute force; null data; known ceilings."""

import pickle

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError, TooNoisyError, UnreliableDataError
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.rsa.compare_pairs import compare_pairs
from brainscore_mouse.metrics.rsa.leave_one_mouse_out import leave_one_mouse_out, nili_upper_bound
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from scipy.stats import kendalltau, pearsonr, spearmanr
from synthetic_recordings import assembly_of, simulated_trials


@pytest.mark.parametrize(
    ("correlation", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr), ("kendall", kendalltau)]
)
def test_comparison_equals_scipy_with_ties(correlation, oracle):
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=(3, 100)), generator.integers(0, 10, size=100).astype(float)
    expected = [oracle(row, b).statistic for row in a]
    np.testing.assert_allclose(compare_pairs(a, b, correlation), expected, atol=1e-12)


def test_metric_equals_brain_score():
    """Brain-Score's own `rdm` metric on the same assemblies, in another order of stimuli."""
    from brainscore_vision.metrics.rdm.metric import RDMMetric

    generator = np.random.default_rng(3)
    source, target = generator.normal(size=(40, 300)), generator.normal(size=(40, 60))
    shuffled = generator.permutation(40)
    ids = [f"s{number:03d}" for number in range(40)]
    target_assembly = assembly_of(target[shuffled], [ids[number] for number in shuffled])
    score = load_metric("rsa")(assembly_of(source), target_assembly)
    expected = RDMMetric()(assembly_of(source), target_assembly)
    assert float(score) == pytest.approx(float(expected), abs=1e-10)
    assert 0.01 < score.attrs["error"] < 0.2


def test_metric_keeps_negative_scores():
    generator = np.random.default_rng(4)
    scores = [
        float(load_metric("rsa", n_bootstraps=2)(*(assembly_of(generator.normal(size=(30, 20))) for _ in "ab")))
        for _ in range(20)
    ]
    assert min(scores) < 0 < max(scores)
    assert abs(np.mean(scores)) < 3 * np.std(scores) / np.sqrt(20)


def test_metric_refuses_other_stimuli_and_options():
    values = np.random.default_rng(0).normal(size=(5, 4))
    with pytest.raises(InvalidArraysError):
        load_metric("rsa")(assembly_of(values), assembly_of(values, list("abcde")))
    with pytest.raises(InvalidParameterError, match="cosine"):
        load_metric("rsa", correlation="cosine")


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_ceiling(seed):
    trials = np.random.default_rng(seed).normal(size=(10, 40, 30))
    subjects = np.repeat(["a", "b"], 15)
    with pytest.raises(UnreliableDataError):
        load_metric("rsa").prepare(trials, subjects, selection_folds(40, subjects, seed=1))


def test_undefined_rdms_are_the_recordings_fault():
    """A mouse with a single neuroid, and stimuli that leave all neuroids silent."""
    trials, _ = simulated_trials(np.random.default_rng(0), n_stimuli=30, n_neuroids=21)
    subjects = np.array(["a"] * 20 + ["b"])
    with pytest.raises(UnreliableDataError, match=r"21 neuroids.*2 mice"):
        load_metric("rsa").prepare(trials, subjects, selection_folds(30, subjects, seed=0))
    trials[:, 3] = 0
    subjects = np.repeat(["a", "b", "c"], 7)
    with pytest.raises(UnreliableDataError, match=r"21 neuroids.*3 mice"):
        load_metric("rsa").prepare(trials, subjects, selection_folds(30, subjects, seed=0))


def test_bounds_between_mice_without_shared_signal():
    """Brain-Score trap: the upper bound is far from zero although the mice share nothing."""
    generator = np.random.default_rng(8)
    upper, lower = [], []
    for _ in range(20):
        mice = np.stack([pairs_of_rdm(rdm_of_patterns(generator.normal(size=(40, 20)))) for _ in range(5)])
        upper.append(nili_upper_bound(mice, "spearman"))
        lower.append(leave_one_mouse_out(mice, "spearman"))
    assert np.mean(upper) == pytest.approx(0.43, abs=0.04)
    assert np.mean(lower) == pytest.approx(0, abs=0.02)
    assert np.isnan(leave_one_mouse_out(mice[:1], "spearman"))


def test_the_refusal_of_noise_names_a_metric_that_needs_less():
    generator, subjects = np.random.default_rng(3), np.repeat(["a", "b"], 30)
    trials, _ = simulated_trials(generator, n_repetitions=6, n_stimuli=40, n_neuroids=60, noise=2.5)
    folds = selection_folds(40, subjects, seed=1)
    with pytest.raises(TooNoisyError, match="ridge") as refusal:
        load_metric("rsa").prepare(trials, subjects, folds)
    assert load_metric(refusal.value.other_metric).prepare(trials, subjects, folds).ceiling > 0
    assert str(pickle.loads(pickle.dumps(refusal.value))) == str(refusal.value)  # noqa: S301, as from a worker
