"""The jackknife over stimuli and mice: against closed forms for means, and for its coverage."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.uncertainty.leave_one_out import (
    jackknife,
    leave_one_out,
    leave_one_out_scores,
    mean_leave_one_out,
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
    assert jackknife(values, "stimuli").error == pytest.approx(np.sqrt(over_stimuli))
    assert jackknife(values, "mice").error == pytest.approx(np.sqrt(over_mice))
    both = jackknife(values)
    assert both.error == pytest.approx(np.sqrt(over_stimuli + over_mice - of_both))
    freedom = both.error**4 / (over_mice**2 / 4 + over_stimuli**2 / 8)
    assert both.degrees_of_freedom == pytest.approx(max(freedom, 4))
    assert both.high - both.value == pytest.approx(both.error * student_t.ppf(0.975, both.degrees_of_freedom))
    assert both.p == pytest.approx(2 * student_t.sf(both.value / both.error, both.degrees_of_freedom))


def test_draws_leave_out_each_mouse_and_stimulus_and_scores_are_arranged_alike():
    subjects = np.array(["b", "a", "b", "c"])
    draws = leave_one_out(3, subjects)
    table = np.random.default_rng(1).normal(size=(4, 3))  # neuroids x stimuli
    weights = draws.neuroids[:, :, None] * draws.stimuli[:, None, :]
    scores = (weights * table).sum(axis=(1, 2)) / weights.sum(axis=(1, 2))
    found = leave_one_out_scores(scores[None], 3, subjects)
    assert found.mice == ("a", "b", "c") and found.values.shape == (1, 4, 4)
    assert found.values[0, 0, 0] == pytest.approx(table.mean())
    assert found.values[0, 2, 0] == pytest.approx(table[subjects != "b"].mean())
    assert found.values[0, 0, 3] == pytest.approx(table[:, :2].mean())
    assert found.values[0, 1, 1] == pytest.approx(table[subjects != "a"][:, 1:].mean())


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
    found = [jackknife(simulated_mean(generator, n_mice, 40, *sds)) for _ in range(1000)]
    covered = np.mean([one.low <= 0 <= one.high for one in found])
    assert 0.92 < covered < 0.995
    assert np.mean([one.p < 0.05 for one in found]) == pytest.approx(1 - covered)


def test_mean_over_areas_keeps_an_area_where_a_mouse_of_another_is_left_out():
    generator = np.random.default_rng(3)
    first, second = generator.normal(size=(3, 5)), generator.normal(size=(3, 5))
    mean = mean_leave_one_out([first, second], [("a", "b"), ("b", "c")])
    assert mean.shape == (4, 5)
    np.testing.assert_allclose(mean[1], (first[1] + second[0]) / 2)
    np.testing.assert_allclose(mean[2], (first[2] + second[1]) / 2)
    np.testing.assert_allclose(mean[3], (first[0] + second[2]) / 2)


def test_one_mouse_has_no_error_over_mice():
    values = simulated_mean(np.random.default_rng(4), 4, 10, 1, 1, 1)[:1]
    assert jackknife(values, "stimuli").degrees_of_freedom == 9
    for over in ("mice", "both"):
        with pytest.raises(UnreliableDataError, match="one mouse"):
            jackknife(values, over)
    with pytest.raises(InvalidParameterError, match="use one of"):
        jackknife(values, "neuroids")
    with pytest.raises(InvalidParameterError, match="level is 95"):
        jackknife(values, "stimuli", level=95)
    with pytest.raises(UnreliableDataError, match="1 of 11 cases"):
        jackknife(np.where(np.arange(11) == 3, np.nan, values), "stimuli")


def test_no_difference_has_no_error_and_p_one():
    none = jackknife(np.zeros((4, 11)))
    assert (none.value, none.error, none.low, none.high, none.p) == (0, 0, 0, 0, 1)
