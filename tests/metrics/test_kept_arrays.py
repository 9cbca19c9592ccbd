"""Arrays kept by content within a process: bounded, the least recently used ones forgotten first."""

import numpy as np
import pytest
from brainscore_mouse.metrics.kept_arrays import KeptArrays, hashed


def test_what_is_kept_is_not_computed_again():
    kept = KeptArrays(max_bytes=16 * 800)
    first = kept.found_or_computed(("x",), lambda: (np.arange(100.0),))
    assert kept.found_or_computed(("x",), pytest.fail) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0][0] = 1


def test_the_least_recently_used_arrays_are_forgotten():
    kept = KeptArrays(max_bytes=16 * 80)
    for number in range(16):
        kept.keep((number,), (np.zeros(10),))
    assert kept.found((0,)) is not None  # used again
    kept.keep((16,), (np.zeros(5), np.zeros(5)))
    assert [number for number in range(17) if kept.found((number,)) is None] == [1]


def test_what_is_larger_than_a_sixteenth_of_all_is_not_kept():
    kept = KeptArrays(max_bytes=16 * 80)
    kept.keep(("large",), (np.zeros(11),))
    kept.keep(("small",), (np.zeros(10),))
    assert kept.found(("large",)) is None
    assert kept.found(("small",)) is not None


def test_hashes_tell_values_shapes_and_types_apart():
    arrays = [np.zeros(4), np.ones(4), np.zeros((2, 2)), np.zeros(4, np.float32), np.zeros(4, np.int64)]
    assert len({hashed(array) for array in arrays}) == len(arrays)
    assert hashed(np.arange(10.0)[::2]) == hashed(np.array([0.0, 2.0, 4.0, 6.0, 8.0]))
