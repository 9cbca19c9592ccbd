"""What the templates of all pages share."""

import pytest
from brainscore_mouse.leaderboard.rendering.page_environment import page_environment


@pytest.fixture
def columns():
    return page_environment("brainscore_mouse.leaderboard").globals["columns"]


def test_heads_that_differ_in_their_prefix_or_columns_are_not_taken_for_the_same(columns):
    score = [("Score", "number", "Share of the ceiling.")]
    first, second = columns["head"](score, "first"), columns["head"](score, "second")
    assert 'aria-describedby="first-column-1"' in first
    assert 'aria-describedby="second-column-1"' in second
    assert 'id="first-column-1"' in columns["about"](score, "first")
    score.append(("Rank", "number", "Among all models."))  # templates lengthen the list that they have passed
    assert "Rank" in columns["head"](score, "first")
    assert "Rank" not in columns["head"](score[:1], "first")


def test_a_head_that_is_rendered_once_is_escaped_each_time(columns):
    for _ in range(2):
        head = columns["head"]([("<b>area</b>", "", 'in "it"')], "areas")
        assert "<b>" not in head
        assert "&lt;b&gt;area&lt;/b&gt;" in head
        assert head.__html__() == head  # and not escaped again on the page
