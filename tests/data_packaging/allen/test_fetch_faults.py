"""Fetching from buckets, disks and processes that fail."""

import json
import logging
import multiprocessing
import shutil
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from brainscore_mouse import load_dataset
from brainscore_mouse.core import errors
from brainscore_mouse.core.home import datasets_folder
from brainscore_mouse.data_packaging.allen.experiment_store import stored_report
from brainscore_mouse.data_packaging.allen.fetch import ensure_fetched, fetch, package
from brainscore_mouse.data_packaging.datasets import read_manifest
from brainscore_mouse.data_packaging.remote_objects.sources import RetryPolicy
from filelock import FileLock
from misbehaving_server import Misbehaviour, serving
from places import ALLEN_FORMAT as FIXTURE
from simulated_bucket import FIRST_ID, SITES, content_of, write_bucket
from tqdm.auto import tqdm

PATIENCE = RetryPolicy(attempts=3, first_delay_s=0.01, timeout_s=0.5, slowest_bytes_per_s=1e6)


FAULTS = ["cut", "long", "short_header", "other_range", "429", "500", "503", "corrupt"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.slow
def test_faults_that_pass_leave_no_trace(bucket_folder, undisturbed, fault):
    # Nothing can tell damaged gray levels at first use; JSON, HDF5 and the means of responses do tell.
    pattern = "analysis|json" if fault == "corrupt" else r"json|nwb|analysis|scene_1\d\.tiff"
    with serving(bucket_folder, Misbehaviour(fault, pattern, times=1)) as server:
        fetch("allen-mouse", source=server.url, jobs=3, retry_policy=PATIENCE)
    disturbed = content_of(datasets_folder() / "allen-mouse")
    del disturbed["manifest.json"]
    assert disturbed == undisturbed


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        *((fault, r"ophys_experiments\.json") for fault in [*FAULTS, "slow", "403", "404"]),
        *((fault, pattern) for fault in ("cut", "503", "404") for pattern in (r"\.nwb", "tiff")),
    ],
)
def test_faults_that_stay_are_named_and_nothing_is_written(bucket_folder, fault, pattern):
    with (
        serving(bucket_folder, Misbehaviour(fault, pattern)) as server,
        pytest.raises(errors.DataError, match=r"json|nwb|tiff|scene"),
    ):
        fetch("allen-mouse", source=server.url, retry_policy=PATIENCE)
    assert not (datasets_folder() / "allen-mouse").exists()


def test_an_unreadable_experiment_is_left_out_and_recorded(own_bucket, caplog):
    break_analysis(own_bucket, 0)
    with caplog.at_level(logging.WARNING):
        fetch("allen-mouse", source=str(own_bucket))
    assert str(FIRST_ID) in caplog.text
    assert list(read_manifest("allen-mouse")["details"]["left_out"]) == [str(FIRST_ID)]
    assert load_dataset("allen-mouse", "VISp").sizes["neuroid"] == 24


def break_analysis(bucket, number):
    path = bucket / f"visual-coding-2p/ophys_experiment_analysis/{FIRST_ID + number}_three_session_B_analysis.h5"
    with h5py.File(path, "r+") as analysis:
        analysis["analysis/mean_sweep_response_ns/block0_values"][7, 3] += 10  # and its NWB file has no traces


@pytest.mark.slow
def test_what_is_left_out_stays_on_record_and_costs_no_second_look(own_bucket):
    """Also when other areas are added later."""
    break_analysis(own_bucket, 0)
    with serving(own_bucket) as server:
        fetch("allen-mouse", ["VISp"], max_experiments=2, source=server.url)
        n_requests = len(server.requests)
        fetch("allen-mouse", ["VISp"], max_experiments=2, source=server.url)
        assert len(server.requests) == n_requests
        fetch("allen-mouse", ["VISp"], source=server.url)
        fetch("allen-mouse", ["VISl"], source=server.url)
        details = read_manifest("allen-mouse")["details"]
        assert list(details["left_out"]) == [str(FIRST_ID)]
        assert details["complete"] == {"VISp": True, "VISl": True}
        fetch("allen-mouse", source=server.url)
        n_requests = len(server.requests)
        fetch("allen-mouse", source=server.url)
        package("allen-mouse", source=server.url)
        fetch("allen-mouse", source=server.url)
        assert len(server.requests) == n_requests
        assert list(read_manifest("allen-mouse")["details"]["left_out"]) == [str(FIRST_ID)]


def test_resuming_with_nothing_but_an_unusable_experiment_left(own_bucket):
    """The others are on disk already: this is no failure of all."""
    break_analysis(own_bucket, 5)
    fetch("allen-mouse", ["VISp", "VISl"], source=str(own_bucket))
    shutil.rmtree(datasets_folder() / "allen-mouse")  # as if killed before
    fetch("allen-mouse", ["VISp", "VISl"], source=str(own_bucket))
    assert list(read_manifest("allen-mouse")["details"]["left_out"]) == [str(FIRST_ID + 5)]
    assert load_dataset("allen-mouse", "VISl").sizes["neuroid"] == 12


def test_areas_without_neuroids_are_not_looked_for_again(monkeypatch):
    """The session of the fixture has no unit in most areas."""
    with serving(FIXTURE) as server:
        monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", server.url)
        fetch("allen-mouse-npx")
        n_requests = len(server.requests)
        fetch("allen-mouse-npx")
        with pytest.raises(errors.DataError, match="VISpm"):
            ensure_fetched("allen-mouse-npx", "VISpm")
        assert len(server.requests) == n_requests


def test_an_outage_in_the_middle_is_no_reason_to_leave_an_experiment_out(tmp_path, home):
    """It comes while h5py reads: later than the first block."""
    write_bucket(tmp_path / "bucket", SITES[:1], n_cells=60, n_repetitions=10)
    with serving(tmp_path / "bucket", Misbehaviour("503", r"analysis\.h5", first_byte=1)) as server:
        with pytest.raises(errors.RemoteReadError, match=r"analysis\.h5"):
            fetch("allen-mouse", source=server.url, retry_policy=PATIENCE)
        assert not (datasets_folder() / "allen-mouse").exists()
        server.misbehaviour = None
        fetch("allen-mouse", source=server.url, retry_policy=PATIENCE)
    assert load_dataset("allen-mouse").sizes["neuroid"] == 60


def test_a_damaged_dataset_is_named_and_replaced_on_request(bucket_folder):
    fetch("allen-mouse", source=str(bucket_folder))
    manifest = datasets_folder() / "allen-mouse" / "manifest.json"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[:100])
    with pytest.raises(errors.CorruptDatasetError, match=r"manifest\.json"):
        fetch("allen-mouse", source=str(bucket_folder))
    fetch("allen-mouse", source=str(bucket_folder), replace=True)
    assert manifest.read_bytes() == whole


def test_damaged_files_of_experiments_are_never_loaded(bucket_folder, home):
    fetch("allen-mouse", source=str(bucket_folder))
    (path,) = home.rglob(f"{FIRST_ID}.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(errors.CorruptDatasetError, match=rf"{FIRST_ID}\.npz"):
        package("allen-mouse", source=str(bucket_folder))
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(errors.CorruptDatasetError, match=rf"{FIRST_ID}\.npz"):
        package("allen-mouse", source=str(bucket_folder))


@pytest.mark.parametrize(
    ("change", "named"),
    [({"deviations": "none"}, 'deviations is "none"'), ({"format_version": "1"}, "format_version is")],
)
def test_a_damaged_report_of_an_experiment_is_named_with_key_and_value(tmp_path, change, named):
    report = {"format_version": 1, "experiment": 5, "deviations": []} | change
    path = tmp_path / "5.npz"
    np.savez(path, report=np.array(json.dumps(report)))
    with pytest.raises(errors.CorruptDatasetError) as refused:
        stored_report(path)
    assert str(path) in str(refused.value) and named in str(refused.value) and "fetch" in str(refused.value)


def test_a_second_process_waits_and_says_so(bucket_folder, home, caplog):
    lock = FileLock(home / "cache" / "allen" / "fetching.lock")
    Path(lock.lock_file).parent.mkdir(parents=True)
    with lock, ThreadPoolExecutor(1) as executor, caplog.at_level(logging.WARNING):
        waiting = executor.submit(fetch, "allen-mouse", source=str(bucket_folder))
        while "Waiting for another process" not in caplog.text:
            assert not waiting.done()
            time.sleep(0.01)
        lock.release()
        assert waiting.result().is_dir()


def test_a_changed_object_is_named(own_bucket):
    fetch("allen-mouse", ["VISp"], source=str(own_bucket))
    path = own_bucket / "visual-coding-2p/ophys_experiments.json"
    path.write_text(path.read_text().replace("mouse-2", "mouse-9"))
    with pytest.raises(errors.RemoteObjectChangedError, match=r"ophys_experiments\.json"):
        fetch("allen-mouse", ["VISl"], source=str(own_bucket))


def test_full_disk(bucket_folder, monkeypatch):
    usage = type(shutil.disk_usage("/"))(10**9, 10**9 - 10**6, 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(errors.DiskSpaceError, match=r"0\.2 GB"):
        fetch("allen-mouse", source=str(bucket_folder))
    assert not (datasets_folder() / "allen-mouse").exists()


def _fetch_in_a_process(location):
    fetch("allen-mouse", source=location, jobs=2)


@pytest.mark.slow
def test_kill_and_resume(bucket_folder, home, monkeypatch):
    """Killed 20 times at random moments, of fresh fetches and of resumed ones."""
    with serving(bucket_folder) as server:
        start = time.monotonic()
        fetch("allen-mouse", source=server.url)
        duration = time.monotonic() - start
        undisturbed = content_of(datasets_folder() / "allen-mouse")
        monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(home / "other"))
        folder = datasets_folder() / "allen-mouse"
        # tqdm's own lock is shared by forked processes: one that is killed with it would stop all others.
        monkeypatch.setattr(tqdm, "_lock", threading.RLock(), raising=False)
        generator = np.random.default_rng(0)
        context = multiprocessing.get_context("fork")
        n_killed = 0
        while n_killed < 20:
            process = context.Process(target=_fetch_in_a_process, args=(server.url,))
            process.start()
            process.join(generator.uniform(0, duration))
            n_killed += process.is_alive()
            process.kill()
            process.join()
            if folder.exists():  # whole, or not there at all
                assert content_of(folder) == undisturbed
                shutil.rmtree(home / "other")  # begin anew
        fetch("allen-mouse", source=server.url)
    assert content_of(folder) == undisturbed
    assert [path.name for path in datasets_folder().iterdir()] == ["allen-mouse"]  # nothing is left behind


def truncate(path, share=0.5):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.mark.parametrize("damage", [lambda path: truncate(path), lambda path: truncate(path, 0.01), Path.unlink])
def test_a_damaged_analysis_file_is_blamed_itself_and_read_once_it_is_mended(own_bucket, caplog, damage):
    path = own_bucket / f"visual-coding-2p/ophys_experiment_analysis/{FIRST_ID}_three_session_B_analysis.h5"
    whole = path.read_bytes()
    damage(path)
    with caplog.at_level(logging.WARNING):
        fetch("allen-mouse", ["VISp"], source=str(own_bucket))
    (reason,) = read_manifest("allen-mouse")["details"]["left_out"].values()
    assert path.name in reason.split(".nwb")[0]  # before the NWB file, which is whole
    assert "data fetch allen-mouse --replace" in caplog.text
    path.write_bytes(whole)
    fetch("allen-mouse", ["VISp"], source=str(own_bucket), replace=True)
    assert not read_manifest("allen-mouse")["details"]["left_out"]
    assert load_dataset("allen-mouse", "VISp").sizes["neuroid"] == 36


def test_without_a_network_it_fails_at_once_in_two_lines(monkeypatch):
    def no_name(*arguments, **options):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", no_name)
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("it is tried again"))
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", "https://bucket.example.org")
    with pytest.raises(errors.DatasetNotFoundError) as raised:
        ensure_fetched("allen-mouse", "VISp")
    lines = str(raised.value).splitlines()
    assert len(lines) == 2 and max(map(len, lines)) < 250
    assert "https://bucket.example.org" in lines[0] and "data fetch allen-mouse" in lines[1]
    assert raised.value.__cause__ is None and raised.value.__suppress_context__
