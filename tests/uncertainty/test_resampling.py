"""Draws of stimuli, mice and their neuroids."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.uncertainty.resampling import draw, hierarchical_counts


def test_hierarchical_counts_draw_whole_mice_then_their_neuroids():
    subjects = np.repeat(["c", "a", "b"], [4, 2, 6])
    counts = hierarchical_counts(subjects, 4000, np.random.default_rng(4))
    of_mice = np.stack([counts[:, subjects == mouse].sum(axis=1) for mouse in "cab"], axis=1) / [4, 2, 6]
    assert (of_mice == of_mice.round()).all() and (of_mice.sum(axis=1) == 3).all()
    np.testing.assert_allclose(of_mice.mean(axis=0), 1, atol=0.05)
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.1)
    # Within a mouse drawn once: the variance of a multinomial of n over n.
    once = counts[of_mice[:, 0] == 1][:, :4]
    np.testing.assert_allclose(once.var(axis=0), 1 - 1 / 4, atol=0.1)


def test_draws_of_stimuli_do_not_depend_on_the_mice_and_what_is_kept_stays():
    of_one, of_other = (draw(8, np.array(subjects), 10, "both", seed=5) for subjects in (["a", "b"], ["c"] * 5))
    np.testing.assert_array_equal(of_one.stimuli, of_other.stimuli)
    assert (draw(8, np.array(["a", "b"]), 10, "stimuli", 5).neuroids == 1).all()
    assert (draw(8, np.array(["a", "b"]), 10, "mice", 5).stimuli == 1).all()
    with pytest.raises(InvalidParameterError, match="'neuroids'"):
        draw(8, np.array(["a"]), 10, "neuroids", 5)
    with pytest.raises(InvalidParameterError, match=r"\b1\b"):
        draw(8, np.array(["a"]), 1, "mice", 5)
