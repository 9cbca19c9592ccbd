"""Static gratings: which grating each presentation shows, responses against AllenSDK 2.16.2, and images."""

import h5py
import numpy as np
import pytest
from brainscore_mouse import load_benchmark, load_dataset, score_model
from brainscore_mouse.core import errors
from brainscore_mouse.data_packaging.allen.allen_dataset import allen_dataset
from brainscore_mouse.data_packaging.allen.catalogue import NeuropixelsSession, TwoPhotonExperiment
from brainscore_mouse.data_packaging.allen.experiment_trials import read_experiment
from brainscore_mouse.data_packaging.allen.fetch import fetch
from brainscore_mouse.data_packaging.allen.file_readers.neuropixels import read_session_spikes
from brainscore_mouse.data_packaging.allen.file_readers.two_photon import (
    read_analysis_sweeps,
    read_context,
    read_nwb_sweeps,
)
from brainscore_mouse.data_packaging.allen.gratings.conditions import CONDITIONS, GRATINGS
from brainscore_mouse.data_packaging.allen.gratings.grating_images import grating_image
from brainscore_mouse.data_packaging.datasets import load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.remote_objects.bucket import Bucket
from brainscore_mouse.data_packaging.remote_objects.locks import LockFolder
from brainscore_mouse.data_packaging.remote_objects.sources import FolderSource
from PIL import Image
from places import ALLEN_FORMAT as FIXTURE
from simulated_bucket import SITES, add_gratings, write_bucket

NWB = "visual-coding-2p/ophys_experiment_data/900000001.nwb"
ANALYSIS = "visual-coding-2p/ophys_experiment_analysis/900000001_three_session_B_analysis.h5"
SESSION = "visual-coding-neuropixels/ecephys-cache/session_950000001/session_950000001.nwb"
TABLE = "intervals/static_gratings_presentations"


@pytest.fixture
def bucket_of(tmp_path):
    """Return a function that copies one file of the miniature bucket, changes it, and returns a bucket with it."""

    def make(key, change=lambda file: None):
        path = tmp_path / "changed" / key
        path.parent.mkdir(parents=True)
        path.write_bytes((FIXTURE / key).read_bytes())
        with h5py.File(path, "r+") as file:
            change(file)
        return Bucket(FolderSource(tmp_path / "changed"), LockFolder(tmp_path / "locks"))

    return make


@pytest.fixture(scope="module")
def golden():
    return dict(np.load(FIXTURE / "bucket_2p_gratings_allensdk_2.16.2.npz", allow_pickle=False))


def add_gratings_to_session(file, as_texts=True):
    """Add gratings in the layout of DANDI 000021: orientation and frequency are numbers, and the phase is text.

    They take the place of the scenes, whose presentations say when something was shown.
    """
    scenes = file["intervals/natural_scenes_presentations"]
    rows = [CONDITIONS[number % 120] if number % 11 else (np.nan,) * 3 for number in range(len(scenes["frame"]))]
    orientation, frequency, phase = np.array(rows).T
    table = file.create_group(TABLE)
    for name in ("start_time", "stop_time"):
        table[name] = scenes[name][()]
    table["orientation"], table["spatial_frequency"] = orientation, frequency
    table["phase"] = np.array([str(value) for value in phase], dtype=object) if as_texts else phase
    table["contrast"] = np.where(np.isnan(orientation), np.nan, 0.8)


def read_sweeps(bucket, key=ANALYSIS, read=read_analysis_sweeps):
    return bucket.read(key, lambda file: read(file, GRATINGS))


def read_spikes(bucket):
    return bucket.read(SESSION, lambda file: read_session_spikes(file, np.array([0.05, 0.25]), None, GRATINGS))


@pytest.mark.parametrize(("key", "read"), [(ANALYSIS, read_analysis_sweeps), (NWB, read_nwb_sweeps)])
def test_both_files_give_the_sdks_responses(bucket_of, golden, key, read):
    sweeps = read_sweeps(bucket_of(key), key, read)
    shown = [
        -1 if np.isnan(row[0]) else CONDITIONS.index(tuple(row))
        for row in np.column_stack([golden["orientation"], golden["spatial_frequency"], golden["phase"]]).tolist()
    ]
    assert sweeps.table.images.tolist() == shown
    assert shown.count(-1) == 8 and sorted(set(shown)) == list(range(-1, 120))
    np.testing.assert_array_equal(sweeps.table.starts, golden["start"])
    np.testing.assert_array_equal(sweeps.table.ends, golden["end"])
    np.testing.assert_allclose(sweeps.responses, golden["mean_sweep_response"], rtol=1e-9)
    np.testing.assert_allclose(sweeps.running_speed, golden["mean_sweep_dx"], rtol=1e-9)


@pytest.mark.slow
def test_means_of_the_packaged_trials_are_response_sg(golden):
    """Averages over the dataset's trials against the means of the AllenSDK, by orientation, frequency and phase."""
    fetch("allen-mouse-gratings", source=str(FIXTURE))
    assembly = load_dataset("allen-mouse-gratings")
    means = assembly.groupby("stimulus_id").mean("presentation")
    for orientation, frequency, phase in ((0, 0, 0), (1, 4, 2), (5, 2, 3)):
        name = f"grating_{30 * orientation:03d}deg_{0.02 * 2**frequency:.2f}cpd_phase{phase / 4:.2f}"
        expected = golden["response"][orientation, frequency + 1, phase, :4, 0]
        np.testing.assert_allclose(means.sel(stimulus_id=name).values.squeeze(), expected, rtol=1e-5)
    assert len(set(assembly["stimulus_id"].values)) == 120  # no blank
    manifest = read_manifest("allen-mouse-gratings")
    (report,) = manifest["details"]["experiments"]
    assert report["n_blanks"] == 8 and report["route"] == "analysis"
    assert report["deviations"] == ["2 repetitions per grating instead of 40 to 60"]
    assert manifest["details"]["gratings"]["contrast"] == 0.8
    assert "static gratings" in manifest["recipe"]["source"]


def test_events_of_gratings_are_means_after_their_onsets(golden, tmp_path):
    bucket = Bucket(FolderSource(FIXTURE), LockFolder(tmp_path / "locks"))
    experiment = TwoPhotonExperiment(900000001, "VISp", "mouse", "Cux2-CreERT2", "Ai93", 175.0, "F")
    found = read_experiment(bucket, experiment, allen_dataset("allen-mouse-gratings-events").recipe)
    with np.load(FIXTURE / "visual-coding-2p/ophys_experiment_events/900000001_events.npz") as file:
        events = file["ev"]
    sweep = np.flatnonzero((golden["orientation"] == 90) & (golden["spatial_frequency"] == 0.08))[0]
    start = golden["start"][sweep]
    expected = events[:, start + 2 : start + 12].mean(axis=1)
    trial = found.trials[0, CONDITIONS.index((90.0, 0.08, golden["phase"][sweep]))]
    cells = [int(name) for name in found.neuroids["neuroid_id"]]
    with h5py.File(FIXTURE / NWB) as nwb:
        ids = nwb["processing/brain_observatory_pipeline/ImageSegmentation/cell_specimen_ids"][()].tolist()
    np.testing.assert_allclose(trial, expected[[ids.index(cell) for cell in cells]], rtol=1e-6)
    assert found.trials.shape[:2] == (2, 120) and len(cells) >= 1


def test_rates_of_a_session_are_arranged_by_grating(bucket_of):
    bucket = bucket_of(SESSION, add_gratings_to_session)
    session = NeuropixelsSession(950000001, "mouse", "wt", "F")
    found = read_experiment(bucket, session, allen_dataset("allen-mouse-npx-gratings-50-150ms").recipe)
    spikes = bucket.read(SESSION, lambda file: read_session_spikes(file, np.array([0.05, 0.15]), None, GRATINGS))
    unit = found.neuroids["neuroid_id"][0]
    column = spikes.units["unit_id"].astype(str).tolist().index(unit)
    for grating in (1, 59, 117):
        rates = spikes.counts[spikes.images == grating, column, 0] / 0.1
        np.testing.assert_allclose(found.trials[: len(rates), grating, 0], rates, rtol=1e-6)
    assert found.report["n_blanks"] == (spikes.images == -1).sum()


@pytest.mark.parametrize("as_texts", [True, False])
def test_neuropixels_gratings_are_counted_like_scenes(bucket_of, as_texts):
    """The gratings were put in the place of the scenes, so that counts are those of the scenes."""
    bucket = bucket_of(SESSION, lambda file: add_gratings_to_session(file, as_texts))
    spikes = read_spikes(bucket)
    scenes = bucket.read(SESSION, lambda file: read_session_spikes(file, np.array([0.05, 0.25]), None))
    np.testing.assert_array_equal(spikes.counts, scenes.counts)
    np.testing.assert_array_equal(spikes.onsets, scenes.onsets)
    with h5py.File(FIXTURE / SESSION) as file:
        onsets = file["intervals/natural_scenes_presentations/start_time"][()]
    numbers = np.flatnonzero(np.isin(onsets, spikes.onsets))
    assert spikes.images.tolist() == [number % 120 if number % 11 else -1 for number in numbers]


def set_value(path, value, row=12):
    def change(file):
        values = file[path][()]
        values[row] = value
        del file[path]
        file[path] = values

    return change


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("orientation", 45.0, r"orientation is 45.0; known are 0, 30, 60"),
        ("spatial_frequency", 0.05, r"spatial_frequency is 0.05"),
        ("phase", "[0.0, 0.0]", r"static_gratings_presentations/phase.*\[0.0, 0.0\]"),
        ("contrast", 0.4, r"contrasts \[0.4, 0.8\]"),
    ],
)
def test_another_layout_of_a_session_is_described(bucket_of, column, value, message):
    def change(file):
        add_gratings_to_session(file)
        set_value(f"{TABLE}/{column}", value)(file)

    with pytest.raises(errors.UnexpectedFormatError, match=message):
        read_spikes(bucket_of(SESSION, change))


def rename_column(file):
    file["analysis/stim_table_sg/block1_items"][...] = np.array(["from", "end"], dtype="S5")


def shift_orientation(file):
    values = file["analysis/stim_table_sg/block0_values"][()]
    values[:, 0] = np.where(values[:, 1] > 0, (values[:, 0] + 30) % 180, 0)
    file["analysis/stim_table_sg/block0_values"][...] = values


def drop_a_frequency(file):
    means = file["analysis/response_sg"][()]
    del file["analysis/response_sg"]
    file["analysis/response_sg"] = means[:, 1:]


def drop_the_table(file):
    del file["analysis/stim_table_sg"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rename_column, "from, end"),
        (shift_orientation, "response_sg"),
        (drop_a_frequency, r"\(6, 5, 4, 5, 3\)"),
        (drop_the_table, "stim_table_sg"),
    ],
)
def test_another_layout_of_an_analysis_file_is_described(bucket_of, change, message):
    with pytest.raises(errors.UnexpectedFormatError, match=message):
        read_sweeps(bucket_of(ANALYSIS, change))


def test_features_of_the_nwb_file_name_its_columns(bucket_of, golden):
    """In another order the gratings are the same."""
    group = "stimulus/presentation/static_gratings_stimulus"

    def reverse(file):
        for name in ("features", "data"):
            file[f"{group}/{name}"][...] = file[f"{group}/{name}"][()][..., ::-1]

    context = bucket_of(NWB, reverse).read(NWB, lambda file: read_context(file, GRATINGS))
    first = (golden["orientation"][0], golden["spatial_frequency"][0], golden["phase"][0])
    assert CONDITIONS[context.table.images[0]] == first


def test_another_name_of_a_feature_is_refused(bucket_of):
    def rename(file):
        file["stimulus/presentation/static_gratings_stimulus/features"][0] = b"direction"

    with pytest.raises(errors.UnexpectedFormatError, match="direction"):
        read_sweeps(bucket_of(NWB, rename), NWB, read_nwb_sweeps)


@pytest.mark.parametrize("orientation", [0.0, 30.0, 90.0])
def test_images_have_the_frequency_orientation_and_contrast(orientation):
    """By the largest peak of the image's Fourier transform: 459 x 587 pixels are 95 x 120 degrees."""
    image = grating_image(orientation, 0.16, 0.25).astype(float)
    assert image.min() == pytest.approx(127 - 0.8 * 128, abs=1) and image.max() == pytest.approx(127 + 0.8 * 128, abs=1)
    power = np.abs(np.fft.fft2(image - image.mean())) ** 2
    row, column = np.unravel_index(power[:, : 587 // 2].argmax(), power[:, : 587 // 2].shape)
    found = np.array([np.fft.fftfreq(459, 95 / 459)[row], np.fft.fftfreq(587, 120 / 587)[column]])
    # x cos(angle) - y sin(angle), where y points down; a real image has the same power at the opposite frequency
    expected = 0.16 * np.array([-np.sin(np.deg2rad(orientation)), np.cos(np.deg2rad(orientation))])
    assert min(np.abs(found - expected).max(), np.abs(-found - expected).max()) < 0.006


def test_phases_shift_the_wave_by_quarters():
    """At the center, x = y = 0 on the row and column at half the size."""
    levels = [int(grating_image(0.0, 0.02, phase)[229, 293]) for phase in (0.0, 0.25, 0.5, 0.75)]
    assert levels[0] > 225 and levels[2] < 29
    assert abs(levels[1] - 127) < 3 and abs(levels[3] - 127) < 3


@pytest.mark.slow
def test_from_bucket_to_score_in_one_call(tmp_path, monkeypatch):
    write_bucket(tmp_path / "bucket", [site for site in SITES if site.region == "VISl"])
    add_gratings(tmp_path / "bucket")
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(tmp_path / "bucket"))
    score = score_model("pixels", "allen-mouse-gratings-VISl-cka")
    assert score.attrs["n_stimuli"] == 120 and score.attrs["n_neuroids"] == 24 and score.attrs["n_mice"] == 2
    assert score.attrs["ceiling"] > 0.5
    stimulus_set = load_stimulus_set("allen-mouse-gratings")
    with Image.open(stimulus_set.get_stimulus("grating_030deg_0.04cpd_phase0.25")) as image:
        np.testing.assert_array_equal(np.asarray(image), grating_image(30.0, 0.04, 0.25))
    assembly = load_benchmark("allen-mouse-gratings-VISl-cka").assembly
    experiment = assembly["experiment"].values[0]
    path = next((tmp_path / "bucket").rglob(f"{experiment}_*_analysis.h5"))
    with h5py.File(path) as file:
        table = file["analysis/stim_table_sg/block0_values"][()]
        values = file["analysis/mean_sweep_response_sg/block0_values"][:, 3]
    sweep = np.flatnonzero((table == (60.0, 0.16, 0.5)).all(axis=1))[2]
    shown = assembly["stimulus_id"].values == "grating_060deg_0.16cpd_phase0.50"
    trial = shown & (assembly["repetition"].values == 2)
    neuroid = assembly["neuroid_id"].values.tolist().index(str(int(experiment) * 1000 + 3))
    assert assembly.values[trial][0, neuroid, 0] == np.float32(values[sweep])
