"""The bootstrap over stimuli, against formulas, scipy and draws made by hand."""

import numpy as np
import pytest
from brainscore_mouse import functional
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError, UnreliableDataError
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr, spearmanr


def test_interval_of_a_mean_is_that_of_the_normal_distribution():
    values = np.random.default_rng(0).normal(size=200)
    found = functional.bootstrap(np.mean, values, n_draws=4000, level=0.9)
    standard_error = values.std() / np.sqrt(200)
    assert found.value == values.mean() and found.n_draws == 4000
    assert found.standard_error == pytest.approx(standard_error, rel=0.05)
    assert found.low == pytest.approx(values.mean() - 1.645 * standard_error, abs=0.1 * standard_error)
    assert found.high == pytest.approx(values.mean() + 1.645 * standard_error, abs=0.1 * standard_error)


def test_the_same_stimuli_are_drawn_from_all_arrays():
    x, noise = np.random.default_rng(1).normal(size=(2, 2000))

    def correlation(a, b):
        return np.corrcoef(a, b)[0, 1]

    assert functional.bootstrap(correlation, x, 2 * x, n_draws=50).standard_error < 1e-12
    found = functional.bootstrap(correlation, x, x + noise)
    fisher = (1 - found.value**2) / np.sqrt(2000)
    assert found.standard_error == pytest.approx(fisher, rel=0.1)


@pytest.mark.parametrize(("correlation", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr)])
def test_pairs_of_a_stimulus_with_itself_are_left_out_of_rsa(correlation, oracle):
    generator = np.random.default_rng(2)
    a = generator.normal(size=(20, 30))
    b = a + 2 * generator.normal(size=(20, 30))
    found = functional.bootstrap(functional.rsa, a, b, correlation=correlation, n_draws=30, seed=5)
    counts = np.random.default_rng(5).multinomial(20, np.full(20, 1 / 20), size=30)
    draws = []
    for count in counts:
        rows = np.repeat(np.arange(20), count)
        first, second = np.triu_indices(20, k=1)
        different = rows[first] != rows[second]
        rdms = [squareform(pdist(matrix[rows], "correlation"))[first, second][different] for matrix in (a, b)]
        draws.append(oracle(*rdms).statistic)
    assert found.standard_error == pytest.approx(np.std(draws, ddof=1), abs=1e-10)
    low, high = np.quantile(draws - np.mean(draws) + found.value, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-10)
    rdms = [functional.rdm(matrix) for matrix in (a, b)]
    of_rdms = functional.bootstrap(functional.compare_rdms, *rdms, correlation=correlation, n_draws=30, seed=5)
    assert of_rdms.standard_error == pytest.approx(found.standard_error, abs=1e-10)


@pytest.mark.parametrize("name", ["ridge_r", "ridge_correlations", "pls_r", "pls_correlations", "linear_cka"])
def test_what_needs_stimuli_that_are_sampled_once_is_refused(name):
    matrix = np.random.default_rng(3).normal(size=(30, 5))
    with pytest.raises(InvalidParameterError) as refusal:
        functional.bootstrap(getattr(functional, name), matrix, matrix)
    assert name in str(refusal.value) and "brainscore_mouse.compare" in str(refusal.value)


def test_wrong_arguments_are_refused():
    values = np.arange(10.0)
    for wrong in ((), (3.0,), (values, values[:5]), (values[:0],)):
        with pytest.raises(InvalidArraysError):
            functional.bootstrap(np.mean, *wrong)
    for options in ({"n_draws": 1}, {"level": 1.0}):
        with pytest.raises(InvalidParameterError):
            functional.bootstrap(np.mean, values, **options)
    with pytest.raises(UnreliableDataError):
        functional.bootstrap(lambda drawn: np.nan if len(set(drawn)) < 10 else 1.0, values, n_draws=20)
