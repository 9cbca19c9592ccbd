"""The arithmetic of responses, trials, running, layers and filters against independent oracles."""

import itertools

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse.core.errors import UnexpectedFormatError
from brainscore_mouse.data_packaging.allen.allen_dataset import SpikeRates, allen_dataset
from brainscore_mouse.data_packaging.allen.cell_classes import (
    EXCITATORY_LINES,
    INHIBITORY_LINES,
    cell_class,
    cortical_layer,
)
from brainscore_mouse.data_packaging.allen.display import on_screen_mask
from brainscore_mouse.data_packaging.allen.neuroid_selections import select
from brainscore_mouse.data_packaging.allen.responses.protocol import preferred_stimuli, trials_by_repetition
from brainscore_mouse.data_packaging.allen.responses.running import mean_speeds_between, running_modulation_p_values
from brainscore_mouse.data_packaging.allen.responses.spikes import overlaps_any, spike_counts
from brainscore_mouse.data_packaging.allen.responses.sweeps import (
    EventWindow,
    align_running_speed,
    event_responses,
    mean_running_speeds,
    mean_sweep_responses,
    spontaneous_p_values,
)
from places import RECORDINGS
from scipy import stats

REAL_MASK = RECORDINGS / "on_screen_mask.npy"


@pytest.fixture
def generator():
    return np.random.default_rng(5)


def test_sweep_response_of_a_step():
    """100 before the onset, 100 + k on the k-th frame from it: the mean of 0 ... 13 percent."""
    trace = np.full(200, 100.0)
    trace[60:] = 100 + np.arange(140)
    responses = mean_sweep_responses(trace[np.newaxis], np.array([60]), 7)
    assert responses.tolist() == [[pytest.approx(np.mean(range(14)), rel=1e-14)]]


@pytest.mark.parametrize(
    ("frame", "changes"),
    [(31, False), (32, True), (59, True), (60, True), (73, True), (74, False)],
)
def test_frames_that_a_sweep_response_depends_on(frame, changes):
    """[N - 28, N + 14) and no other."""
    trace = np.full(200, 100.0)
    trace[frame] += 1
    response = mean_sweep_responses(trace[np.newaxis], np.array([60]), 7)[0, 0]
    assert (abs(response) > 1e-6) == changes


def test_sweep_responses_by_plain_loops(generator):
    traces = generator.uniform(50, 150, size=(3, 400))
    starts = np.array([28, 100, 101, 386])
    responses = mean_sweep_responses(traces, starts, 7)
    for (row, start), cell in itertools.product(enumerate(starts), range(3)):
        before = sum(traces[cell, frame] for frame in range(start - 28, start)) / 28
        after = sum(traces[cell, frame] for frame in range(start, start + 14)) / 14
        assert responses[row, cell] == pytest.approx(100 * (after - before) / before, rel=1e-10)


def test_sweeps_that_the_recording_does_not_hold():
    traces = np.ones((1, 400))
    assert np.isnan(mean_sweep_responses(traces, np.array([27, 28, 386, 387]), 7)[:, 0]).tolist() == [
        *(True, False, False, True)
    ]
    assert np.isnan(mean_running_speeds(traces[0], np.array([-1, 0, 386, 387]), 7)).tolist() == [
        *(True, False, False, True)
    ]


def test_mean_running_speed_by_plain_loops(generator):
    speed = generator.normal(size=300)
    starts = np.array([0, 17, 286])
    expected = [sum(speed[start : start + 14]) / 14 for start in starts]
    np.testing.assert_allclose(mean_running_speeds(speed, starts, 7), expected, rtol=1e-12)


@pytest.mark.parametrize(("first", "n_samples"), [(0, 10), (3, 7), (3, 4), (0, 6), (3, 12)])
def test_running_is_aligned_by_time(first, n_samples):
    frame_times = 5.0 + 0.1 * np.arange(10)
    speed_times = np.concatenate([frame_times, 6.0 + 0.1 * np.arange(10)])[first : first + n_samples]
    speed = 100 + np.arange(n_samples)
    aligned = align_running_speed(speed, speed_times, frame_times)
    of_time = dict(zip(speed_times, speed, strict=True))
    np.testing.assert_array_equal(aligned, [of_time.get(time, np.nan) for time in frame_times])


@pytest.mark.parametrize("window", [EventWindow(2, 12, "mean"), EventWindow(0, None, "sum"), EventWindow(0, 15, "sum")])
def test_events_by_plain_loops(generator, window):
    events = generator.exponential(size=200) * (generator.random(200) < 0.1)
    starts = np.array([0, 50, 90, 184, 185, 190, 198])
    ends = starts + np.array([7, 7, 8, 7, 7, 7, 7])
    responses = event_responses(events, starts, ends, window)
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        last = end if window.stop is None else start + window.stop
        if last > len(events):
            assert np.isnan(responses[row])
            continue
        total = sum(events[frame] for frame in range(start + window.start, last))
        n_frames = last - start - window.start
        assert responses[row] == pytest.approx(total / n_frames if window.combine == "mean" else total, rel=1e-12)


def test_p_values_are_those_of_all_spontaneous_windows(generator):
    events = generator.exponential(size=3000)
    windows = np.array([events[first : first + 10].mean() for first in range(1000, 2000)])
    responses = np.quantile(windows, [0.01, 0.5, 0.94, 0.96, 0.999])
    p_values = spontaneous_p_values(np.append(responses, np.nan), events, (1000, 2000), 10, seed=0)
    exact = [(windows >= response).mean() for response in responses]
    np.testing.assert_allclose(p_values[:-1], exact, atol=0.02)
    assert np.isnan(p_values[-1])
    assert spontaneous_p_values(np.array([np.inf, -np.inf]), events, (1000, 2000), 10, seed=0).tolist() == [0.0, 1.0]


def test_p_values_of_ties_count_as_no_response():
    """Most windows have no event: a response of none is not special."""
    assert spontaneous_p_values(np.zeros(1), np.zeros(500), (0, 400), 10, seed=0) == [1.0]


def test_spike_counts_by_numpys_histogram(generator):
    spikes = generator.uniform(0, 100, size=5000)
    onsets = np.sort(generator.uniform(0, 99, size=50))
    edges = np.arange(0, 0.26, 0.01)
    counts = spike_counts(generator.permutation(spikes), onsets, edges)
    for row, onset in enumerate(onsets):
        # The last bin of numpy's histogram is closed: one more bin beyond it takes the spikes on the edge.
        expected = np.histogram(spikes, np.append(onset + edges, onset + 1.0))[0][:-1]
        np.testing.assert_array_equal(counts[row], expected)


def test_spikes_on_edges_count_once_and_to_the_right():
    onsets = np.array([0.0, 1.0])
    edges = np.array([0.25, 0.5, 0.75])  # exact in binary
    spikes = np.array([0.75, 0.25, 0.5, 1.25, 1.75, 1.5, 1.5])
    assert spike_counts(spikes, onsets, edges).tolist() == [[1, 1], [1, 2]]
    assert spike_counts(np.empty(0), onsets, edges).tolist() == [[0, 0], [0, 0]]


def test_adjacent_windows_hold_each_spike_once(generator):
    spikes = np.round(generator.uniform(0, 10, size=3000), 2)  # most on edges
    counts = spike_counts(spikes, np.arange(0, 10, 0.25), np.linspace(0, 0.25, 26))
    assert counts.sum() == ((spikes >= 0) & (spikes < 10)).sum()


def test_overlaps_by_plain_loops(generator):
    starts = np.arange(20) * 0.25
    stops = starts + 0.25
    others = np.array([[1.0, 1.0], [2.1, 2.2], [3.5, 4.25]])
    expected = [
        any(max(start, low) <= min(stop, high) for low, high in others)
        for start, stop in zip(starts, stops, strict=True)
    ]
    assert overlaps_any(starts, stops, others).tolist() == expected
    assert expected[3] and expected[4] and not expected[5]  # both presentations that touch 1.0
    assert not overlaps_any(starts, stops, np.empty((0, 2))).any()


def test_speeds_between_by_plain_loops(generator):
    times = np.sort(generator.uniform(0, 20, size=400))
    speed = generator.normal(size=400)
    speed[[20, 200]] = np.nan
    starts = np.append(np.arange(0, 20, 0.25), [19.999, 30.0])
    stops = np.append(starts[:-2] + 0.25, [19.9995, 31.0])
    speeds = mean_speeds_between(speed, times, starts, stops)
    for row, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        samples = [value for value, time in zip(speed, times, strict=True) if start <= time < stop]
        expected = sum(samples) / len(samples) if samples else np.nan
        np.testing.assert_allclose(speeds[row], expected, rtol=1e-9)
    assert np.isnan(speeds[-1])


def test_running_modulation_is_welchs_test(generator):
    trials = generator.normal(size=(50, 118, 3))
    speed = generator.choice([0.0, 0.999, 1.0, 30.0], size=(50, 118))
    trials[:, 7, 0] += speed[:, 7] >= 1
    p_values = running_modulation_p_values(trials, speed, np.array([7, 8, 9]))
    for neuroid, scene in enumerate((7, 8, 9)):
        runs = speed[:, scene] >= 1
        expected = stats.ttest_ind(trials[runs, scene, neuroid], trials[~runs, scene, neuroid], equal_var=False).pvalue
        assert p_values[neuroid] == pytest.approx(expected, rel=1e-12)
    assert p_values[0] < 0.05


@pytest.mark.parametrize(("n_running", "is_tested"), [(4, False), (5, True), (45, True), (46, False)])
def test_running_modulation_needs_five_trials_of_each_kind(generator, n_running, is_tested):
    speed = np.zeros((50, 118))
    speed[:n_running] = 2.0
    p_value = running_modulation_p_values(generator.normal(size=(50, 118, 1)), speed, np.array([3]))
    assert np.isfinite(p_value[0]) == is_tested
    speed[:] = np.nan
    assert np.isnan(running_modulation_p_values(np.ones((50, 118, 1)), speed, np.array([3])))


def test_repetitions_are_in_order_of_time(generator):
    images = np.concatenate([generator.permutation(np.arange(-1, 118)) for _ in range(6)])
    onsets = np.arange(len(images)) * 7.5
    order = generator.permutation(len(images))
    trials = trials_by_repetition(onsets[order], images[order], onsets[order], 118)
    assert trials.shape == (6, 118)
    for scene in range(118):
        np.testing.assert_array_equal(trials[:, scene], sorted(onsets[images == scene]))


def test_scenes_shown_less_often_end_with_nan():
    responses, scenes = np.array([5.0, 6.0, 7.0, 8.0]), np.array([0, 117, 0, -1])
    trials = trials_by_repetition(responses, scenes, np.arange(4), 118)
    assert trials[:, 0].tolist() == [5, 7]
    assert trials[0, 117] == 6 and np.isnan(trials[1, 117])
    assert np.isnan(trials[:, 1:117]).all()
    assert not (trials == 8).any()  # a blank is no stimulus


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_preferred_scene_by_nanmean(generator):
    """A scene that was never shown is never preferred."""
    trials = generator.normal(size=(9, 118, 20))
    trials[generator.random(trials.shape) < 0.3] = np.nan
    trials[:, 5] = np.nan
    np.testing.assert_array_equal(preferred_stimuli(trials), np.nanargmax(np.nanmean(trials, axis=0), axis=0))


@pytest.mark.parametrize(
    ("depth", "line", "layer"),
    [
        (175, "Cux2-CreERT2", "L2/3"),
        (199.9, "Emx1-IRES-Cre", "L2/3"),
        (200, "Emx1-IRES-Cre", "L4"),
        (250, "Slc17a7-IRES2-Cre", "L4"),
        (275, "Sst-IRES-Cre", "L4"),
        (300, "Rorb-IRES2-Cre", "L5"),
        (350, "Rbp4-Cre_KL100", "L5"),
        (499.9, "Tlx3-Cre_PL56", "L5"),
        (500, "Ntsr1-Cre_GN220", "L6"),
        (350, "Nr5a1-Cre", "L4"),
        (175, "Scnn1a-Tg3-Cre", "L4"),
    ],
)
def test_layers(depth, line, layer):
    assert cortical_layer(depth, line) == layer


def test_every_line_has_a_class():
    assert {cell_class(f"{line}-Cre") for line in EXCITATORY_LINES} == {"exc"}
    assert {cell_class(f"{line}-IRES-Cre") for line in INHIBITORY_LINES} == {"inh"}
    assert len({*EXCITATORY_LINES, *INHIBITORY_LINES}) == 13
    with pytest.raises(UnexpectedFormatError, match="Chat-IRES-Cre"):
        cell_class("Chat-IRES-Cre")


def population(**columns):
    n_neuroids = len(next(iter(columns.values())))
    defaults = {"region": ["VISp"] * n_neuroids, "subject": ["m"] * n_neuroids, "reliability": [1.0] * n_neuroids}
    return pd.DataFrame({**defaults, "p_running_modulation": [0.5] * n_neuroids, **columns})


@pytest.mark.parametrize("name", ["nayebi2023", "conwell2021"])
def test_limits_of_the_filters_by_reliability_and_running(name):
    neuroids = population(
        reliability=[0.75, np.nextafter(0.75, 0), 0.9, 0.9, 0.9, np.nan],
        p_running_modulation=[0.5, 0.5, 0.05, np.nextafter(0.05, 1), np.nan, 0.5],
    )
    assert select(neuroids, name).tolist() == [True, False, False, True, True, False]


def test_nayebi_keeps_the_mice_with_many_units():
    """Units that pass per mouse 1, 2, 3, 4, 5: the 75th percentile is 4. Each region for itself."""
    counts = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
    subjects = [mouse for mouse, count in counts.items() for _ in range(count)]
    neuroids = pd.concat(
        [population(subject=subjects), population(subject=["a"] * 2, region=["VISl"] * 2)], ignore_index=True
    )
    kept = neuroids[select(neuroids, "nayebi2023")]
    assert sorted(set(kept["subject"][kept["region"] == "VISp"])) == ["d", "e"]
    assert (kept["region"] == "VISl").sum() == 2
    assert np.quantile(list(counts.values()), 0.75) == 4


def test_devries_needs_more_than_eleven_trials():
    neuroids = population(n_responsive_trials=[11.0, 12.0, np.nan, 50.0])
    assert select(neuroids, "devries2020").tolist() == [False, True, False, True]


def test_selections_by_line_class_and_layer():
    neuroids = population(
        cre_line=["Sst-IRES-Cre", "Cux2-CreERT2", "Vip-IRES-Cre"],
        cell_class=["inh", "exc", "inh"],
        layer=["L4", "L2/3", "L2/3"],
    )
    assert select(neuroids, "Sst").tolist() == [True, False, False]
    assert select(neuroids, "inh").tolist() == [True, False, True]
    assert select(neuroids, "L23").tolist() == [False, True, True]


def test_windows_in_ms():
    assert allen_dataset("allen-mouse").recipe.window_ms == (0, pytest.approx(14 / 30.15 * 1000, abs=0.1))
    assert allen_dataset("allen-mouse-events").recipe.window_ms == tuple(
        pytest.approx(frames / 30.15 * 1000, abs=0.1) for frames in (2, 12)
    )
    assert SpikeRates(50, 250).edges_ms.tolist() == [50, 250]
    assert SpikeRates(0, 250, 10).edges_ms.tolist() == list(range(0, 251, 10))


def test_what_is_on_the_screen_by_the_corners_of_the_monitor():
    """The template's centre and the middles of its sides are seen, its corners are not; 86.4 % are (AllenSDK)."""
    mask = on_screen_mask(918, 1174)
    assert mask[459, 587] and mask[459, 20] and mask[20, 587]
    assert not mask[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert mask.mean() == pytest.approx(0.864, abs=0.001)


@pytest.mark.real_data
@pytest.mark.skipif(not REAL_MASK.is_file(), reason=f"the AllenSDK's mask is not at {REAL_MASK}")
def test_what_is_on_the_screen_as_the_sdk_warps_it():
    """Its images are sampled at whole pixels of the monitor: one pixel in a thousand differs, along the edges."""
    mask = np.load(REAL_MASK)
    assert (on_screen_mask(*mask.shape) != mask).mean() < 1e-3
