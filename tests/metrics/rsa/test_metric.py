"""RSA against scipy, Brain-Score and brute force; null data; known ceilings."""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.benchmarks.layer_choice import selection_folds
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.rsa.bootstrap import bootstrapped_comparison
from brainscore_mouse.metrics.rsa.ceiling import leave_one_mouse_out, nili_upper_bound
from brainscore_mouse.metrics.rsa.comparison import compare_pairs
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_from_gram, rdm_of_patterns
from brainscore_mouse.uncertainty.resampling import bootstrap_counts
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau, pearsonr, spearmanr
from synthetic_recordings import assembly_of, simulated_trials


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_rdm_equals_scipy(offset):
    patterns = np.random.default_rng(0).normal(size=(20, 50)) + offset
    expected = squareform(pdist(patterns, "correlation"))
    np.testing.assert_allclose(rdm_of_patterns(patterns), expected, atol=1e-10)
    from_gram = rdm_from_gram(FeatureGram.of_features(patterns).row_centred)
    np.testing.assert_allclose(from_gram, expected, atol=1e-10)


def test_rdm_of_constant_pattern_is_undefined():
    patterns = np.random.default_rng(0).normal(size=(4, 5))
    patterns[2] = 3.0
    rdm = rdm_of_patterns(patterns)
    assert np.isnan(rdm[2]).all() and np.isnan(rdm[:, 2]).all()
    assert not np.isnan(np.delete(np.delete(rdm, 2, 0), 2, 1)).any()


@pytest.mark.parametrize(
    ("correlation", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr), ("kendall", kendalltau)]
)
def test_comparison_equals_scipy_with_ties(correlation, oracle):
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=(3, 100)), generator.integers(0, 10, size=100).astype(float)
    expected = [oracle(row, b).statistic for row in a]
    np.testing.assert_allclose(compare_pairs(a, b, correlation), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("correlation", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr), ("kendall", kendalltau)]
)
def test_bootstrap_equals_resampling_by_hand(correlation, oracle):
    generator = np.random.default_rng(2)
    model, neural = (rdm_of_patterns(generator.normal(size=(15, 30))) for _ in range(2))
    neural = np.round(neural, 1)  # with ties
    counts = bootstrap_counts(15, 7, generator)
    assert (counts.sum(axis=1) == 15).all()
    (draws,) = bootstrapped_comparison(pairs_of_rdm(model)[None], pairs_of_rdm(neural), counts, correlation)
    for draw, count in zip(draws, counts, strict=True):
        chosen = np.repeat(np.arange(15), count)
        first, second = np.triu_indices(15, k=1)
        different = chosen[first] != chosen[second]
        a = model[np.ix_(chosen, chosen)][first, second][different]
        b = neural[np.ix_(chosen, chosen)][first, second][different]
        assert draw == pytest.approx(oracle(a, b).statistic, abs=1e-12)


@pytest.mark.parametrize(("correlation", "method"), [("spearman", "spearman"), ("pearson", "corr")])
def test_bootstrap_equals_rsatoolbox_on_the_same_draws(correlation, method):
    rsatoolbox = pytest.importorskip("rsatoolbox", reason="rsatoolbox is not installed (performance/README.md)")
    generator = np.random.default_rng(0)
    pairs = np.stack([pairs_of_rdm(rdm_of_patterns(generator.normal(size=(20, 30)))) for _ in range(3)])
    models = [
        rsatoolbox.model.ModelFixed(f"{number}", rsatoolbox.rdm.RDMs(row[None])) for number, row in enumerate(pairs)
    ]
    np.random.seed(0)
    draws = [np.random.randint(0, 20, size=20) for _ in range(30)]
    np.random.seed(0)
    result = rsatoolbox.inference.eval_bootstrap_pattern(
        models[:2], rsatoolbox.rdm.RDMs(pairs[2:]), method=method, N=30, boot_noise_ceil=False
    )
    counts = np.stack([np.bincount(draw, minlength=20) for draw in draws])
    ours = bootstrapped_comparison(pairs[:2], pairs[2], counts, correlation)
    np.testing.assert_allclose(ours.T, result.evaluations.reshape(30, 2), atol=1e-12)


@pytest.mark.parametrize("n_levels", [2, 7, 10_000])
def test_bootstrapped_spearman_with_ties_equals_scipy_on_the_repeated_pairs(n_levels):
    """More pairs than rows of one triangular product, and not a multiple of them."""
    generator = np.random.default_rng(n_levels)
    models = generator.integers(n_levels, size=(3, 15 * 14 // 2)).astype(float)
    data = generator.integers(n_levels, size=105).astype(float)
    counts = bootstrap_counts(15, 8, generator)
    first, second = np.triu_indices(15, k=1)
    repeats = counts[:, first] * counts[:, second]
    expected = [[spearmanr(np.repeat(model, n), np.repeat(data, n)).statistic for n in repeats] for model in models]
    np.testing.assert_allclose(bootstrapped_comparison(models, data, counts, "spearman"), expected, atol=1e-12)


def test_a_model_with_an_undefined_entry_has_no_draws_and_leaves_the_others_alone():
    generator = np.random.default_rng(5)
    models, data = generator.normal(size=(2, 105)), generator.normal(size=105)
    counts = bootstrap_counts(15, 4, generator)
    alone = bootstrapped_comparison(models[1:], data, counts, "spearman")
    models[0, 3] = np.nan
    draws = bootstrapped_comparison(models, data, counts, "spearman")
    assert np.isnan(draws[0]).all()
    np.testing.assert_array_equal(draws[1:], alone)


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


@pytest.mark.parametrize("correlation", ["spearman", "pearson", "kendall"])
def test_a_draw_without_two_different_pairs_is_undefined(correlation):
    generator = np.random.default_rng(0)
    counts = np.array([[4, 0, 0, 0], [2, 2, 0, 0], [1, 1, 1, 1]])
    (draws,) = bootstrapped_comparison(generator.normal(size=(1, 6)), generator.normal(size=6), counts, correlation)
    assert np.isnan(draws[:2]).all() and not np.isnan(draws[2])


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
    with pytest.raises(InvalidArraysError, match="not of the same stimuli"):
        load_metric("rsa")(assembly_of(values), assembly_of(values, list("abcde")))
    with pytest.raises(InvalidParameterError, match="cosine"):
        load_metric("rsa", correlation="cosine")


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_ceiling(seed):
    trials = np.random.default_rng(seed).normal(size=(10, 40, 30))
    subjects = np.repeat(["a", "b"], 15)
    with pytest.raises(UnreliableDataError, match="too noisy"):
        load_metric("rsa").prepare(trials, subjects, selection_folds(40, subjects, seed=1))


def test_undefined_rdms_are_the_recordings_fault():
    """A mouse with a single neuroid, and stimuli that leave all neuroids silent."""
    trials, _ = simulated_trials(np.random.default_rng(0), n_stimuli=30, n_neuroids=21)
    subjects = np.array(["a"] * 20 + ["b"])
    with pytest.raises(UnreliableDataError, match="only one neuroid"):
        load_metric("rsa").prepare(trials, subjects, selection_folds(30, subjects, seed=0))
    trials[:, 3] = 0
    subjects = np.repeat(["a", "b", "c"], 7)
    with pytest.raises(UnreliableDataError, match="same response from all neuroids"):
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
