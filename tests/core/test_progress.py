"""Progress without a terminal is plain lines."""

import re
import types
from itertools import pairwise

import pytest
from brainscore_mouse.core.terminal import progress as module
from brainscore_mouse.core.terminal.progress import progress


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock that progress reads; calling the fixture lets seconds pass."""
    now = [1000.0]
    monkeypatch.setattr(module, "time", types.SimpleNamespace(monotonic=lambda: now[0]))

    def passes(seconds):
        now[0] += seconds

    return passes


def test_a_short_loop_prints_nothing(capsys):
    assert list(progress(range(1000), desc="files", unit="file")) == list(range(1000))
    assert capsys.readouterr().err == ""


def test_lines_come_after_five_seconds_and_then_ever_less_often(capsys, clock):
    with progress(total=1000, desc="scores", unit="score") as bar:
        for number in range(1000):
            clock(1)
            bar.set_postfix_str(f"net on area {number}")
            bar.update()
    printed = capsys.readouterr().err
    lines = printed.splitlines()
    counts = [int(re.match(r"scores: (\d+) of 1000", line)[1]) for line in lines]
    assert counts[:4] == [5, 15, 35, 75] and 15 < len(lines) < 25
    assert max(later - earlier for earlier, later in pairwise(counts)) <= 60
    assert counts[-1] == 1000 and "left" not in lines[-1]
    assert "net on area 4" in lines[0]
    assert "\r" not in printed and max(map(len, lines)) < 100


def test_the_time_left_is_that_of_the_rest_at_the_same_speed(capsys, clock):
    bar = progress(total=10, desc="scores", unit="score")
    clock(100)
    bar.update(2)
    assert capsys.readouterr().err == "scores: 2 of 10, about 7 min left\n"
    bar.close()


def test_a_loop_that_was_left_says_how_far_it_came(capsys, clock):
    for number in progress("abc", desc="files", unit="file"):
        clock(6)
        if number == "c":
            break
    assert capsys.readouterr().err.splitlines() == ["files: 1 of 3, about 12 s left", "files: 2 of 3, about 9 s left"]


def test_quiet_is_quiet(capsys, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    bar = progress(total=10, desc="scores", unit="score")
    bar.update(3)
    bar.close()
    assert capsys.readouterr().err == ""
