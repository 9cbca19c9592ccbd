"""Sensorium 2022: from files of its layout to scores, and what is wrong with files."""

import zipfile

import numpy as np
import pytest
from brainscore_mouse import list_benchmarks
from brainscore_mouse.core.errors import DatasetNotFoundError, InvalidParameterError, UnexpectedFormatError
from brainscore_mouse.data_packaging.datasets import (
    display_of,
    load_dataset,
    load_running_speed,
    load_stimulus_set,
    read_manifest,
)
from brainscore_mouse.data_packaging.fetch_dataset import fetch_dataset
from brainscore_mouse.data_packaging.recordings import trials_from_assembly
from brainscore_mouse.data_packaging.sensorium.sensorium2022 import MICE
from brainscore_mouse.scoring.score_model import score_model
from misbehaving_server import Misbehaviour, serving
from PIL import Image
from published_files import N_IMAGES, N_NEURONS, write_sensorium

DATASET = "sensorium2022"


def packaged_trials(assembly, mouse):
    return trials_from_assembly(assembly)[:, :, (assembly["experiment"] == mouse).values]


def nothing_is_left(home):
    return not list((home / "datasets").glob("*")) if (home / "datasets").exists() else True


@pytest.mark.parametrize("unpacked", [False, True])
def test_trials_keep_the_order_of_time_and_images_their_ids(tmp_path, unpacked):
    image_ids, images, trials, speeds = write_sensorium(tmp_path / "files", unpacked=unpacked)
    fetch_dataset(DATASET, source=str(tmp_path / "files"))
    assembly = load_dataset(DATASET, "VISp")
    stimulus_set = load_stimulus_set(DATASET)
    assert stimulus_set["stimulus_id"].tolist() == [f"image_{number:04d}" for number in image_ids]
    for place, stimulus_id in enumerate(stimulus_set["stimulus_id"]):
        with Image.open(stimulus_set.get_stimulus(stimulus_id)) as image:
            np.testing.assert_array_equal(np.asarray(image), images[place])
    running = load_running_speed(DATASET)
    for mouse in MICE:
        np.testing.assert_array_equal(packaged_trials(assembly, mouse), trials[mouse])
        np.testing.assert_allclose(running.sel(experiment=mouse).values.reshape(-1, N_IMAGES), speeds[mouse], rtol=1e-6)
    assert assembly["neuroid_id"].values[:2].tolist() == ["21067-10-18-100", "21067-10-18-101"]
    assert set(assembly["layer"].values) == {"L2/3"} and set(assembly["subject"].values) == {
        mouse.split("-")[0] for mouse in MICE
    }
    assert (assembly["time_bin_start"].values, assembly["time_bin_end"].values) == (50, 550)
    assert display_of(DATASET) is None


def test_from_files_to_a_score(tmp_path):
    write_sensorium(tmp_path / "files")
    fetch_dataset(DATASET, source=str(tmp_path / "files"))
    score = score_model("pixels", f"{DATASET}-VISp-rsa")
    assert 0.1 < float(score) <= 1.5
    assert "ask for permission before you publish" in score.attrs["citation"]


def test_terms_are_shown_once_and_stored(tmp_path, capsys):
    write_sensorium(tmp_path / "files")
    fetch_dataset(DATASET, source=str(tmp_path / "files"), max_experiments=1)
    assert "contact them before you use the data" in capsys.readouterr().err
    fetch_dataset(DATASET, source=str(tmp_path / "files"))
    assert "contact them" not in capsys.readouterr().err
    manifest = read_manifest(DATASET)
    assert "contact them" in manifest["details"]["terms"]
    assert "contact them" in manifest["recipe"]["licence"]
    assert "contact them" in manifest["recipe"]["citation"]
    assert len(manifest["details"]["sha256_of_files"]) == len(MICE)


def test_first_recordings_only_and_a_second_call(tmp_path):
    write_sensorium(tmp_path / "files")
    fetch_dataset(DATASET, source=str(tmp_path / "files"), max_experiments=2)
    assert read_manifest(DATASET)["regions"]["VISp"]["n_neuroids"] == 2 * N_NEURONS
    fetch_dataset(DATASET, source=str(tmp_path / "files"))
    manifest = read_manifest(DATASET)
    assert manifest["regions"]["VISp"]["n_neuroids"] == len(MICE) * N_NEURONS
    for path in (tmp_path / "files").iterdir():
        path.unlink()
    fetch_dataset(DATASET)  # no file is needed
    assert read_manifest(DATASET) == manifest


@pytest.mark.slow
def test_another_source_does_not_replace_unasked(tmp_path):
    for name in ("one", "two"):
        write_sensorium(tmp_path / name)
    fetch_dataset(DATASET, source=str(tmp_path / "one"))
    with pytest.raises(InvalidParameterError, match="--replace"):
        fetch_dataset(DATASET, source=str(tmp_path / "two"))
    fetch_dataset(DATASET, source=str(tmp_path / "two"), replace=True)
    assert read_manifest(DATASET)["details"]["fetched_from"] == str(tmp_path / "two")


def test_a_download_is_resumed(tmp_path, home, monkeypatch):
    _, _, trials, _ = write_sensorium(tmp_path / "files", mice=MICE[:1])
    monkeypatch.setattr("brainscore_mouse.data_packaging.published.obtain_files._BYTES_PER_REQUEST", 4096)
    first_failing = 5 * 4096
    with serving(tmp_path / "files", Misbehaviour("404", first_byte=first_failing)) as server:
        with pytest.raises(DatasetNotFoundError, match=r"gin\.g-node\.org"):
            fetch_dataset(DATASET, source=server.url, max_experiments=1)
        assert nothing_is_left(home)
        server.misbehaviour = None
        fetch_dataset(DATASET, source=server.url, max_experiments=1)
        starts = [start for _, start, _ in server.requests]
    assert starts.count(0) == 1 and starts.count(first_failing) == 2
    np.testing.assert_array_equal(packaged_trials(load_dataset(DATASET, "VISp"), MICE[0]), trials[MICE[0]])


def test_a_neuron_that_never_varies_is_left_out_and_counted(tmp_path):
    def silence(mouse, files):
        if mouse == MICE[1]:
            for name, array in files.items():
                if name.startswith("data/responses/"):
                    array[3] = 0.25

    _, _, trials, _ = write_sensorium(tmp_path / "files", change=silence)
    fetch_dataset(DATASET, source=str(tmp_path / "files"))
    expected = {mouse: int(mouse == MICE[1]) for mouse in MICE}
    assert read_manifest(DATASET)["details"]["neuroids_without_variance"] == expected
    assembly = load_dataset(DATASET, "VISp")
    for mouse in MICE:
        kept = np.delete(trials[mouse], 3, axis=2) if mouse == MICE[1] else trials[mouse]
        np.testing.assert_array_equal(packaged_trials(assembly, mouse), kept)


def test_missing_trials_become_nan_at_the_end(tmp_path):
    def lose_a_trial(mouse, files):
        if mouse == MICE[0]:
            ids, tiers = files["meta/trials/frame_image_id.npy"], files["meta/trials/tiers.npy"]
            image_id = ids[tiers == "test"].min()
            of_image = np.flatnonzero((ids == image_id) & (tiers == "test"))
            earliest = of_image[np.argmin(files["meta/trials/trial_idx.npy"][of_image])]
            tiers[earliest] = "train"

    _, _, trials, _ = write_sensorium(tmp_path / "files", change=lose_a_trial)
    fetch_dataset(DATASET, source=str(tmp_path / "files"))
    packaged = packaged_trials(load_dataset(DATASET, "VISp"), MICE[0])
    np.testing.assert_array_equal(packaged[:-1, 0], trials[MICE[0]][1:, 0])
    assert np.isnan(packaged[-1, 0]).all()
    np.testing.assert_array_equal(packaged[:, 1:], trials[MICE[0]][:, 1:])


def other_ids(files):
    ids = files["meta/trials/frame_image_id.npy"]
    ids[ids == ids[files["meta/trials/tiers.npy"] == "test"].min()] = 6000


def swapped_ids(files):
    ids, is_test = files["meta/trials/frame_image_id.npy"], files["meta/trials/tiers.npy"] == "test"
    first, second = np.unique(ids[is_test])[:2]
    files["meta/trials/frame_image_id.npy"] = np.where(ids == first, second, np.where(ids == second, first, ids))


def another_image_under_an_id(files):
    number = np.flatnonzero(files["meta/trials/tiers.npy"] == "test")[0]
    files[f"data/images/{number}.npy"] = 255 - files[f"data/images/{number}.npy"]


def hashed_texts(files):
    files["meta/trials/trial_idx.npy"] = np.array([f"{i:032x}" for i in files["meta/trials/trial_idx.npy"]])


def hashed_numbers(files):
    files["meta/trials/trial_idx.npy"] = files["meta/trials/trial_idx.npy"] * 1_000_000_007


def hidden_responses(files):
    for name in files:
        if name.startswith("data/responses/"):
            files[name] = np.zeros_like(files[name])


def objects_as_tiers(files):
    files["meta/trials/tiers.npy"] = files["meta/trials/tiers.npy"].astype(object)


def too_few_neurons(files):
    number = np.flatnonzero(files["meta/trials/tiers.npy"] == "test")[0]
    files[f"data/responses/{number}.npy"] = files[f"data/responses/{number}.npy"][:-1]


def nan_responses(files):
    number = np.flatnonzero(files["meta/trials/tiers.npy"] == "test")[0]
    files[f"data/responses/{number}.npy"][0] = np.nan


def another_area(files):
    files["meta/neurons/area.npy"][0] = "LM"


def no_test_tier(files):
    files["meta/trials/tiers.npy"][:] = "train"


def fewer_tiers(files):
    files["meta/trials/tiers.npy"] = files["meta/trials/tiers.npy"][:-1]


def standardized_images(files):
    for name in files:
        if name.startswith("data/images/"):
            files[name] = files[name] / 255 - 0.5


def no_neurons(files):
    del files["meta/neurons/unit_ids.npy"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (other_ids, "differ in the ids"),
        (swapped_ids, "different images under 2 ids"),
        (another_image_under_an_id, "different images under the id"),
        (hashed_texts, "hashed.*five pre-training mice"),
        (hashed_numbers, "hashed.*five pre-training mice"),
        (hidden_responses, "are 0.*five pre-training mice"),
        (objects_as_tiers, "Python objects"),
        (too_few_neurons, "one number for each"),
        (nan_responses, "one number for each"),
        (another_area, "LM"),
        (no_test_tier, "no trial of the tier"),
        (fewer_tiers, "tiers"),
        (standardized_images, "gray levels from 0 to 255"),
        (no_neurons, "unit_ids.npy"),
    ],
)
def test_files_that_do_not_fit_are_named_and_nothing_is_left(tmp_path, home, fault, reason):
    write_sensorium(tmp_path / "files", change=lambda mouse, files: fault(files) if mouse == MICE[2] else None)
    with pytest.raises(UnexpectedFormatError, match=f"(?s){reason}") as caught:
        fetch_dataset(DATASET, source=str(tmp_path / "files"))
    assert MICE[2] in str(caught.value)
    assert nothing_is_left(home)


@pytest.mark.parametrize("kept", [0, 200, 0.5, 0.99])
def test_a_truncated_zip_file_is_named(tmp_path, home, kept):
    write_sensorium(tmp_path / "files")
    (path,) = (tmp_path / "files").glob(f"static{MICE[4]}-*.zip")
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if kept < 1 else kept])
    with pytest.raises(UnexpectedFormatError, match=f"{MICE[4]}.*Download it again"):
        fetch_dataset(DATASET, source=str(tmp_path / "files"))
    assert nothing_is_left(home)


def test_a_damaged_member_is_named(tmp_path, home):
    write_sensorium(tmp_path / "files")
    (path,) = (tmp_path / "files").glob(f"static{MICE[0]}-*.zip")
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("meta/neurons/layer.npy").header_offset
    content = bytearray(path.read_bytes())
    content[place + 200] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UnexpectedFormatError, match=MICE[0]):
        fetch_dataset(DATASET, source=str(tmp_path / "files"))
    assert nothing_is_left(home)


def test_missing_mice_are_named_with_where_to_get_them(tmp_path, home):
    write_sensorium(tmp_path / "files", mice=[*MICE[:3], "26872-17-20"])
    with pytest.raises(DatasetNotFoundError, match=f"2 of 5 files: .*{MICE[3]}.*{MICE[4]}.*gin.g-node.org"):
        fetch_dataset(DATASET, source=str(tmp_path / "files"))
    assert nothing_is_left(home)


def test_without_a_source_the_error_says_where_to_download(home):
    with pytest.raises(DatasetNotFoundError, match=r"gin\.g-node\.org.*data fetch sensorium2022 --source"):
        fetch_dataset(DATASET)
    with pytest.raises(DatasetNotFoundError, match="data fetch sensorium2022 --source"):
        load_dataset(DATASET, "VISp")


@pytest.fixture
def files_with_a_split(tmp_path, monkeypatch):
    """Files of one mouse: of 70 images, 20 are of the test tier and 50 were shown once; (trials, folder)."""
    monkeypatch.setattr("published_files.N_IMAGES", 70)

    def split(mouse, files):
        tiers, ids, times = (files[f"meta/trials/{name}.npy"] for name in ("tiers", "frame_image_id", "trial_idx"))
        tiers[tiers == "train"] = "validation"
        for image_id in np.unique(ids[tiers == "test"])[20:]:
            shown = np.flatnonzero(ids == image_id)
            tiers[shown] = "validation"
            tiers[shown[np.argmin(times[shown])]] = "train"

    _, _, trials, _ = write_sensorium(tmp_path / "files", mice=MICE[1:2], n_repetitions=5, change=split)
    return trials[MICE[1]], tmp_path / "files"


@pytest.mark.slow
def test_the_regression_dataset_has_single_trials_to_fit_and_repeated_ones_to_test(files_with_a_split):
    trials, folder = files_with_a_split
    name = f"sensorium2022-regression-{MICE[1]}"
    fetch_dataset(name, source=str(folder))
    packaged = trials_from_assembly(load_dataset(name, "VISp"))
    np.testing.assert_array_equal(packaged[:, :20], trials[:, :20])
    np.testing.assert_array_equal(packaged[0, 20:], trials[0, 20:])
    assert np.isnan(packaged[1:, 20:]).all()
    assert "train" in read_manifest(name)["details"]["fixed_split"]
    of_dataset = [benchmark for benchmark in list_benchmarks() if benchmark.startswith(name)]
    assert of_dataset == [f"{name}-VISp-ridge-fixed-split"]
    score = score_model("pixels", of_dataset[0])
    assert float(score) == score.attrs["single_trial_correlation"] > 0.5
    assert score.attrs["correlation_to_average"] > float(score)
    assert 0 < score.attrs["feve"] <= 1.05
    assert score.attrs["ceiling"] is None
    assert (score.attrs["n_fit_stimuli"], score.attrs["n_test_stimuli"]) == (50, 20)


def test_a_training_image_that_was_repeated_is_refused(files_with_a_split, home):
    _, folder = files_with_a_split
    write_sensorium(folder, mice=MICE[1:2], change=lambda mouse, files: relabel(files))
    with pytest.raises(UnexpectedFormatError, match="70 repeated images in the tier 'train'"):
        fetch_dataset(f"sensorium2022-regression-{MICE[1]}", source=str(folder))
    assert nothing_is_left(home)


def relabel(files):
    tiers = files["meta/trials/tiers.npy"]
    tiers[tiers == "validation"] = "hidden"
    tiers[np.flatnonzero(tiers == "train")] = "validation"
    tiers[tiers == "test"] = "train"
    tiers[np.flatnonzero(tiers == "validation")[0]] = "test"
