"""The cache's size, content and emptying."""

import os
import re

import pytest
from brainscore_mouse.command_line import app
from brainscore_mouse.core.cache import CacheContent, cache_info, clear_cache, keep_within_limit, mark_used
from brainscore_mouse.core.errors import InvalidParameterError
from typer.testing import CliRunner


@pytest.fixture
def grams(home):
    """Make four files of 400 kB, the first the oldest."""
    folder = home / "cache" / "grams"
    folder.mkdir(parents=True)
    for age, name in enumerate(["d", "c", "b", "a"]):
        path = folder / f"{name}.npz"
        path.write_bytes(b"\0" * 400_000)
        os.utime(path, (1e9 - age, 1e9 - age))
    return folder


def names(folder):
    return sorted(path.stem for path in folder.iterdir())


def test_files_unused_for_longest_are_removed_first(grams, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "1")
    mark_used(grams / "a.npz")
    keep_within_limit(grams)
    assert names(grams) == ["a", "d"]


def test_nothing_is_removed_within_the_limit(grams, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "1.6")
    keep_within_limit(grams)
    assert names(grams) == ["a", "b", "c", "d"]


def test_the_newest_file_stays_however_large(grams, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "0.1")
    keep_within_limit(grams)
    assert names(grams) == ["d"]


@pytest.mark.parametrize("limit", ["0", "-3", "much", "nan"])
def test_an_impossible_limit_is_refused(grams, monkeypatch, limit):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", limit)
    with pytest.raises(InvalidParameterError, match=f"BRAINSCORE_MOUSE_CACHE_MB.*'{limit}'"):
        keep_within_limit(grams)


def test_info_and_clear(grams, home):
    assert cache_info() == [CacheContent("grams", 4, 1_600_000)]
    printed = CliRunner().invoke(app, ["cache", "info"]).output
    assert re.search(r"grams.*\b4\b.*\b1\.6 MB", printed) and "2048 MB" in printed
    assert "1.6 MB" in CliRunner().invoke(app, ["cache", "clear"]).output
    assert not (home / "cache").exists()
    assert cache_info() == clear_cache() == []
    assert "grams" not in CliRunner().invoke(app, ["cache", "info"]).output
