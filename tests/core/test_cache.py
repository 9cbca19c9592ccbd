"""The cache: kept within its limit whoever writes, readable by others meanwhile, and never in the way of a score."""

import errno
import os
import subprocess
import sys
import threading
import time
import warnings
import zipfile

import numpy as np
import pytest
from brainscore_mouse.command_line import app
from brainscore_mouse.core import cache as module
from brainscore_mouse.core.cache import (
    CacheContent,
    cache_info,
    cached_folder,
    clear_cache,
    download_folder,
    read_cached_arrays,
    write_cached_arrays,
    write_cached_file,
)
from brainscore_mouse.core.errors import InvalidParameterError
from places import REPOSITORY
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


@pytest.fixture(autouse=True)
def nothing_said_yet():
    module._warn_of_unwritable_cache.cache_clear()
    module._warn_of_large_files.cache_clear()


def names(folder):
    return sorted(path.stem for path in folder.iterdir())


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def write(folder, name, n_bytes=400_000):
    return write_cached_file(folder / f"{name}.npz", lambda path: path.write_bytes(b"\1" * n_bytes))


def read(folder, name):
    return read_cached_arrays(folder / f"{name}.npz", lambda arrays: arrays["x"])


@pytest.mark.parametrize(
    ("limit", "left"), [("1.7", "cde"), ("1.9", "bcde"), ("2", "abcde"), ("5", "abcde"), ("0.5", "e")]
)
def test_the_least_recently_used_files_are_evicted(grams, monkeypatch, limit, left):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", limit)
    assert write(grams, "e", 800_000 if limit == "1.7" else 400_000)
    assert names(grams) == sorted(left)


def test_a_file_that_is_read_is_kept_longer(home, monkeypatch):
    folder = home / "cache" / "grams"
    for age, name in enumerate("ba"):
        write_cached_arrays(folder / f"{name}.npz", {"x": np.zeros(50_000)})
        os.utime(folder / f"{name}.npz", (1e9 - age, 1e9 - age))
    assert read(folder, "a").shape == (50_000,)
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "1")
    write_cached_arrays(folder / "c.npz", {"x": np.zeros(50_000)})
    assert names(folder) == ["a", "c"]


def test_a_file_larger_than_the_limit_is_not_kept_and_takes_no_other_with_it(grams, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "2")
    with pytest.warns(UserWarning, match="BRAINSCORE_MOUSE_CACHE_MB"):
        assert not write(grams, "huge", 2_000_001)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # said once
        assert not write(grams, "huge", 3_000_000)
    assert names(grams) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("limit", ["0", "-3", "much", "nan", "inf", "1e-9"])
def test_an_impossible_limit_is_refused(home, monkeypatch, limit):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", limit)
    with pytest.raises(InvalidParameterError, match=f"'{limit}'"):
        write(home / "cache" / "grams", "e")


def test_what_killed_processes_left_behind_goes_after_a_day_and_not_before(grams):
    for name, age in ((".half-old.npz", 25 * 3600), (".half-new.npz", 3600)):
        (grams / name).write_bytes(b"half")
        os.utime(grams / name, (time.time() - age,) * 2)
    write(grams, "e", 10)
    assert [path.name for path in grams.glob(".*")] == [".half-new.npz"]


def test_every_writer_goes_through_the_cache(home):
    """No other module writes below `cache_folder`: its limit would not be kept there."""
    users = set()
    for path in REPOSITORY.rglob("*.py"):
        name = path.relative_to(REPOSITORY).as_posix()
        if name.startswith("."):
            continue  # such as .venv
        if "cache_folder() /" in path.read_text(encoding="utf-8") and not name.startswith(("tests/", "core/")):
            users.add(name)
            # Those that only show or hide the folder are in the command line and the sandbox.
            if not name.startswith(("command_line/", "submission/")):
                text = path.read_text(encoding="utf-8")
                assert any(word in text for word in ("write_cached", "cached_folder(", "write_confirmed_arrays")), name
                assert "written_whole" not in text and "folder_written" not in text, name
    assert len(users) >= 5


# Two writers in processes of their own, 40 files of 100 kB each; then a third that only reads.
WRITER = """
import sys
from pathlib import Path
import numpy as np
from brainscore_mouse.core.cache import read_cached_arrays, write_cached_arrays
from brainscore_mouse.core.home import cache_folder
for number in range(40):
    path = cache_folder() / "readout_features" / f"{number % 25}.npz"
    found = read_cached_arrays(path, lambda arrays: arrays["x"])
    assert found is None or (found == number % 25).all(), found
    write_cached_arrays(path, {"x": np.full(12_500, number % 25, dtype=float)})
"""


@pytest.mark.slow
def test_processes_that_write_at_the_same_time_keep_the_limit(home, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "1")
    processes = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", WRITER], stderr=subprocess.PIPE)  # noqa: S603
        for _ in range(3)
    ]
    assert [(process.communicate()[1], process.returncode) for process in processes] == [(b"", 0)] * 3
    folder = home / "cache" / "readout_features"
    assert 800_000 < size_of(folder) <= 1_000_000
    assert not list(folder.glob(".*"))


def write_pictures(folder):
    for number in range(4):
        (folder / f"{number}.png").write_bytes(b"\0" * 100_000)


def test_a_folder_that_a_process_uses_is_not_evicted_and_one_that_nobody_uses_is(home, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "1")
    kind = home / "cache" / "stimuli"
    script = (
        "from brainscore_mouse.core.cache import cached_folder; from pathlib import Path; "
        f"cached_folder(Path({str(kind / 'of-a-process-that-ended')!r}), "
        "lambda folder: (folder / 'x').write_bytes(bytes(400_000)))"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603
    used = [cached_folder(kind / name, write_pictures) for name in ("a", "b", "c")]
    assert names(kind) == ["a", "b", "c"]  # more than the limit, as all of them are in use
    assert all(size_of(folder) == 400_000 for folder in used)
    assert [content.n_bytes for content in clear_cache(["stimuli"])] == [0]
    assert all(size_of(folder) == 400_000 for folder in used)


def test_a_folder_is_written_once_though_many_want_it(home):
    written, found = [], []

    def write_slowly(folder):
        written.append(folder)
        time.sleep(0.05)
        write_pictures(folder)

    def want():
        found.append(cached_folder(home / "cache" / "stimuli" / "same", write_slowly))

    threads = [threading.Thread(target=want) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    want()
    assert len(written) <= 4 and set(found) == {home / "cache" / "stimuli" / "same"}
    assert names(home / "cache" / "stimuli") == ["same"] and size_of(found[0]) == 400_000


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_cache_that_cannot_be_written_warns_once_and_leaves_nothing(home, monkeypatch, number):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    folder = home / "cache" / "grams"
    monkeypatch.setattr(zipfile, "ZipFile", fail)
    with pytest.warns(UserWarning, match=os.strerror(number)) as told:
        for name in "abc":
            write_cached_arrays(folder / f"{name}.npz", {"x": np.zeros(3)})
    assert len(told) == 1 and not list(folder.iterdir())


def test_pictures_are_written_elsewhere_where_the_cache_cannot_be_written(home, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "folder_written_once", fail)
    with pytest.warns(UserWarning, match="No space"):
        folder = cached_folder(home / "cache" / "stimuli" / "x", write_pictures)
    assert size_of(folder) == 400_000 and home not in folder.parents
    assert cached_folder(home / "cache" / "stimuli" / "x", write_pictures) == folder  # not a second time


def test_an_error_of_what_is_read_is_not_one_of_the_cache(home):
    def write(folder):
        raise FileNotFoundError(errno.ENOENT, "no such picture", "scene.png")

    with pytest.raises(FileNotFoundError, match=r"scene\.png"):
        cached_folder(home / "cache" / "stimuli" / "x", write)
    assert not list((home / "cache" / "stimuli").iterdir())


def test_a_file_that_could_not_be_replaced_was_not_written(home, monkeypatch):
    path = home / "cache" / "grams" / "a"
    assert write_cached_file(path, lambda temporary: temporary.write_bytes(b"old"))

    def fail(_):
        raise OSError(errno.ENOSPC, "No space left")

    with pytest.warns(UserWarning, match="No space left"):
        assert not write_cached_file(path, fail)
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "0.001")
    with pytest.warns(UserWarning, match="larger than the cache"):
        assert not write_cached_file(path, lambda temporary: temporary.write_bytes(b"\0" * 2000))
    assert path.read_bytes() == b"old"


def test_a_cache_that_can_only_be_read_is_read(home, monkeypatch):
    folder = home / "cache" / "grams"
    write_cached_arrays(folder / "a.npz", {"x": np.ones(3)})

    def fail(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "utime", fail)
    assert read(folder, "a").tolist() == [1, 1, 1]


def test_a_damaged_file_is_made_again_with_a_warning(home):
    folder = home / "cache" / "grams"
    folder.mkdir(parents=True)
    (folder / "a.npz").write_bytes(b"PK half")
    with pytest.warns(UserWarning, match=r"a\.npz"):
        assert read(folder, "a") is None


@pytest.fixture
def downloads(home):
    """What an earlier version kept in the cache: checksums and recordings, beside what can be computed again."""
    old = home / "cache" / "allen"
    (old / "bucket-1" / "locks").mkdir(parents=True)
    (old / "bucket-1" / "locks" / "x.lock.json").write_text("{}")
    (old / "bucket-1" / "511.npz").write_bytes(b"\0" * 300)
    (home / "cache" / "grams").mkdir()
    (home / "cache" / "grams" / "a.npz").write_bytes(b"\0" * 100)
    return home


def test_downloads_of_earlier_versions_are_moved_out_of_the_cache(downloads):
    folder = download_folder("allen")
    assert folder == downloads / "downloads" / "allen" and not (downloads / "cache" / "allen").exists()
    assert (folder / "bucket-1" / "locks" / "x.lock.json").read_text() == "{}"
    # An earlier version runs once more: what is new is taken over, and nothing is replaced.
    for name in ("bucket-1", "bucket-2"):
        (downloads / "cache" / "allen" / name).mkdir(parents=True)
        (downloads / "cache" / "allen" / name / "511.npz").write_bytes(b"new")
    assert download_folder("allen") == folder
    assert (folder / "bucket-2" / "511.npz").read_bytes() == b"new"
    assert (folder / "bucket-1" / "511.npz").read_bytes() == b"\0" * 300


def test_downloads_that_cannot_be_moved_are_used_where_they_are(downloads, monkeypatch):
    def fail(*_):
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "rename", fail)
    assert download_folder("allen") == downloads / "cache" / "allen"
    assert [content.kind for content in clear_cache()] == ["grams"]
    assert (downloads / "cache" / "allen" / "bucket-1" / "511.npz").is_file()


def test_clearing_leaves_downloads_and_names_what_went(downloads):
    assert cache_info() == [CacheContent("grams", 1, 100), CacheContent("allen", 2, 302, is_download=True)]
    before = CliRunner().invoke(app, ["cache", "clear", "--dry-run"]).output
    assert "grams: 1 file," in before and "allen" not in before
    assert (downloads / "cache" / "grams" / "a.npz").is_file()
    result = CliRunner().invoke(app, ["cache", "clear"])
    assert result.exit_code == 0 and "grams: 1 file," in result.output and "allen" not in result.output
    assert cache_info() == [CacheContent("allen", 2, 302, is_download=True)]


@pytest.mark.parametrize(
    ("arguments", "answer", "is_there"), [([], "n\n", True), ([], "y\n", False), (["--yes"], "", False)]
)
def test_downloads_are_removed_only_when_named_and_confirmed(downloads, arguments, answer, is_there):
    result = CliRunner().invoke(app, ["cache", "clear", "--kind", "allen", *arguments], input=answer)
    assert result.exit_code == (1 if is_there else 0)
    assert (downloads / "downloads" / "allen").exists() == is_there
    assert (downloads / "cache" / "grams" / "a.npz").is_file()


def test_a_kind_that_is_not_there_is_refused_with_those_that_are(downloads):
    with pytest.raises(InvalidParameterError, match=r"'gram'.*allen, grams"):
        clear_cache(["grams", "gram"])
    assert (downloads / "cache" / "grams" / "a.npz").is_file()


def test_nothing_to_clear_is_no_error(home):
    result = CliRunner().invoke(app, ["cache", "clear"])
    assert result.exit_code == 0 and cache_info() == []
    assert "empty" in CliRunner().invoke(app, ["cache", "info"]).output
