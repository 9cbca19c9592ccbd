"""What the page that compares two models shows: each pair once, with p-values adjusted over its own benchmarks."""

import pytest
from brainscore_mouse.leaderboard.board_table import BoardTable, Column, Group
from brainscore_mouse.leaderboard.comparisons.pair_rows import pair_rows
from brainscore_mouse.leaderboard.comparisons.pairwise_differences import pairwise_differences
from brainscore_mouse.leaderboard.comparisons.stored_estimate import StoredEstimate
from scipy.stats import false_discovery_control, norm


def column(**scores):
    return Column(tuple(scores), pairwise_differences([StoredEstimate(value, 0.1) for value in scores.values()]))


def test_p_values_are_adjusted_over_the_benchmarks_that_both_models_have():
    columns = {
        "x": column(a=0.5, b=0.2, c=0.1),
        "y": column(a=0.4, b=0.25),
        "z": column(b=0.3, a=0.1),  # another order
        "mean": column(a=0.9, b=0.1),
    }
    group = Group("d", "m", "", "", ("x", "y"))
    table = BoardTable(["a", "b", "c"], ["x", "y", "z"], [group], columns={**columns, group.name: columns["mean"]})
    found = pair_rows(table)
    assert set(found) == {0, 1} and set(found[0]) == {1, 2} and set(found[1]) == {2}
    rows = {row[0]: row for row in found[0][1]}
    assert set(rows) == {"g0", 0, 1, 2}
    differences = {0: 0.3, 1: 0.15, 2: -0.2, "g0": 0.8}
    p = {key: 2 * norm.sf(abs(value) / 0.1 / 2**0.5) for key, value in differences.items()}
    for key, (_, difference, half, p_value, _, _, paired) in rows.items():
        assert difference == pytest.approx(differences[key]) and p_value == pytest.approx(p[key], rel=1e-3, abs=1e-6)
        assert half == pytest.approx(1.95996 * 0.1 * 2**0.5, rel=1e-3) and paired == 0
    by_size = sorted([p[0], p[1], p[2]])
    expected = [3 * by_size[0], 2 * by_size[1], max(2 * by_size[1], by_size[2])]
    assert [rows[key][4] for key in (0, 2, 1)] == pytest.approx(expected, rel=1e-3)
    assert [rows[key][5] for key in (0, 1, 2)] == pytest.approx(false_discovery_control([p[0], p[1], p[2]]), rel=1e-3)
    assert rows["g0"][4] is rows["g0"][5] is None
    assert found[0][2][0][4] == pytest.approx(found[0][2][0][3], rel=1e-3)  # a single benchmark: nothing to adjust


def test_unknown_errors_have_no_p_value():
    unknown = Column(("a", "b"), pairwise_differences([StoredEstimate(0.5, None), StoredEstimate(0.2, 0.1)]))
    (row,) = pair_rows(BoardTable(["a", "b"], ["x"], [], columns={"x": unknown}))[0][1]
    assert row == [0, 0.3, None, None, None, None, 0]
