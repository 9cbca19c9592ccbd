"""RDMs, RSA and CKA of plain arrays, against scipy and formulas written out."""

import numpy as np
import pytest
from brainscore_mouse import functional
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError, UnreliableDataError
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau, pearsonr, spearmanr


@pytest.fixture
def pair():
    generator = np.random.default_rng(0)
    features = generator.normal(size=(25, 40)) + 5
    return features, features[:, :12] ** 2 + generator.normal(size=(25, 12))


def test_rdm_is_scipys_correlation_distance(pair):
    np.testing.assert_allclose(functional.rdm(pair[0]), squareform(pdist(pair[0], "correlation")), atol=1e-12)


@pytest.mark.parametrize(
    ("correlation", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr), ("kendall", kendalltau)]
)
def test_rsa_is_scipys_correlation_of_scipys_distances(pair, correlation, oracle):
    expected = oracle(*(pdist(matrix, "correlation") for matrix in pair)).statistic
    assert functional.rsa(*pair, correlation=correlation) == pytest.approx(expected, abs=1e-12)
    rdms = [functional.rdm(matrix) for matrix in pair]
    assert functional.compare_rdms(*rdms, correlation=correlation) == pytest.approx(expected, abs=1e-12)


def test_rdms_of_any_distance_can_be_compared(pair):
    distances = [pdist(matrix, "euclidean") for matrix in pair]
    value = functional.compare_rdms(*map(squareform, distances), correlation="pearson")
    assert value == pytest.approx(pearsonr(*distances).statistic, abs=1e-12)


def test_linear_cka_is_the_ratio_of_unbiased_hsics(pair):
    def hsic(a, b):  # Song et al. 2012, equation 5
        k, m = (matrix @ matrix.T for matrix in (a, b))
        np.fill_diagonal(k, 0)
        np.fill_diagonal(m, 0)
        n = len(k)
        ones = np.ones(n)
        square = ones @ k @ ones * (ones @ m @ ones) / ((n - 1) * (n - 2))
        return (np.trace(k @ m) + square - 2 / (n - 2) * (ones @ k @ m @ ones)) / (n * (n - 3))

    a, b = pair
    expected = hsic(a, b) / np.sqrt(hsic(a, a) * hsic(b, b))
    assert functional.linear_cka(a, b) == pytest.approx(expected, abs=1e-9)


def test_integers_and_lists_are_numbers_too():
    rows = [[3, 1, 2, 5], [1, 0, 2, 2], [4, 4, 1, 0], [1, 2, 3, 4]]
    as_floats = np.array(rows, dtype=float)
    assert functional.rsa(rows, rows[::-1]) == functional.rsa(as_floats, as_floats[::-1])
    assert functional.linear_cka(rows, rows[::-1]) == functional.linear_cka(as_floats, as_floats[::-1])


@pytest.mark.parametrize("compare", [functional.rsa, functional.linear_cka])
def test_what_cannot_be_compared_is_refused_with_the_value(pair, compare):
    a, b = pair
    with_nan = a.copy()
    with_nan[3, 7] = np.nan
    for wrong, part in (
        (a[:-1], "24"),
        (a[0], "(40,)"),
        (a.astype(str), "<U"),
        (a.astype(complex), "complex"),
        (a[:, :0], "(25, 0)"),
        (with_nan, "row 3, column 7"),
    ):
        with pytest.raises(InvalidArraysError) as refusal:
            compare(wrong, b)
        assert part in str(refusal.value)
    with pytest.raises(UnreliableDataError) as refusal:
        compare(a[:2], b[:2])
    assert "2 stimuli" in str(refusal.value)


def test_undefined_comparisons_are_refused(pair):
    a, b = pair
    flat = a.copy()
    flat[6] = 2.0
    assert np.isnan(functional.rdm(flat)[6]).all()
    with pytest.raises(UnreliableDataError) as refusal:
        functional.rsa(b, flat)
    assert "row 6" in str(refusal.value)
    with pytest.raises(UnreliableDataError):
        functional.linear_cka(a, np.ones_like(b))
    with pytest.raises(UnreliableDataError):
        functional.compare_rdms(1 - np.eye(5), functional.rdm(a[:5]))
    with pytest.raises(InvalidParameterError):
        functional.rsa(a, b, correlation="cosine")


def test_responses_are_not_taken_for_rdms(pair):
    for not_an_rdm in (pair[0], pair[0][:, :25]):
        with pytest.raises(InvalidArraysError) as refusal:
            functional.compare_rdms(not_an_rdm, not_an_rdm)
        assert "rsa" in str(refusal.value)
