"""Fetching, resuming and scoring, from a bucket on a local server."""

import json
import logging
import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from brainscore_mouse import load_benchmark, load_dataset, score_model
from brainscore_mouse.core import errors
from brainscore_mouse.core.home import datasets_folder
from brainscore_mouse.data_packaging.allen.areas import areas_of
from brainscore_mouse.data_packaging.allen.fetch import ensure_fetched, fetch, package
from brainscore_mouse.data_packaging.datasets import load_running_speed, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.remote_objects.sources import RetryPolicy
from misbehaving_server import serving
from PIL import Image
from places import ALLEN_FORMAT as FIXTURE
from simulated_bucket import FAILED_ID, FIRST_ID, SITES, content_of, write_bucket, write_scenes

PATIENCE = RetryPolicy(attempts=3, first_delay_s=0.01, timeout_s=0.5, slowest_bytes_per_s=1e6)


@pytest.mark.slow
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
    assert re.search(r"\b4\b.*\b50\b", caplog.text)
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


@pytest.mark.slow
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
    regions = set(read_manifest("allen-mouse-npx-0-250ms-10ms-bins")["regions"])
    assert regions == {"VISp", "VISl", "LGd", "LP", "CA1"}  # the file has more units, outside of areas
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


def test_packaging_masked_scenes_before_any_scene_is_there(bucket_folder, home):
    fetch("allen-mouse", source=str(bucket_folder))
    for path in home.rglob("downloads/**/scene_*.png"):
        path.unlink()
    with pytest.raises(errors.DataError, match="allen-mouse-onscreen"):
        package("allen-mouse-onscreen", source=str(bucket_folder))


def test_incomplete_areas_are_told_when_they_are_used(bucket_folder, monkeypatch, caplog):
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(bucket_folder))
    fetch("allen-mouse", ["VISp"], max_experiments=2)
    with caplog.at_level(logging.WARNING):
        ensure_fetched("allen-mouse", "VISp")
    assert "VISp of allen-mouse" in caplog.text


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


@pytest.mark.slow
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
    with pytest.raises(errors.DataError, match="allen-mouse-npx"):
        package("allen-mouse-npx", source=str(own_bucket))


@pytest.mark.slow
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


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"identifier": "allen-mouse-npx-250-50ms"}, errors.UnknownIdentifierError, "allen-mouse-npx-0-250ms"),
        ({"identifier": "allen-mouse-npx-0-250ms-7ms-bins"}, errors.UnknownIdentifierError, "7"),
        ({"identifier": "allen-mouse-npx-00-250ms"}, errors.UnknownIdentifierError, "allen-mouse-npx-0-250ms"),
        ({"identifier": "allen-mouse", "areas": ["LGd"]}, errors.UnknownIdentifierError, "LGd.*VISp"),
        ({"identifier": "allen-mouse", "jobs": 0}, errors.InvalidParameterError, "jobs"),
        ({"identifier": "allen-mouse", "areas": ["VISrl"]}, errors.DataError, "VISrl"),
    ],
)
def test_bad_requests(bucket_folder, arguments, error, message):
    with pytest.raises(error, match=message):
        fetch(**arguments, source=str(bucket_folder))
