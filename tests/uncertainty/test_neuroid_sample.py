"""Samples of neuroids keep the mice's shares and do not prefer reliable neuroids."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import UnreliableDataError
from brainscore_mouse.uncertainty.neuroid_sample import neuroid_sample

SUBJECTS = np.repeat(["a", "b", "c"], [60, 30, 30])
ALL = np.ones(120, dtype=bool)


def test_each_mouse_keeps_its_share():
    sample = neuroid_sample(SUBJECTS, ALL, 20, np.random.default_rng(0))
    assert len(sample) == len(set(sample)) == 20 and (np.diff(sample) > 0).all()
    assert [int((SUBJECTS[sample] == mouse).sum()) for mouse in "abc"] == [10, 5, 5]


def test_shares_that_are_not_whole_add_up_to_the_number():
    for number in range(4, 121):
        assert len(neuroid_sample(SUBJECTS, ALL, number, np.random.default_rng(1))) == number


def test_draws_differ_are_seeded_and_fewer_neuroids_are_part_of_more():
    draws = [neuroid_sample(SUBJECTS, ALL, 40, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert draws[0].tolist() == draws[1].tolist() != draws[2].tolist()
    fewer = neuroid_sample(SUBJECTS, ALL, 20, np.random.default_rng(0))
    assert set(fewer) < set(draws[0])


def test_neuroids_that_do_not_count_come_in_proportion():
    counted = np.random.default_rng(2).random(120) < 0.5
    sizes, counts = [], []
    for seed in range(200):
        sample = neuroid_sample(SUBJECTS, counted, 24, np.random.default_rng(seed))
        counts.append(counted[sample].sum())
        sizes.append(len(sample))
    assert set(counts) == {24}
    # Of each mouse the last one drawn counts, which makes samples a little smaller than 24 / (share that counts).
    assert 24 / counted.mean() - 4 < np.mean(sizes) < 24 / counted.mean()


def test_all_counted_neuroids_are_the_whole_recordings():
    counted = np.arange(120) % 3 > 0
    assert neuroid_sample(SUBJECTS, counted, 80, np.random.default_rng(0)).tolist() == list(range(120))


def test_a_mouse_none_of_whose_neuroids_counts_is_in_the_whole_recordings():
    counted = SUBJECTS != "c"
    assert len(neuroid_sample(SUBJECTS, counted, 90, np.random.default_rng(0))) == 120
    with pytest.raises(UnreliableDataError, match="1 of 3 mice"):
        neuroid_sample(SUBJECTS, counted, 60, np.random.default_rng(0))


@pytest.mark.parametrize(("number", "says"), [(121, "120"), (1, "2 of 3 mice")])
def test_too_many_or_a_mouse_without_any_is_refused(number, says):
    with pytest.raises(UnreliableDataError, match=says):
        neuroid_sample(SUBJECTS, ALL, number, np.random.default_rng(0))
