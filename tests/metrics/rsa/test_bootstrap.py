"""The bootstrap of RSA against scipy and rsatoolbox."""

import numpy as np
import pytest
from brainscore_mouse.metrics.rsa.bootstrap import bootstrapped_comparison
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from brainscore_mouse.uncertainty.resampling import bootstrap_counts
from scipy.stats import kendalltau, pearsonr, spearmanr


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


@pytest.mark.parametrize("correlation", ["spearman", "pearson", "kendall"])
def test_a_draw_without_two_different_pairs_is_undefined(correlation):
    generator = np.random.default_rng(0)
    counts = np.array([[4, 0, 0, 0], [2, 2, 0, 0], [1, 1, 1, 1]])
    (draws,) = bootstrapped_comparison(generator.normal(size=(1, 6)), generator.normal(size=6), counts, correlation)
    assert np.isnan(draws[:2]).all() and not np.isnan(draws[2])


@pytest.mark.parametrize("correlation", ["spearman", "pearson", "kendall"])
def test_one_rdm_per_draw_equals_one_draw_after_the_other(correlation):
    generator = np.random.default_rng(3)
    models = np.stack([pairs_of_rdm(rdm_of_patterns(generator.normal(size=(9, 20)))) for _ in range(2)])
    data = np.stack([pairs_of_rdm(rdm_of_patterns(generator.normal(size=(9, 20)))) for _ in range(7)]).round(1)
    data[6, 0] = np.nan
    counts = bootstrap_counts(9, 7, generator)
    found = bootstrapped_comparison(models, data, counts, correlation)
    for number in range(6):
        expected = bootstrapped_comparison(models, data[number], counts[[number]], correlation)
        np.testing.assert_allclose(found[:, [number]], expected, atol=1e-12)
    assert np.isnan(found[:, 6]).all()
