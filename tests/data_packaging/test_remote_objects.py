"""Reading by ranges from a server that misbehaves."""

import errno
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import h5py
import numpy as np
import pytest
from brainscore_mouse.core.errors import (
    CorruptDatasetError,
    RemoteObjectChangedError,
    RemoteObjectMissingError,
    RemoteReadError,
    UnexpectedFormatError,
)
from brainscore_mouse.data_packaging.remote_objects.bucket import Bucket, RemoteFile
from brainscore_mouse.data_packaging.remote_objects.locks import BLOCK_BYTES, LockFolder
from brainscore_mouse.data_packaging.remote_objects.parallel_reading import read_in_parallel
from brainscore_mouse.data_packaging.remote_objects.sources import RetryPolicy, source_at
from misbehaving_server import Misbehaviour, serving

PATIENCE = RetryPolicy(attempts=3, first_delay_s=0.01, timeout_s=0.5, slowest_bytes_per_s=1e6)
KEY = "folder/object.bin"
SIZE = 3 * BLOCK_BYTES + 1234


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "bucket" / KEY
    path.parent.mkdir(parents=True)
    path.write_bytes(np.random.default_rng(0).bytes(SIZE))
    return tmp_path / "bucket"


@pytest.fixture
def locks(tmp_path):
    return LockFolder(tmp_path / "locks")


def bucket_at(server, locks):
    return Bucket(source_at(server.url, PATIENCE), locks)


def read_all(file):
    return file.read()


FAULTS = ["cut", "long", "short_header", "ignored_range", "other_range", "slow", "408", "429", "500", "503"]


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_that_pass_are_retried(folder, locks, fault):
    with serving(folder, Misbehaviour(fault, times=2)) as server:
        assert bucket_at(server, locks).read(KEY, read_all) == (folder / KEY).read_bytes()
        assert len(server.requests) >= 3


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_that_stay_are_named(folder, locks, fault):
    with serving(folder, Misbehaviour(fault)) as server:
        with pytest.raises(RemoteReadError, match=KEY):
            bucket_at(server, locks).read(KEY, read_all)
        assert len(server.requests) == 3  # bounded
    assert locks.read(KEY) is None


@pytest.mark.parametrize("status", ["403", "404"])
def test_what_is_not_there_is_not_asked_for_again(folder, locks, status):
    with serving(folder, Misbehaviour(status)) as server:
        with pytest.raises(RemoteObjectMissingError, match=rf"{status}.*{KEY}"):
            bucket_at(server, locks).read(KEY, read_all)
        assert len(server.requests) == 1


def test_pauses_grow(folder, locks, monkeypatch):
    pauses = []
    monkeypatch.setattr("time.sleep", pauses.append)
    policy = RetryPolicy(attempts=5, first_delay_s=0.5, timeout_s=0.5)
    with serving(folder, Misbehaviour("503")) as server, pytest.raises(RemoteReadError):
        Bucket(source_at(server.url, policy), locks).read(KEY, read_all)
    assert pauses == [0.5, 1.0, 2.0, 4.0]


def no_name(*arguments, **options):
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def no_route(*arguments, **options):
    raise OSError(errno.ENETUNREACH, "Network is unreachable")


@pytest.mark.parametrize(
    ("address", "function", "behaviour"),
    [
        ("http://127.0.0.1:9", None, None),  # nobody listens
        ("http://bucket.example.org", "socket.getaddrinfo", no_name),
        ("http://127.0.0.1:9", "socket.socket.connect", no_route),
        ("http://", None, None),
        ("http://exa mple.org", None, None),
    ],
)
def test_what_no_further_attempt_can_change_fails_at_once(locks, monkeypatch, address, function, behaviour):
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("it is tried again"))
    if function:
        monkeypatch.setattr(function, behaviour)
    with pytest.raises(RemoteReadError) as raised:
        Bucket(source_at(address), locks).read(KEY, read_all)
    assert len(str(raised.value)) < 200
    assert raised.value.__cause__ is None and raised.value.__suppress_context__


def test_a_server_that_was_there_may_be_back_soon(folder, monkeypatch):
    with serving(folder) as server:
        source = source_at(server.url, PATIENCE)
        source.read_range(KEY, 0, 10)
        monkeypatch.setattr("socket.getaddrinfo", no_name)
        # In another thread, which has no connection yet.
        with pytest.raises(RemoteReadError, match="3 attempts") as raised, ThreadPoolExecutor(1) as executor:
            executor.submit(source.read_range, KEY, 10, 20).result()
        assert server.url in str(raised.value) and raised.value.__cause__ is None


@pytest.mark.parametrize(("start", "stop"), [(0, 100), (0, SIZE - 1), (5, SIZE)])
def test_a_server_without_ranges_is_told_in_the_first_attempt(folder, start, stop):
    with serving(folder, Misbehaviour("no_ranges")) as server:
        with pytest.raises(RemoteReadError, match="does not send ranges"):
            source_at(server.url, PATIENCE).read_range(KEY, start, stop)
        assert len(server.requests) == 1


def test_a_server_without_ranges_does_for_objects_that_are_read_whole(folder, locks):
    with serving(folder, Misbehaviour("no_ranges")) as server:
        content = bucket_at(server, locks).read(KEY, read_all, min_request_bytes=4 * SIZE)
    assert content == (folder / KEY).read_bytes()


def test_a_proxy_that_drops_a_range_now_and_then_is_asked_again(folder, locks):
    with serving(folder, Misbehaviour("no_ranges", times=1, first_byte=BLOCK_BYTES)) as server:
        assert bucket_at(server, locks).read(KEY, read_all) == (folder / KEY).read_bytes()


def test_neither_url_nor_folder():
    with pytest.raises(RemoteReadError, match="nowhere"):
        source_at("nowhere/at/all")


def test_bytes_damaged_on_their_way_at_first_use_are_asked_for_again(folder, locks):
    """Without any checksum only the reader can tell."""
    path = folder / "table.json"
    path.write_text(json.dumps({"rows": [1, 2, 3]}))
    with serving(folder, Misbehaviour("corrupt", times=1)) as server:
        content = bucket_at(server, locks).read("table.json", lambda file: json.loads(file.read()))
    assert content == {"rows": [1, 2, 3]}
    assert locks.read("table.json") is not None


def test_what_is_always_damaged_is_named_and_not_trusted(folder, locks):
    (folder / "table.json").write_text('{"rows": [1, 2')
    with serving(folder) as server, pytest.raises(UnexpectedFormatError, match=r"table\.json"):
        bucket_at(server, locks).read("table.json", lambda file: json.loads(file.read()))
    assert locks.read("table.json") is None


@pytest.mark.parametrize("error", [AttributeError, TypeError, ZeroDivisionError, MemoryError, KeyError, SyntaxError])
def test_whatever_a_reader_stumbles_over_is_named(folder, locks, error):
    def read_wrongly(file):
        raise error("stumbled")

    with pytest.raises(UnexpectedFormatError, match=rf"{KEY}.*{error.__name__}.*stumbled"):
        Bucket(source_at(str(folder)), locks).read(KEY, read_wrongly)


def test_a_folders_file_that_shrinks_meanwhile(folder, monkeypatch):
    file = RemoteFile(source_at(str(folder)), KEY, None)
    real_open = open

    def open_then_cut(path, mode):
        opened = real_open(path, mode)
        opened_size = opened.seek(0, 2)
        real_open(path, "r+b").truncate(opened_size - BLOCK_BYTES)
        return opened

    monkeypatch.setattr("builtins.open", open_then_cut)
    file.seek(2 * BLOCK_BYTES)
    with pytest.raises(RemoteReadError, match=KEY):
        file.read()


def test_tasks_in_parallel_stop_at_the_first_unexpected_error(folder):
    source = source_at(str(folder))
    begun = []

    def task(number):
        begun.append(number)
        if number == 1:
            raise KeyError("accepted")
        if number == 3:
            raise RuntimeError("not accepted")

    tasks = {number: partial(task, number) for number in range(50)}
    with pytest.raises(RuntimeError, match="not accepted"):
        read_in_parallel(tasks, 1, source, "object", accepted=(KeyError,))
    del tasks[3]
    begun.clear()
    failed = read_in_parallel(tasks, 5, source, "object", accepted=(KeyError,))
    assert sorted(begun) == sorted(tasks)
    assert list(failed) == [1]


def test_progress_tells_bytes_and_time_left(folder, capsys, monkeypatch):
    source = source_at(str(folder))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    read_in_parallel({n: partial(source.read_range, KEY, 0, SIZE) for n in range(3)}, 2, source, "object")
    last = capsys.readouterr().err.split("\r")[-1]
    assert re.search(r"Reading objects: 100%.* 3/3 \[\d\d:\d\d<\d\d:\d\d.*, 2\.4 MB, [\d.]+ MB/s\]", last)


def test_bytes_damaged_on_their_way_later_are_asked_for_again(folder, locks):
    with serving(folder) as server:
        bucket = bucket_at(server, locks)
        bucket.read(KEY, read_all)
        server.misbehaviour = Misbehaviour("corrupt", times=1)
        assert bucket.read(KEY, read_all) == (folder / KEY).read_bytes()


@pytest.mark.parametrize("change", ["bytes", "length"])
def test_changed_objects_are_named(folder, locks, change):
    with serving(folder) as server:
        bucket = bucket_at(server, locks)
        bucket.read(KEY, read_all)
        content = bytearray((folder / KEY).read_bytes())
        if change == "bytes":
            content[2 * BLOCK_BYTES + 5] ^= 1
        else:
            content.append(0)
        (folder / KEY).write_bytes(content)
        with pytest.raises(RemoteObjectChangedError, match=KEY):
            bucket.read(KEY, read_all)


def test_an_object_that_changes_while_it_is_read(folder, locks):
    with serving(folder) as server:
        file = RemoteFile(source_at(server.url, PATIENCE), KEY, None)
        file.read(10)
        (folder / KEY).write_bytes(b"0" * (SIZE + 1))
        file.seek(2 * BLOCK_BYTES)
        with pytest.raises(RemoteObjectChangedError, match=KEY):
            file.read(10)


def test_only_blocks_that_were_read_are_locked_and_later_ones_added(folder, locks):
    with serving(folder) as server:
        bucket = bucket_at(server, locks)
        bucket.read(KEY, lambda file: file.read(10))
        assert set(locks.read(KEY).sha256_of_block) == {0}
        bucket.read(KEY, lambda file: (file.seek(SIZE - 3), file.read())[1])
        assert set(locks.read(KEY).sha256_of_block) == {0, 3}
        assert locks.read(KEY).size == SIZE


def test_a_damaged_lock_is_named(folder, locks):
    locks.path(KEY).parent.mkdir(parents=True)
    locks.path(KEY).write_text('{"size": 5, "sha')
    with serving(folder) as server, pytest.raises(CorruptDatasetError, match=KEY):
        bucket_at(server, locks).read(KEY, read_all)


def test_hdf5_by_ranges_reads_a_small_part(folder, locks):
    wanted = np.random.default_rng(1).normal(size=(1000, 300))
    with h5py.File(folder / "big.h5", "w") as file:
        file["before"] = np.zeros(2_000_000)
        file["wanted"] = wanted
        file["after"] = np.zeros(2_000_000)

    def read_wanted(file):
        with h5py.File(file, "r") as contents:
            return contents["wanted"][()]

    with serving(folder) as server:
        bucket = bucket_at(server, locks)
        np.testing.assert_array_equal(bucket.read("big.h5", read_wanted), wanted)
        size = (folder / "big.h5").stat().st_size
        assert bucket.source.bytes_read < 4_500_000 < 0.15 * size
        assert len(server.requests) < 12


def test_reading_like_a_file(folder, locks):
    content = (folder / KEY).read_bytes()
    file = RemoteFile(source_at(str(folder)), KEY, None)
    generator = np.random.default_rng(2)
    for _ in range(50):
        start = int(generator.integers(0, SIZE + 100))
        length = int(generator.integers(0, SIZE))
        file.seek(start)
        assert file.read(length) == content[start : start + length]
    assert file.seek(0, 2) == SIZE
    assert file.read() == b""
