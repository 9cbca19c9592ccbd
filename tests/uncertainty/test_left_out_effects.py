"""The effects that are stored with a score: small, linear, and enough for a paired jackknife."""

import json
import tracemalloc

import numpy as np
import pytest
from brainscore_mouse.uncertainty.leave_one_out import LeaveOneOutScores, jackknife, mean_leave_one_out, second_order
from brainscore_mouse.uncertainty.left_out_effects import LeftOutEffects, mean_effects


def made_up(seed, mice=("a", "b", "c"), n_stimuli=12, with_pairs=True):
    generator = np.random.default_rng(seed)
    n_pairs = n_stimuli * (n_stimuli - 1) // 2
    values = 0.3 + 0.01 * generator.normal(size=(1, 1 + len(mice), 1 + n_stimuli))
    pairs = 0.3 + 0.01 * generator.normal(size=(1, 1 + len(mice), n_pairs)) if with_pairs else None
    return LeaveOneOutScores(values, mice, pairs)


def arrays(effects):
    return [
        effects.of_stimuli,
        effects.of_mice,
        effects.of_both,
        *([] if effects.of_pairs is None else effects.of_pairs),
    ]


@pytest.mark.parametrize("with_pairs", [True, False])
def test_effects_survive_json_to_three_digits(with_pairs):
    effects = LeftOutEffects.of_scores(made_up(0, with_pairs=with_pairs))
    text = json.dumps(effects.as_json(), allow_nan=False)
    read = LeftOutEffects.of_json(json.loads(text))
    assert read.kind == effects.kind == (("a", "b", "c"), 12, with_pairs)
    for first, second in zip(arrays(read), arrays(effects), strict=True):
        np.testing.assert_allclose(first, second, atol=5e-4 * np.abs(second).max())


def test_effects_of_a_recorded_area_take_less_than_ten_kilobytes():
    effects = LeftOutEffects.of_scores(made_up(0, mice=tuple(f"mouse{number}" for number in range(6)), n_stimuli=118))
    assert len(json.dumps(effects.as_json())) < 10_000


def test_effects_of_a_difference_are_differences_of_effects():
    both = LeaveOneOutScores(
        np.concatenate([made_up(0).values, made_up(1).values]),
        ("a", "b", "c"),
        np.concatenate([made_up(0).pairs, made_up(1).pairs]),
    )
    of_difference = LeftOutEffects.of_scores(both.of_difference(0, 1))
    first, second = (LeftOutEffects.of_scores(both.of_model(number)) for number in (0, 1))
    for expected, one, other in zip(arrays(of_difference), arrays(first), arrays(second), strict=True):
        np.testing.assert_allclose(one - other, expected, atol=1e-12)


@pytest.mark.parametrize("with_pairs", [True, False])
def test_effects_of_a_mean_over_areas_are_those_of_its_left_out_scores(with_pairs):
    areas = [made_up(2, ("a", "b"), with_pairs=with_pairs), made_up(3, ("b", "c", "d"), with_pairs=with_pairs)]
    expected = LeftOutEffects.of_scores(mean_leave_one_out(areas))
    found = mean_effects([LeftOutEffects.of_scores(area) for area in areas])
    assert found.kind == expected.kind
    for one, other in zip(arrays(found), arrays(expected), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_areas_with_different_stimuli_have_no_common_effects():
    assert mean_effects([LeftOutEffects.of_scores(made_up(0, n_stimuli=n)) for n in (12, 13)]) is None


def test_an_area_of_a_single_mouse_leaves_the_mean_over_stimuli_only():
    found = mean_effects([LeftOutEffects.of_scores(made_up(0)), LeftOutEffects.of_scores(made_up(1, mice=()))])
    assert found.mice == () and found.of_both.shape == (0, 12)


def test_there_are_no_effects_where_a_left_out_score_is_undefined():
    scores = made_up(0)
    scores.values[0, 1, 3] = np.nan
    assert LeftOutEffects.of_scores(scores) is None


def test_random_sums_have_the_sum_of_squares_of_what_they_add_up():
    """On average exactly: their spread over many made-up contributions is what N_PLACES leads to."""
    ratios = []
    for seed in range(60):
        scores = made_up(seed, n_stimuli=60)
        truth = (second_order(scores.values[0], scores.pairs[0])[0] ** 2).sum()
        ratios.append((LeftOutEffects.of_scores(scores).of_pairs[0] ** 2).sum() / truth)
    assert np.mean(ratios) == pytest.approx(1, abs=4 * 0.063 / np.sqrt(60))
    assert np.std(ratios) == pytest.approx(np.sqrt(2 / 512), rel=0.35)


def test_errors_and_effects_of_many_stimuli_take_little_more_memory_than_twice_the_scores_without_pairs():
    scores = made_up(9, mice=tuple("abcdefg"), n_stimuli=700)
    tracemalloc.start()
    jackknife(scores)
    LeftOutEffects.of_scores(scores)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.2 * scores.pairs.nbytes
