"""The jackknife over stimuli and mice: against closed forms for means, and for its coverage."""

import math

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.uncertainty.leave_one_out import (
    LeaveOneOutScores,
    jackknife,
    mean_leave_one_out,
    mean_of_defined,
    mean_over_networks,
    mice_to_leave_out,
)
from scipy.stats import t as student_t


def means_without(table):
    """The mean of a (n_mice, n_stimuli) table, without each row, each column and both."""
    n_mice, n_stimuli = table.shape
    values = np.empty((1 + n_mice, 1 + n_stimuli))
    for mouse in range(-1, n_mice):
        for stimulus in range(-1, n_stimuli):
            left = table if mouse < 0 else np.delete(table, mouse, axis=0)
            left = left if stimulus < 0 else np.delete(left, stimulus, axis=1)
            values[1 + mouse, 1 + stimulus] = left.mean()
    return values


def test_errors_of_a_mean_equal_the_analysis_of_variance():
    table = np.random.default_rng(0).normal(size=(5, 9)) + np.arange(5)[:, None] + np.arange(9) ** 2 / 9
    values = means_without(table)
    residual = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    over_stimuli = table.mean(axis=0).var(ddof=1) / 9
    over_mice = table.mean(axis=1).var(ddof=1) / 5
    of_both = (residual**2).sum() / (4 * 8) / (5 * 9)
    assert jackknife(of_one_model(values), "stimuli").error == pytest.approx(np.sqrt(over_stimuli))
    assert jackknife(of_one_model(values), "mice").error == pytest.approx(np.sqrt(over_mice))
    both = jackknife(of_one_model(values))
    assert both.error == pytest.approx(np.sqrt(over_stimuli + over_mice - of_both))
    freedom = both.error**4 / (over_mice**2 / 4 + over_stimuli**2 / 8)
    assert both.degrees_of_freedom == pytest.approx(max(freedom, 4))
    assert both.high - both.value == pytest.approx(both.error * student_t.ppf(0.975, both.degrees_of_freedom))
    assert both.p == pytest.approx(2 * student_t.sf(both.value / both.error, both.degrees_of_freedom))


def test_a_single_mouse_is_never_left_out():
    assert mice_to_leave_out(np.array(["b", "a", "b"])).tolist() == ["a", "b"]
    assert len(mice_to_leave_out(np.array(["b", "b"]))) == 0


def test_parts_that_have_nothing_left_are_not_averaged():
    values = np.array([[[1.0, 2.0], [5.0, 5.0]], [[3.0, np.nan], [7.0, 7.0]]])  # parts x models x selections
    np.testing.assert_array_equal(mean_of_defined(values), [[2.0, 2.0], [6.0, 5.0]])


def of_one_model(values, pairs=None):
    mice = tuple(f"m{number}" for number in range(values.shape[0] - 1))
    return LeaveOneOutScores(values[None], mice, None if pairs is None else pairs[None])


def simulated_mean(generator, n_mice, n_stimuli, sd_mice, sd_stimuli, sd_both):
    table = sd_mice * generator.normal(size=(n_mice, 1)) + sd_stimuli * generator.normal(size=n_stimuli)
    table = table + sd_both * generator.normal(size=(n_mice, n_stimuli))
    # The same as means_without, at once.
    total, rows, columns = table.sum(), table.sum(axis=1, keepdims=True), table.sum(axis=0)
    values = np.empty((1 + n_mice, 1 + n_stimuli))
    values[0, 0] = table.mean()
    values[1:, :1] = (total - rows) / ((n_mice - 1) * n_stimuli)
    values[0, 1:] = (total - columns) / (n_mice * (n_stimuli - 1))
    values[1:, 1:] = (total - rows - columns + table) / ((n_mice - 1) * (n_stimuli - 1))
    return values


@pytest.mark.parametrize("sds", [(1.0, 1.0, 1.0), (0.0, 0.0, 1.0), (1.0, 0.0, 3.0), (0.0, 3.0, 3.0)])
@pytest.mark.parametrize("n_mice", [3, 6])
def test_intervals_cover_the_truth_over_both(n_mice, sds):
    generator = np.random.default_rng(2)
    found = [jackknife(of_one_model(simulated_mean(generator, n_mice, 40, *sds))) for _ in range(1000)]
    covered = np.mean([one.low <= 0 <= one.high for one in found])
    assert 0.92 < covered < 0.995
    assert np.mean([one.p < 0.05 for one in found]) == pytest.approx(1 - covered)


def test_mean_over_areas_keeps_an_area_where_a_mouse_of_another_is_left_out():
    generator = np.random.default_rng(3)
    first, second = generator.normal(size=(3, 5)), generator.normal(size=(3, 5))
    areas = [LeaveOneOutScores(first[None], ("a", "b")), LeaveOneOutScores(second[None], ("b", "c"))]
    found = mean_leave_one_out(areas)
    assert found.mice == ("a", "b", "c") and found.pairs is None
    (mean,) = found.values
    assert mean.shape == (4, 5)
    np.testing.assert_allclose(mean[1], (first[1] + second[0]) / 2)
    np.testing.assert_allclose(mean[2], (first[2] + second[1]) / 2)
    np.testing.assert_allclose(mean[3], (first[0] + second[2]) / 2)


def test_one_mouse_has_no_error_over_mice():
    values = simulated_mean(np.random.default_rng(4), 4, 10, 1, 1, 1)[:1]
    assert jackknife(of_one_model(values), "stimuli").degrees_of_freedom == 9
    for over in ("mice", "both"):
        with pytest.raises(UnreliableDataError):
            jackknife(of_one_model(values), over)
    with pytest.raises(InvalidParameterError):
        jackknife(of_one_model(values), "neuroids")
    with pytest.raises(InvalidParameterError):
        jackknife(of_one_model(values), "stimuli", level=95)
    with pytest.raises(UnreliableDataError):
        jackknife(of_one_model(np.where(np.arange(11) == 3, np.nan, values)), "stimuli")


def test_no_difference_has_no_error_and_p_one():
    none = jackknife(of_one_model(np.zeros((4, 11))))
    assert (none.value, none.error, none.low, none.high, none.p) == (0, 0, 0, 0, 1)


def means_of_pairs(entries):
    """The mean over pairs of stimuli, over rows: (n_rows, n_pairs) -> without none and one, without two."""
    n = (1 + math.isqrt(1 + 8 * entries.shape[1])) // 2
    first, second = np.triu_indices(n, 1)
    of_stimuli = np.zeros((len(entries), n))
    for row, of_row in zip(of_stimuli, entries, strict=True):
        np.add.at(row, first, of_row)
        np.add.at(row, second, of_row)
    sums = entries.sum(axis=1, keepdims=True)
    without_two = sums - of_stimuli[:, first] - of_stimuli[:, second] + entries
    return (
        np.concatenate([sums / (n * (n - 1) / 2), (sums - of_stimuli) / ((n - 1) * (n - 2) / 2)], axis=1),
        without_two / ((n - 2) * (n - 3) / 2),
    )


def test_what_depends_on_pairs_of_stimuli_is_counted_once():
    """The mean of independent numbers, one for each pair of stimuli, has the variance 2 / (n (n - 1))."""
    generator = np.random.default_rng(5)
    plain, corrected = [], []
    for _ in range(200):
        values, pairs = means_of_pairs(generator.normal(size=(1, 435)))
        plain.append(jackknife(of_one_model(values), "stimuli").error ** 2)
        corrected.append(jackknife(of_one_model(values, pairs), "stimuli").error ** 2)
    truth = 2 / (30 * 29)
    assert np.mean(plain) == pytest.approx(2 * truth, rel=0.05)
    assert np.mean(corrected) == pytest.approx(truth, rel=0.15)  # never less than half of the plain one


def test_what_depends_on_pairs_does_not_change_the_error_of_a_mean():
    values = means_without(np.random.default_rng(6).normal(size=(3, 8)))
    table = np.random.default_rng(6).normal(size=(3, 8))
    first, second = np.triu_indices(8, 1)
    rows = [table, *(np.delete(table, mouse, axis=0) for mouse in range(3))]
    pairs = np.array(
        [[np.delete(left, [i, j], axis=1).mean() for i, j in zip(first, second, strict=True)] for left in rows]
    )
    for over in ("stimuli", "mice", "both"):
        expected = jackknife(of_one_model(values), over).error
        assert jackknife(of_one_model(values, pairs), over).error == pytest.approx(expected)


@pytest.mark.parametrize("sds", [(0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (0.05, 0.0, 1.0)])
def test_intervals_cover_what_depends_on_pairs_and_mice(sds):
    """Each mouse's mean over numbers of pairs of stimuli, of which the mice share a part."""
    generator = np.random.default_rng(7)
    of_mice, shared, of_both = sds
    covered = []
    for _ in range(400):
        common = generator.normal(size=(1, 300))
        own = generator.normal(size=(5, 300))
        values, pairs = np.zeros((6, 26)), np.zeros((6, 300))
        for weight, entries in ((shared, np.repeat(common, 5, axis=0)), (of_both, own)):
            of_each, pairs_of_each = means_of_pairs(entries)
            for row in range(6):
                kept = np.delete(np.arange(5), row - 1) if row else np.arange(5)
                values[row] += weight * of_each[kept].mean(axis=0)
                pairs[row] += weight * pairs_of_each[kept].mean(axis=0)
        level = of_mice * generator.normal(size=5)
        for row in range(6):
            kept = np.delete(np.arange(5), row - 1) if row else np.arange(5)
            values[row] += level[kept].mean()
            pairs[row] += level[kept].mean()
        found = jackknife(of_one_model(values, pairs))
        covered.append(found.low <= 0 <= found.high)
    assert 0.9 < np.mean(covered) < 0.998


def test_networks_are_averaged_and_other_numbers_of_seeds_are_refused():
    scores = LeaveOneOutScores(np.arange(24.0).reshape(4, 2, 3), ("m1",))
    found = mean_over_networks(scores, [1, 3])
    np.testing.assert_array_equal(found.values, [scores.values[0], scores.values[1:].mean(axis=0)])
    np.testing.assert_array_equal(found.seeds, [[0, 0, 0], [6, 12, 18]])
    with pytest.raises(InvalidParameterError, match="2, 1, 3"):
        mean_over_networks(LeaveOneOutScores(np.zeros((6, 2, 3)), ("m1",)), [2, 1, 3])
