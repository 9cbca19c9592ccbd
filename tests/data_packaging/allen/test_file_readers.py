"""The readers against what AllenSDK 2.16.2 computes from the same files."""

import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from brainscore_mouse.core.errors import UnexpectedFormatError
from brainscore_mouse.data_packaging.allen.file_readers.neuropixels import passes_quality_control, read_session_spikes
from brainscore_mouse.data_packaging.allen.file_readers.two_photon import (
    read_analysis_sweeps,
    read_cell_ids,
    read_context,
    read_event_responses,
    read_nwb_sweeps,
)
from brainscore_mouse.data_packaging.allen.responses.sweeps import EventWindow
from brainscore_mouse.data_packaging.remote_objects.bucket import Bucket
from brainscore_mouse.data_packaging.remote_objects.locks import LockFolder
from brainscore_mouse.data_packaging.remote_objects.sources import FolderSource
from places import ALLEN_FORMAT as FIXTURE

NWB = "visual-coding-2p/ophys_experiment_data/900000001.nwb"
ANALYSIS = "visual-coding-2p/ophys_experiment_analysis/900000001_three_session_B_analysis.h5"
EVENTS = "visual-coding-2p/ophys_experiment_events/900000001_events.npz"
SESSION = "visual-coding-neuropixels/ecephys-cache/session_950000001/session_950000001.nwb"
PIPELINE = "processing/brain_observatory_pipeline"
SCENES = "stimulus/presentation/natural_scenes_stimulus"
RUNNING = f"{PIPELINE}/BehavioralTimeSeries/running_speed"


@pytest.fixture
def folder(tmp_path):
    """A copy of the miniature bucket that a test may edit."""
    copy = tmp_path / "bucket"
    shutil.copytree(FIXTURE, copy)
    return copy


@pytest.fixture
def bucket(folder, tmp_path):
    return Bucket(FolderSource(folder), LockFolder(tmp_path / "locks"))


@pytest.fixture(scope="module")
def golden():
    return dict(np.load(FIXTURE / "bucket_2p_allensdk_2.16.2.npz", allow_pickle=False))


@pytest.fixture(scope="module")
def golden_neuropixels():
    return dict(np.load(FIXTURE / "bucket_neuropixels_allensdk_2.16.2.npz", allow_pickle=False))


def assert_golden(sweeps, golden):
    np.testing.assert_array_equal(sweeps.table.images, golden["stim_frame"])
    np.testing.assert_array_equal(sweeps.table.starts, golden["stim_start"])
    np.testing.assert_array_equal(sweeps.table.ends, golden["stim_end"])
    np.testing.assert_allclose(sweeps.responses, golden["mean_sweep_response"], rtol=1e-9)
    np.testing.assert_allclose(sweeps.running_speed, golden["mean_sweep_dx"], rtol=1e-9)


def replace(group, name, values):
    del group[name]
    group[name] = values


def shuffle_rows(group, names, seed=0):
    order = np.random.default_rng(seed).permutation(len(group[names[0]]))
    for name in names:
        replace(group, name, group[name][()][order])


def test_nwb_gives_the_sdks_sweep_responses(bucket, golden):
    assert_golden(bucket.read(NWB, read_nwb_sweeps), golden)
    np.testing.assert_array_equal(bucket.read(NWB, read_cell_ids), golden["cell_specimen_ids"])


def test_analysis_file_gives_the_sdks_sweep_responses(bucket, golden):
    assert_golden(bucket.read(ANALYSIS, read_analysis_sweeps), golden)


def test_running_speed_is_padded_as_by_the_sdk(bucket, golden):
    np.testing.assert_array_equal(bucket.read(NWB, read_context).running_speed, golden["running_speed"])


def test_shuffled_rows_of_the_nwb_table(bucket, folder, golden):
    with h5py.File(folder / NWB, "r+") as nwb:
        shuffle_rows(nwb[SCENES], ["data", "frame_duration", "timestamps"])
    assert_golden(bucket.read(NWB, read_nwb_sweeps), golden)


def test_shuffled_rows_of_the_analysis_tables(bucket, folder, golden):
    with h5py.File(folder / ANALYSIS, "r+") as analysis:
        shuffle_rows(analysis["analysis/stim_table_ns"], ["axis1", "block0_values"], seed=1)
        shuffle_rows(analysis["analysis/mean_sweep_response_ns"], ["axis1", "block0_values"], seed=2)
    assert_golden(bucket.read(ANALYSIS, read_analysis_sweeps), golden)


def test_columns_of_the_analysis_table_in_another_order(bucket, folder, golden):
    with h5py.File(folder / ANALYSIS, "r+") as analysis:
        group = analysis["analysis/mean_sweep_response_ns"]
        replace(group, "block0_values", group["block0_values"][()][:, ::-1])
        replace(group, "block0_items", group["block0_items"][()][::-1])
    assert_golden(bucket.read(ANALYSIS, read_analysis_sweeps), golden)


def test_dff_trace_one_sample_longer(bucket, folder, golden):
    with h5py.File(folder / NWB, "r+") as nwb:
        group = nwb[f"{PIPELINE}/DfOverF/imaging_plane_1"]
        for name in ("data", "timestamps"):
            values = group[name][()]
            replace(group, name, np.concatenate([values, values[..., -1:]], axis=-1))
    assert_golden(bucket.read(NWB, read_nwb_sweeps), golden)


def test_running_without_padding(bucket, folder, golden):
    with h5py.File(folder / NWB, "r+") as nwb:
        times = nwb[f"{PIPELINE}/Fluorescence/imaging_plane_1/timestamps"][()]
        replace(nwb[RUNNING], "data", np.nan_to_num(golden["running_speed"], nan=-7.0))
        replace(nwb[RUNNING], "timestamps", times)
    assert_golden(bucket.read(NWB, read_nwb_sweeps), golden)


def test_running_that_begins_between_frames_is_refused(bucket, folder):
    with h5py.File(folder / NWB, "r+") as nwb:
        nwb[RUNNING]["timestamps"][0] += 1e-3
    with pytest.raises(UnexpectedFormatError, match=NWB):
        bucket.read(NWB, read_nwb_sweeps)


def test_pipeline_0_9_uses_raw_fluorescence(bucket, folder, golden):
    """Without version: Fluorescence instead of the demixed signal, and running as one column."""
    with h5py.File(folder / NWB, "r+") as nwb:
        del nwb["general/generated_by"]
        fluorescence = nwb[f"{PIPELINE}/Fluorescence"]
        demixed = fluorescence["imaging_plane_1_demixed_signal/data"][()]
        assert not np.array_equal(demixed, fluorescence["imaging_plane_1/data"][()])
        replace(fluorescence["imaging_plane_1"], "data", demixed)
        del fluorescence["imaging_plane_1_demixed_signal"]
        del fluorescence["imaging_plane_1_neuropil_response"]
        replace(nwb[RUNNING], "data", nwb[RUNNING]["data"][()][:, np.newaxis])
        nwb.move(SCENES, "stimulus/presentation/natural_scenes")
    assert_golden(bucket.read(NWB, read_nwb_sweeps), golden)


@pytest.mark.parametrize(
    "path",
    [
        f"{PIPELINE}/Fluorescence/imaging_plane_1_demixed_signal",
        f"{PIPELINE}/Fluorescence/imaging_plane_1_neuropil_response/data",
        f"{PIPELINE}/Fluorescence/imaging_plane_1_neuropil_response/r",
        f"{PIPELINE}/ImageSegmentation/cell_specimen_ids",
        SCENES,
    ],
)
def test_missing_groups_are_named(bucket, folder, path):
    with h5py.File(folder / NWB, "r+") as nwb:
        del nwb[path]
    with pytest.raises(UnexpectedFormatError, match=f"900000001.nwb.*{path.removesuffix('_stimulus')}"):
        bucket.read(NWB, read_nwb_sweeps)


def test_neuropil_of_another_version_is_not_taken(bucket, folder):
    """From version 2.0 on it is in a group of its own; the older name may be there as well."""
    with h5py.File(folder / NWB, "r+") as nwb:
        fluorescence = nwb[f"{PIPELINE}/Fluorescence"]
        neuropil = fluorescence["imaging_plane_1/neuropil_traces"][()]
        replace(fluorescence["imaging_plane_1_neuropil_response"], "data", neuropil)
        replace(fluorescence["imaging_plane_1"], "neuropil_traces", neuropil + 100)
    expected = Bucket(FolderSource(FIXTURE), LockFolder(folder / "locks")).read(NWB, read_nwb_sweeps)
    np.testing.assert_array_equal(bucket.read(NWB, read_nwb_sweeps).responses, expected.responses)


def test_image_index_that_is_no_whole_number_is_refused(bucket, folder):
    with h5py.File(folder / NWB, "r+") as nwb:
        replace(nwb[SCENES], "data", nwb[SCENES]["data"][()] + 0.5)
    with pytest.raises(UnexpectedFormatError, match=NWB):
        bucket.read(NWB, read_nwb_sweeps)


def test_pickled_column_names_are_refused(bucket, folder):
    """As pandas writes names that are no texts; the NWB file is read instead."""
    with h5py.File(folder / ANALYSIS, "r+") as analysis:
        replace(analysis["analysis/mean_sweep_response_ns"], "block0_items", np.arange(5))
    with pytest.raises(UnexpectedFormatError, match=r"block0_items.*int64"):
        bucket.read(ANALYSIS, read_analysis_sweeps)


def test_the_two_routes_give_the_same_bits(bucket):
    by_nwb, by_analysis = bucket.read(NWB, read_nwb_sweeps), bucket.read(ANALYSIS, read_analysis_sweeps)
    np.testing.assert_array_equal(by_nwb.responses, by_analysis.responses)
    np.testing.assert_array_equal(by_nwb.running_speed, by_analysis.running_speed)


def test_image_index_of_unsigned_blanks_is_refused(bucket, folder):
    """As in DANDI 000728, where -1 was cast to uint32."""
    with h5py.File(folder / NWB, "r+") as nwb:
        replace(nwb[SCENES], "data", nwb[SCENES]["data"][()].astype(np.uint32))
    with pytest.raises(UnexpectedFormatError, match="4294967295"):
        bucket.read(NWB, read_nwb_sweeps)


def test_image_index_off_by_one_is_caught(bucket, folder):
    with h5py.File(folder / ANALYSIS, "r+") as analysis:
        table = analysis["analysis/stim_table_ns/block0_values"]
        shifted = table[()]
        shifted[:, 0] = np.where(shifted[:, 0] == 117, -1, shifted[:, 0] + 1)
        table[...] = shifted
    with pytest.raises(UnexpectedFormatError, match=r"response_ns"):
        bucket.read(ANALYSIS, read_analysis_sweeps)


def test_damaged_sweep_responses_are_caught(bucket, folder):
    with h5py.File(folder / ANALYSIS, "r+") as analysis:
        analysis["analysis/mean_sweep_response_ns/block0_values"][100, 2] += 1.0
    with pytest.raises(UnexpectedFormatError, match=r"response_ns"):
        bucket.read(ANALYSIS, read_analysis_sweeps)


@pytest.mark.parametrize(
    ("window", "first", "last", "combine"),
    [
        (EventWindow(2, 12, "mean"), 2, 12, np.mean),
        (EventWindow(0, None, "sum"), 0, 7, np.sum),
        (EventWindow(0, 15, "sum"), 0, 15, np.sum),
    ],
)
def test_event_responses(bucket, golden, window, first, last, combine):
    events = np.load(FIXTURE / EVENTS)["ev"]
    context = bucket.read(NWB, read_context)
    responses, _ = bucket.read(EVENTS, lambda file: read_event_responses(file, context, window))
    for sweep in (0, 100, 475):
        start = golden["stim_start"][sweep]
        np.testing.assert_allclose(
            responses[sweep], combine(events[:, start + first : start + last], axis=1), rtol=1e-12
        )


def test_spontaneous_p_values(bucket, golden):
    """The share of all windows in the last gray screen (3713 in the fixture) with at least this response."""
    events = np.load(FIXTURE / EVENTS)["ev"]
    context = bucket.read(NWB, read_context)
    window = EventWindow(2, 12, "mean")
    responses, p_values = bucket.read(EVENTS, lambda file: read_event_responses(file, context, window))
    assert context.spontaneous == (2809, 3713)
    for cell in range(4):
        windows = [events[cell, start : start + 10].mean() for start in range(2809, 3713)]
        exact = [np.mean(np.array(windows) >= response) for response in responses[:, cell]]
        assert np.abs(p_values[:, cell] - exact).max() < 0.03  # 10,000 draws: 6 standard errors
    with pytest.raises(UnexpectedFormatError, match="cells"):
        bucket.read(EVENTS, lambda file: read_event_responses(file, _with_fewer_cells(context), window))


def test_spontaneous_activity_is_told_by_its_events(bucket, folder):
    """Of several gray screens the last counts; rows that are neither begin nor end are none."""
    with h5py.File(folder / NWB, "r+") as nwb:
        group = nwb["stimulus/presentation/spontaneous_stimulus"]
        replace(group, "data", np.array([1, -1, 1, -1, 0], dtype=np.int8))
        replace(group, "frame_duration", np.repeat([[100], [200], [300], [450], [700]], 2, axis=1))
    assert bucket.read(NWB, read_context).spontaneous == (300, 450)
    with h5py.File(folder / NWB, "r+") as nwb:
        replace(nwb["stimulus/presentation/spontaneous_stimulus"], "data", np.array([1, -1, 1, 0, 0], dtype=np.int8))
    with pytest.raises(UnexpectedFormatError, match=NWB):
        Bucket(FolderSource(folder), LockFolder(folder / "locks")).read(NWB, read_context)


def _with_fewer_cells(context):
    return type(context)(context.cell_ids[:-1], context.table, context.spontaneous, context.running_speed)


def test_neuropixels_counts(bucket, golden_neuropixels):
    spikes = bucket.read(SESSION, lambda file: read_session_spikes(file, golden_neuropixels["bin_edges"], None))
    order = [spikes.units["unit_id"].tolist().index(unit) for unit in golden_neuropixels["unit_ids"]]
    assert len(spikes.units) == 15
    np.testing.assert_array_equal(spikes.units["region"].to_numpy()[order], golden_neuropixels["area"])
    np.testing.assert_array_equal(spikes.images, golden_neuropixels["frame"])
    np.testing.assert_array_equal(spikes.onsets, golden_neuropixels["start_time"])
    counts = spikes.counts[:, order].transpose(0, 2, 1)
    np.testing.assert_array_equal(counts, golden_neuropixels["counts_correct"])
    # The fixture can tell: the AllenSDK's counts differ.
    assert (counts != golden_neuropixels["counts_10ms"]).any()
    assert spikes.n_invalid == 10


def test_neuropixels_regions(bucket):
    spikes = bucket.read(SESSION, lambda file: read_session_spikes(file, np.array([0.05, 0.25]), {"VISl", "LP"}))
    assert spikes.units["region"].value_counts().to_dict() == {"VISl": 4, "LP": 4}


def test_neuropixels_running_speed(bucket):
    with h5py.File(FIXTURE / SESSION) as nwb:
        speed = nwb["processing/running/running_speed/data"][()]
        times = nwb["processing/running/running_speed/timestamps"][()]
        start = nwb["intervals/natural_scenes_presentations/start_time"][17]
        stop = nwb["intervals/natural_scenes_presentations/stop_time"][17]
    spikes = bucket.read(SESSION, lambda file: read_session_spikes(file, np.array([0.05, 0.25]), None))
    expected = speed[(times >= start) & (times < stop)].mean()
    np.testing.assert_allclose(spikes.running_speed[17], expected, rtol=1e-9)


def test_one_unknown_running_speed_spoils_one_presentation(bucket, folder):
    edges = np.array([0.05, 0.25])
    before = bucket.read(SESSION, lambda file: read_session_spikes(file, edges, None)).running_speed
    with h5py.File(folder / SESSION, "r+") as nwb:
        times = nwb["processing/running/running_speed/timestamps"][()]
        start = nwb["intervals/natural_scenes_presentations/start_time"][17]
        nwb["processing/running/running_speed/data"][np.searchsorted(times, start)] = np.nan
    changed = Bucket(FolderSource(folder), LockFolder(folder / "locks"))
    after = changed.read(SESSION, lambda file: read_session_spikes(file, edges, None)).running_speed
    assert np.flatnonzero(np.isnan(after) & ~np.isnan(before)).tolist() == [17]
    np.testing.assert_allclose(np.delete(after, 17), np.delete(before, 17), rtol=1e-9)


def test_electrodes_that_occur_twice_are_refused(bucket, folder):
    with h5py.File(folder / SESSION, "r+") as nwb:
        ids = nwb["general/extracellular_ephys/electrodes/id"]
        ids[1] = ids[0]
    with pytest.raises(UnexpectedFormatError, match=r"session_950000001\.nwb"):
        bucket.read(SESSION, lambda file: read_session_spikes(file, np.array([0.05, 0.25]), None))


def test_quality_control_limits_are_inclusive_and_nan_fails():
    good = {
        "quality": "good",
        "amplitude_cutoff": 0.1,
        "presence_ratio": 0.95,
        "isi_violations": 0.5,
        "valid_channel": True,
        "region": "VISp",
    }
    worse = [
        {"quality": "noise"},
        {"amplitude_cutoff": np.nextafter(0.1, 1)},
        {"amplitude_cutoff": np.nan},
        {"presence_ratio": np.nextafter(0.95, 0)},
        {"presence_ratio": np.nan},
        {"isi_violations": np.nextafter(0.5, 1)},
        {"isi_violations": np.nan},
        {"valid_channel": False},
        {"region": ""},
        {"region": "None"},
    ]
    passes = passes_quality_control(pd.DataFrame([good, *({**good, **change} for change in worse)]))
    assert passes.tolist() == [True] + [False] * len(worse)
