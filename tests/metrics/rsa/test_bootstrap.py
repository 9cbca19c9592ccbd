"""The bootstrap of RSA against scipy."""

import numpy as np
import pytest
from brainscore_mouse.metrics.rsa.bootstrap import bootstrapped_comparison
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from brainscore_mouse.uncertainty.resampling import bootstrap_counts
from scipy.stats import kendalltau, pearsonr, spearmanr


@pytest.mark.parametrize(
    "levels",
    [lambda rdm: (rdm > 1).astype(float), lambda rdm: rdm.round(1), lambda rdm: rdm],
    ids=["two", "few", "all"],
)
@pytest.mark.parametrize(
    ("correlation", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr), ("kendall", kendalltau)]
)
def test_bootstrap_equals_scipy_on_resampled_rdms(correlation, oracle, levels):
    """105 pairs are more than the rows of one triangular product, and not a multiple of them."""
    generator = np.random.default_rng(2)
    *models, neural = (levels(rdm_of_patterns(generator.normal(size=(15, 30)))) for _ in range(4))
    counts = bootstrap_counts(15, 7, generator)
    assert (counts.sum(axis=1) == 15).all()
    pairs = np.stack([pairs_of_rdm(model) for model in models])
    found = bootstrapped_comparison(pairs, pairs_of_rdm(neural), counts, correlation)
    for model, draws in zip(models, found, strict=True):
        for draw, count in zip(draws, counts, strict=True):
            chosen = np.repeat(np.arange(15), count)
            first, second = np.triu_indices(15, k=1)
            different = chosen[first] != chosen[second]
            a = model[np.ix_(chosen, chosen)][first, second][different]
            b = neural[np.ix_(chosen, chosen)][first, second][different]
            assert draw == pytest.approx(oracle(a, b).statistic, abs=1e-12)


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
