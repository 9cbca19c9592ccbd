"""Fetching, resuming and scoring, from a bucket on a local server."""

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
from brainscore_mouse import load_benchmark, load_dataset, load_model, score_model
from brainscore_mouse.core import errors
from brainscore_mouse.core.home import datasets_folder
from brainscore_mouse.data_packaging.allen.areas import areas_of
from brainscore_mouse.data_packaging.allen.fetch import ensure_fetched, fetch, package
from brainscore_mouse.data_packaging.datasets import load_running_speed, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.remote_objects.sources import RetryPolicy
from brainscore_mouse.metrics.rsa.metric import RSA
from filelock import FileLock
from misbehaving_server import Misbehaviour, serving
from PIL import Image
from places import ALLEN_FORMAT as FIXTURE
from simulated_bucket import FIRST_ID, Site, write_bucket, write_scenes
from tqdm import tqdm

PATIENCE = RetryPolicy(attempts=3, first_delay_s=0.01, timeout_s=0.5, slowest_bytes_per_s=1e6)
SITES = [
    Site("VISp", "Cux2-CreERT2", 175, "mouse-1"),
    Site("VISp", "Sst-IRES-Cre", 275, "mouse-2"),
    Site("VISp", "Cux2-CreERT2", 175, "mouse-3", failed=True),
    Site("VISp", "Cux2-CreERT2", 275, "mouse-3"),
    Site("VISl", "Rbp4-Cre_KL100", 375, "mouse-1"),
    Site("VISl", "Rbp4-Cre_KL100", 400, "mouse-2"),
]
FAILED_ID = FIRST_ID + 2


@pytest.fixture(scope="module")
def bucket_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bucket")
    write_bucket(folder, SITES)
    return folder


@pytest.fixture(scope="module")
def undisturbed(bucket_folder, tmp_path_factory):
    """The files of the dataset as fetched without trouble, short of the manifest, which tells the source."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path_factory.mktemp("undisturbed")))
        fetch("allen-mouse", source=str(bucket_folder))
        content = content_of(datasets_folder() / "allen-mouse")
    del content["manifest.json"]
    return content


@pytest.fixture
def own_bucket(bucket_folder, tmp_path):
    """A bucket that the test may edit."""
    return Path(shutil.copytree(bucket_folder, tmp_path / "bucket"))


def content_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_from_bucket_to_score_in_one_call(bucket_folder, monkeypatch, capsys):
    with serving(bucket_folder) as server:
        monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", server.url)
        score = score_model("pixels", "allen-mouse-VISp-rsa")
        assert -1 < float(score) < 1
        assert score.attrs["n_neuroids"] == 36  # three passing experiments of 12 cells
        assert score.attrs["n_mice"] == 3
        assert "non-commercial" in capsys.readouterr().err
        assert "non-commercial" in read_manifest("allen-mouse")["details"]["terms"]
        assert "de Vries" in read_manifest("allen-mouse")["recipe"]["citation"]
        assert not any(f"{FAILED_ID}" in key for key, _, _ in server.requests)
        n_requests = len(server.requests)
        again = score_model("pixels", "allen-mouse-VISp-rsa")
        assert again.attrs["from_cache"]
        assert float(again) == float(score)
        assert len(server.requests) == n_requests  # no network
        assert load_benchmark("allen-mouse-VISl-rsa").assembly.sizes["neuroid"] == 24  # the second area is added
        assert set(read_manifest("allen-mouse")["regions"]) == {"VISp", "VISl"}
        assert capsys.readouterr().err == ""  # terms are shown once


def test_failed_containers_never_enter(bucket_folder):
    fetch("allen-mouse", source=str(bucket_folder))
    assembly = load_dataset("allen-mouse")
    assert assembly.sizes["neuroid"] == 60
    assert str(FAILED_ID) not in set(assembly["experiment"].values)
    details = read_manifest("allen-mouse")["details"]
    assert all(details["complete"].values()) and set(details["complete"]) == set(areas_of("allen-mouse"))
    assert [report["experiment"] for report in details["experiments"]] == [
        FIRST_ID + number for number, site in enumerate(SITES) if not site.failed
    ]


def test_trials_are_those_of_the_analysis_file(bucket_folder):
    """Image i is scene_i, repetitions are in order of time, blanks are no stimuli."""
    fetch("allen-mouse", source=str(bucket_folder))
    assembly = load_dataset("allen-mouse", "VISp")
    path = bucket_folder / f"visual-coding-2p/ophys_experiment_analysis/{FIRST_ID}_three_session_B_analysis.h5"
    with h5py.File(path) as analysis:
        values = analysis["analysis/mean_sweep_response_ns/block0_values"][()]
        table = analysis["analysis/stim_table_ns/block0_values"][()]
    neuroid = assembly["neuroid_id"].values.tolist().index(str(FIRST_ID * 1000 + 5))
    for scene, repetition in ((0, 0), (41, 3), (117, 2)):
        sweep = np.flatnonzero(table[:, 0] == scene)[np.argsort(table[table[:, 0] == scene][:, 1])[repetition]]
        stored = assembly.values[
            (assembly["stimulus_id"].values == f"scene_{scene:03d}") & (assembly["repetition"].values == repetition)
        ][0, neuroid, 0]
        assert stored == np.float32(values[sweep, 5])
    assert set(assembly["stimulus_id"].values) == {f"scene_{number:03d}" for number in range(118)}
    stimulus_set = load_stimulus_set("allen-mouse")
    with Image.open(stimulus_set.get_stimulus("scene_041")) as image:
        assert image.getpixel((0, 0)) == 41


def test_fifty_repetitions_are_no_deviation(tmp_path, caplog):
    write_bucket(tmp_path / "bucket", SITES[:1], n_cells=3, n_repetitions=50)
    with caplog.at_level(logging.WARNING):
        fetch("allen-mouse", source=str(tmp_path / "bucket"))
    assert caplog.text == ""
    manifest = read_manifest("allen-mouse")
    assert manifest["regions"]["VISp"]["n_repetitions"] == {"min": 50, "max": 50}
    assert manifest["details"]["experiments"][0]["deviations"] == []


def test_one_presentation_too_few_is_told(tmp_path):
    """A scene that was shown 49 times: its last repetition does not exist."""
    write_bucket(tmp_path / "bucket", SITES[:1], n_cells=3, n_repetitions=50)
    path = tmp_path / f"bucket/visual-coding-2p/ophys_experiment_analysis/{FIRST_ID}_three_session_B_analysis.h5"
    with h5py.File(path, "r+") as analysis:
        table, values = (
            analysis[f"analysis/{name}/block0_values"] for name in ("stim_table_ns", "mean_sweep_response_ns")
        )
        means = analysis["analysis/response_ns"]
        sweep = np.flatnonzero(table[:, 0] == 41)[0]
        blank = table[sweep, 0] = -1
        for image in (41, blank):
            means[image + 1, :, 0] = values[()][table[:, 0] == image].mean(axis=0)
    fetch("allen-mouse", source=str(tmp_path / "bucket"))
    manifest = read_manifest("allen-mouse")
    assert manifest["regions"]["VISp"]["n_repetitions"] == {"min": 49, "max": 50}
    (report,) = manifest["details"]["experiments"]
    assert report["deviations"] == ["49 to 50 repetitions per scene instead of 50"]
    assert report["n_blanks"] == 51
    assembly = load_dataset("allen-mouse")
    assert assembly.sizes["presentation"] == 118 * 50 - 1
    assert (assembly["stimulus_id"].values == "scene_041").sum() == 49


def test_deviating_repetitions_are_reported(bucket_folder, caplog):
    with caplog.at_level(logging.WARNING):
        fetch("allen-mouse", ["VISl"], source=str(bucket_folder))
    assert "4 repetitions per scene instead of 50" in caplog.text
    reports = read_manifest("allen-mouse")["details"]["experiments"]
    assert all(report["deviations"] == ["4 repetitions per scene instead of 50"] for report in reports)
    assert all(report["n_blanks"] == 4 for report in reports)


def test_analysis_and_nwb_routes_give_the_same_assembly(tmp_path):
    """The fixture of the real AllenSDK, with and without its analysis file."""
    fetch("allen-mouse", source=str(FIXTURE))
    by_analysis = load_dataset("allen-mouse")
    shutil.copytree(FIXTURE, tmp_path / "bucket")
    shutil.rmtree(tmp_path / "bucket/visual-coding-2p/ophys_experiment_analysis")
    fetch("allen-mouse", source=str(tmp_path / "bucket"), replace=True)
    by_nwb = load_dataset("allen-mouse")
    np.testing.assert_array_equal(by_nwb.values, by_analysis.values)
    assert by_nwb["neuroid_id"].values.tolist() == by_analysis["neuroid_id"].values.tolist()
    assert by_nwb["stimulus_id"].values.tolist() == by_analysis["stimulus_id"].values.tolist()
    assert read_manifest("allen-mouse")["details"]["experiments"][0]["route"].startswith("NWB (")
    golden = np.load(FIXTURE / "bucket_2p_allensdk_2.16.2.npz", allow_pickle=False)
    means = by_nwb.groupby("stimulus_id").mean("presentation").sel(stimulus_id="scene_041").values.squeeze()
    np.testing.assert_allclose(means, golden["response"][42, :4, 0], rtol=1e-5)


def test_datasets_of_the_fixture_differ_by_recipe(tmp_path):
    bucket = Path(shutil.copytree(FIXTURE, tmp_path / "bucket"))
    names = [
        *("allen-mouse", "allen-mouse-events", "allen-mouse-events-shi2019", "allen-mouse-events-bakhtiari2021"),
        *("allen-mouse-npx", "allen-mouse-npx-0-250ms", "allen-mouse-npx-0-250ms-10ms-bins"),
    ]
    for name in names:
        fetch(name, source=str(bucket))
    recipes = {name: read_manifest(name)["details"]["response_recipe"] for name in names}
    assert len(set(recipes.values())) == len(names)
    assert len({load_dataset(name).attrs["data_sha256"] for name in names}) == len(names)
    assert "n_responsive_trials" in load_dataset("allen-mouse-events").indexes["neuroid"].names


def test_neuropixels_dataset_has_the_right_counts():
    golden = dict(np.load(FIXTURE / "bucket_neuropixels_allensdk_2.16.2.npz", allow_pickle=False))
    fetch("allen-mouse-npx-0-250ms-10ms-bins", source=str(FIXTURE))
    assembly = load_dataset("allen-mouse-npx-0-250ms-10ms-bins", "LP")
    assert set(read_manifest("allen-mouse-npx-0-250ms-10ms-bins")["regions"]) == {"VISp", "VISl", "LGd", "LP"}  # no CA1
    first_presentation_of_scene = np.argmax(golden["frame"] == 12)
    trial = (assembly["stimulus_id"].values == "scene_012") & (assembly["repetition"].values == 0)
    for unit in assembly["neuroid_id"].values:
        stored = assembly.values[trial][0, assembly["neuroid_id"].values.tolist().index(unit)]
        column = golden["unit_ids"].tolist().index(int(unit))
        expected = golden["counts_correct"][first_presentation_of_scene, :, column] / 0.01
        np.testing.assert_allclose(stored, expected, rtol=1e-6)


def test_off_screen_pixels_are_gray(own_bucket):
    shutil.rmtree(own_bucket / "visual-coding-neuropixels")
    write_scenes(own_bucket, (92, 117))
    fetch("allen-mouse-onscreen", ["VISl"], source=str(own_bucket))
    fetch("allen-mouse", ["VISl"], source=str(own_bucket))
    masked, whole = (
        np.asarray(Image.open(load_stimulus_set(name).get_stimulus("scene_003")))
        for name in ("allen-mouse-onscreen", "allen-mouse")
    )
    assert masked[0, 0] == 127
    changed = masked != whole
    assert 0.08 < changed.mean() < 0.16
    assert (masked[changed] == 127).all()


def test_scenes_from_the_nwb_file_where_a_mirror_has_no_templates():
    fetch("allen-mouse", source=str(FIXTURE))
    with h5py.File(FIXTURE / "visual-coding-2p/ophys_experiment_data/900000001.nwb") as nwb:
        expected = nwb["stimulus/templates/natural_scenes_image_stack/data"][77]
    with Image.open(load_stimulus_set("allen-mouse").get_stimulus("scene_077")) as image:
        np.testing.assert_array_equal(np.asarray(image), expected)


FAULTS = ["cut", "long", "short_header", "other_range", "429", "500", "503", "corrupt"]


@pytest.mark.parametrize("fault", FAULTS)
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
    assert f"{FIRST_ID} is left out" in caplog.text
    assert list(read_manifest("allen-mouse")["details"]["left_out"]) == [str(FIRST_ID)]
    assert load_dataset("allen-mouse", "VISp").sizes["neuroid"] == 24


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
        load_benchmark("allen-mouse-VISp-rsa").data_sha256  # noqa: B018
    lines = str(raised.value).splitlines()
    assert len(lines) == 2 and max(map(len, lines)) < 250
    assert "https://bucket.example.org" in lines[0] and "data fetch allen-mouse" in lines[1]
    assert raised.value.__cause__ is None and raised.value.__suppress_context__


def break_analysis(bucket, number):
    path = bucket / f"visual-coding-2p/ophys_experiment_analysis/{FIRST_ID + number}_three_session_B_analysis.h5"
    with h5py.File(path, "r+") as analysis:
        analysis["analysis/mean_sweep_response_ns/block0_values"][7, 3] += 10  # and its NWB file has no traces


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
        with pytest.raises(errors.DataError, match=r"no neuroids in VISpm"):
            ensure_fetched("allen-mouse-npx", "VISpm")
        assert len(server.requests) == n_requests


def test_an_outage_in_the_middle_is_no_reason_to_leave_an_experiment_out(tmp_path, home):
    """It comes while h5py reads: later than the first block."""
    write_bucket(tmp_path / "bucket", SITES[:1], n_cells=60, n_repetitions=10)
    with serving(tmp_path / "bucket", Misbehaviour("503", r"analysis\.h5", first_byte=1)) as server:
        with pytest.raises(errors.RemoteReadError, match=r"analysis\.h5.*3 attempts"):
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
    with pytest.raises(errors.CorruptDatasetError, match=rf"{FIRST_ID}\.npz is damaged"):
        package("allen-mouse", source=str(bucket_folder))
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(errors.CorruptDatasetError, match=rf"{FIRST_ID}\.npz is damaged"):
        package("allen-mouse", source=str(bucket_folder))


def test_packaging_masked_scenes_before_any_scene_is_there(bucket_folder, home):
    fetch("allen-mouse", source=str(bucket_folder))
    for path in home.rglob("cache/**/scene_*.png"):
        path.unlink()
    with pytest.raises(errors.DataError, match="Nothing of allen-mouse-onscreen"):
        package("allen-mouse-onscreen", source=str(bucket_folder))


def test_incomplete_areas_are_told_when_they_are_used(bucket_folder, monkeypatch, caplog):
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(bucket_folder))
    fetch("allen-mouse", ["VISp"], max_experiments=2)
    with caplog.at_level(logging.WARNING):
        ensure_fetched("allen-mouse", "VISp")
    assert "VISp of allen-mouse on this machine has not all experiments" in caplog.text


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


def test_running_speed_of_each_trial(bucket_folder):
    fetch("allen-mouse", source=str(bucket_folder))
    speeds = load_running_speed("allen-mouse")
    path = bucket_folder / f"visual-coding-2p/ophys_experiment_analysis/{FIRST_ID + 1}_three_session_B_analysis.h5"
    with h5py.File(path) as analysis:
        values = analysis["analysis/mean_sweep_response_ns/block0_values"][:, -1]
        table = analysis["analysis/stim_table_ns/block0_values"][()]
    sweeps = np.flatnonzero(table[:, 0] == 41)
    third = sweeps[np.argsort(table[sweeps, 1])[2]]
    presentation = (speeds["stimulus_id"] == "scene_041") & (speeds["repetition"] == 2)
    stored = speeds.sel(experiment=str(FIRST_ID + 1))[presentation.values]
    assert stored.values.tolist() == [np.float32(values[third])]
    assert set(load_dataset("allen-mouse")["experiment"].values) == set(speeds["experiment"].values)
    assert not speeds.isnull().any()
    (path,) = (datasets_folder() / "allen-mouse").glob("running-speed-*.nc")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(errors.CorruptDatasetError, match=path.name):
        load_running_speed("allen-mouse")


def test_a_changed_object_is_named(own_bucket):
    fetch("allen-mouse", ["VISp"], source=str(own_bucket))
    path = own_bucket / "visual-coding-2p/ophys_experiments.json"
    path.write_text(path.read_text().replace("mouse-2", "mouse-9"))
    with pytest.raises(errors.RemoteObjectChangedError, match=r"ophys_experiments\.json"):
        fetch("allen-mouse", ["VISl"], source=str(own_bucket))


def test_max_experiments_and_completion(bucket_folder):
    fetch("allen-mouse", ["VISp"], max_experiments=1, source=str(bucket_folder))
    assert load_dataset("allen-mouse").sizes["neuroid"] == 12
    assert read_manifest("allen-mouse")["details"]["complete"] == {"VISp": False}
    fetch("allen-mouse", ["VISl"], max_experiments=1, source=str(bucket_folder))
    assert load_dataset("allen-mouse").sizes["neuroid"] == 24  # VISp stays
    fetch("allen-mouse", source=str(bucket_folder))
    assert load_dataset("allen-mouse").sizes["neuroid"] == 60


def test_package_without_the_source(own_bucket):
    fetch("allen-mouse", source=str(own_bucket))
    before = content_of(datasets_folder() / "allen-mouse")
    for path in own_bucket.rglob("*.*"):
        path.unlink()
    package("allen-mouse", source=str(own_bucket))
    after = content_of(datasets_folder() / "allen-mouse")
    assert {name: content for name, content in after.items() if name.endswith(".nc")} == {
        name: content for name, content in before.items() if name.endswith(".nc")
    }
    with pytest.raises(errors.DataError, match="Nothing of allen-mouse-npx"):
        package("allen-mouse-npx", source=str(own_bucket))


def test_a_dataset_made_of_arrays_is_replaced_on_request_only(bucket_folder, home):
    fetch("allen-mouse", source=str(bucket_folder))
    manifest_path = datasets_folder() / "allen-mouse" / "manifest.json"
    manifest = json.loads(manifest_path.read_text())
    del manifest["details"]["fetched_from"]
    manifest_path.write_text(json.dumps(manifest))
    with pytest.raises(errors.InvalidParameterError, match="--replace"):
        fetch("allen-mouse", source=str(bucket_folder))
    fetch("allen-mouse", source=str(bucket_folder), replace=True)
    assert read_manifest("allen-mouse")["details"]["fetched_from"] == str(bucket_folder)


def test_full_disk(bucket_folder, monkeypatch):
    usage = type(shutil.disk_usage("/"))(10**9, 10**9 - 10**6, 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(errors.DiskSpaceError, match=r"0\.2 GB"):
        fetch("allen-mouse", source=str(bucket_folder))
    assert not (datasets_folder() / "allen-mouse").exists()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"identifier": "allen-mouse-npx-250-50ms"}, errors.UnknownIdentifierError, "allen-mouse-npx-0-250ms"),
        ({"identifier": "allen-mouse-npx-0-250ms-7ms-bins"}, errors.UnknownIdentifierError, "divide"),
        ({"identifier": "allen-mouse-npx-00-250ms"}, errors.UnknownIdentifierError, "allen-mouse-npx-0-250ms"),
        ({"identifier": "allen-mouse", "areas": ["LGd"]}, errors.UnknownIdentifierError, "LGd.*VISp"),
        ({"identifier": "allen-mouse", "jobs": 0}, errors.InvalidParameterError, "jobs"),
        ({"identifier": "allen-mouse", "areas": ["VISrl"]}, errors.DataError, "no experiment.*VISrl"),
    ],
)
def test_bad_requests(bucket_folder, arguments, error, message):
    with pytest.raises(error, match=message):
        fetch(**arguments, source=str(bucket_folder))


def test_parts_of_an_area(bucket_folder, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(bucket_folder))
    exc = load_benchmark("allen-mouse-VISp.exc-rsa")
    assert set(exc.assembly["cre_line"].values) == {"Cux2-CreERT2"}
    assert exc.assembly.sizes["neuroid"] == 24
    layer_4 = load_benchmark("allen-mouse-VISp.L4-ridge")
    assert sorted(set(layer_4.assembly["subject"].values)) == ["mouse-2", "mouse-3"]
    with pytest.raises(errors.TooFewNeuroidsError, match=r"12 neuroids of 1 mice.*20 neuroids of 2 mice"):
        load_benchmark("allen-mouse-VISp.Sst-rsa").assembly  # noqa: B018


def test_average_over_areas(tmp_path, monkeypatch):
    areas = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")
    write_bucket(tmp_path / "bucket", [Site(area, mouse=mouse) for area in areas for mouse in ("a", "b")])
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(tmp_path / "bucket"))
    average = load_benchmark("allen-mouse-rsa")
    assert average.identifier == "allen-mouse-rsa"
    for member in average.members:
        member.metric = RSA(n_half_splits=5, n_bootstraps=20)
    score = score_model("pixels", average)
    model = load_model("pixels")
    scores = {member.region: float(member(model)) for member in average.members}
    assert float(score) == pytest.approx(np.mean(list(scores.values())), abs=1e-12)
    assert score.attrs["scores"] == scores
    assert tuple(scores) == areas
    assert score.attrs["n_neuroids"] == 144
    assert score.attrs["n_mice"] == 2
    assert score.attrs["layer"] == ", ".join(f"{area}: pixels" for area in areas)
    assert score_model("pixels", average).attrs["from_cache"]


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
