"""Rank correlations of many columns against scipy's, draw by draw."""

import numpy as np
import pytest
from brainscore_mouse.uncertainty.rank_correlation import rank_correlation, rank_correlations
from scipy.stats import spearmanr


@pytest.mark.parametrize("digits", [1, 6])  # with ties, and without
def test_value_and_interval_are_those_of_scipy_in_each_draw(digits, monkeypatch):
    monkeypatch.setattr("brainscore_mouse.uncertainty.rank_correlation._N_BOOTSTRAPS", 200)
    monkeypatch.setattr("brainscore_mouse.uncertainty.rank_correlation._BLOCK_SIZE", 500)  # several blocks
    generator = np.random.default_rng(0)
    first = generator.uniform(size=12).round(digits)
    second = (first + generator.uniform(size=12)).round(digits)
    found = rank_correlation(first, second, seed=3)
    drawn = np.random.default_rng(3).integers(12, size=(200, 12))
    of_draws = [spearmanr(first[rows], second[rows]).statistic for rows in drawn]
    assert found.value == pytest.approx(spearmanr(first, second).statistic, abs=1e-12)
    np.testing.assert_allclose([found.low, found.high], np.percentile(of_draws, [2.5, 97.5]), atol=1e-12)


def test_where_all_models_have_the_same_score_there_is_no_correlation():
    found = rank_correlation(np.zeros(9), np.arange(9.0))
    assert np.isnan([found.value, found.low, found.high]).all() and found.n_models == 9


def test_many_columns_at_once_are_each_pair_alone():
    scores = np.random.default_rng(1).uniform(size=(4, 9)).round(1)
    pairs = [(0, 2), (3, 1), (2, 0)]
    assert rank_correlations(scores, pairs) == [rank_correlation(scores[one], scores[other]) for one, other in pairs]
