"""Conversion between arrays of trials and assemblies."""

import re

import numpy as np
import pandas as pd
import pytest
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse.core.errors import DataError, InvalidArraysError
from brainscore_mouse.data_packaging.recordings import (
    Recordings,
    assembly_from_recordings,
    join_neuroids,
    trials_from_assembly,
)

IDS = ("tree", "wall", "cat", "sea")


def recordings(n_repetitions=3, n_neuroids=5, subject="mouse-1", seed=0):
    responses = np.random.default_rng(seed).normal(size=(n_repetitions, len(IDS), n_neuroids))
    neuroids = pd.DataFrame(
        {
            "neuroid_id": [f"{subject}-{number}" for number in range(n_neuroids)],
            "region": "VISp",
            "subject": subject,
            "depth_um": np.r_[np.nan, np.arange(1.0, n_neuroids)],
        }
    )
    return Recordings(responses.astype(np.float32), neuroids, IDS)


def stimulus_set(ids=IDS):
    stimuli = StimulusSet(pd.DataFrame({"stimulus_id": list(ids)}))
    stimuli.identifier = "four-stimuli"
    return stimuli


def test_each_trial_is_at_its_stimulus_repetition_and_neuroid():
    original = recordings()
    assembly = assembly_from_recordings(original, stimulus_set(), (50, 250))
    assert assembly.dims == ("presentation", "neuroid", "time_bin")
    for row in range(assembly.sizes["presentation"]):
        repetition = assembly["repetition"].values[row]
        stimulus = IDS.index(assembly["stimulus_id"].values[row])
        np.testing.assert_array_equal(assembly.values[row, :, 0], original.responses[repetition, stimulus])


def test_every_dimension_has_two_coordinates_with_the_given_values():
    original = recordings()
    assembly = assembly_from_recordings(original, stimulus_set(), (50, 250))
    assert {name: index.nlevels >= 2 for name, index in assembly.indexes.items()} == {
        "presentation": True,
        "neuroid": True,
        "time_bin": True,
    }
    assert (assembly["time_bin_start"].item(), assembly["time_bin_end"].item()) == (50, 250)
    pd.testing.assert_frame_equal(assembly.indexes["neuroid"].to_frame(index=False), original.neuroids)
    assert assembly.attrs["stimulus_set_identifier"] == "four-stimuli"


def test_round_trip_is_exact_with_missing_trials():
    original = recordings()
    original.responses[1, 2, 3] = np.nan
    original.responses[2, 1, :] = np.nan
    assembly = assembly_from_recordings(original, stimulus_set(), (0, 250))
    assert assembly.sizes["presentation"] == 3 * 4 - 1  # the trial that no neuroid has is not stored
    trials = trials_from_assembly(assembly)
    assert trials.dtype == np.float32
    np.testing.assert_array_equal(trials, original.responses)


def test_trials_follow_the_stimulus_set_not_the_presentations():
    original = recordings()
    assembly = assembly_from_recordings(original, stimulus_set(), (0, 250))
    shuffled = assembly[np.random.default_rng(1).permutation(assembly.sizes["presentation"])]
    shuffled.attrs["stimulus_set"] = stimulus_set(("sea", "tree", "cat", "wall"))
    np.testing.assert_array_equal(trials_from_assembly(shuffled), original.responses[:, [3, 0, 2, 1]])


def test_time_bins_are_averaged_over_what_is_present():
    assembly = NeuronRecordingAssembly(
        [[[1.0, 3.0], [5.0, np.nan]], [[np.nan, np.nan], [2.0, 2.0]]],
        coords={
            "stimulus_id": ("presentation", ["tree", "wall"]),
            "repetition": ("presentation", [7, 7]),
            "neuroid_id": ("neuroid", ["a", "b"]),
            "region": ("neuroid", ["VISp", "VISp"]),
            "time_bin_start": ("time_bin", [0, 10]),
            "time_bin_end": ("time_bin", [10, 20]),
        },
        dims=["presentation", "neuroid", "time_bin"],
        attrs={"stimulus_set": stimulus_set(("tree", "wall"))},
    )
    np.testing.assert_array_equal(trials_from_assembly(assembly), [[[2, 5], [np.nan, 2]]])


def test_a_presentation_that_occurs_twice_is_an_error():
    assembly = assembly_from_recordings(recordings(), stimulus_set(), (0, 250))
    doubled = assembly[[0, 1, 2, 1]]
    doubled.attrs["stimulus_set"] = stimulus_set()
    with pytest.raises(DataError, match=r"'wall'.*0"):
        trials_from_assembly(doubled)


def test_a_presentation_of_an_unknown_stimulus_is_an_error():
    assembly = assembly_from_recordings(recordings(), stimulus_set(), (0, 250))
    assembly.attrs["stimulus_set"] = stimulus_set(("tree", "wall", "cat"))
    with pytest.raises(DataError, match="'sea'"):
        trials_from_assembly(assembly)


def test_a_stimulus_set_in_another_order_is_refused():
    with pytest.raises(InvalidArraysError):
        assembly_from_recordings(recordings(), stimulus_set(("wall", "tree", "cat", "sea")), (0, 250))


def test_joining_keeps_unequal_numbers_of_repetitions():
    longer, shorter = recordings(5, 2), recordings(3, 4, "mouse-2", seed=1)
    joined = join_neuroids([longer, shorter])
    assert joined.responses.shape == (5, 4, 6)
    np.testing.assert_array_equal(joined.responses[:, :, :2], longer.responses)
    np.testing.assert_array_equal(joined.responses[:3, :, 2:], shorter.responses)
    assert np.isnan(joined.responses[3:, :, 2:]).all()
    assert joined.neuroids["subject"].tolist() == ["mouse-1"] * 2 + ["mouse-2"] * 4


def test_joining_recordings_of_other_stimuli_is_refused():
    other = recordings()
    with pytest.raises(InvalidArraysError):
        join_neuroids([other, Recordings(other.responses, other.neuroids, IDS[::-1])])


def test_joining_tables_with_other_columns_is_refused():
    other = recordings()
    with pytest.raises(InvalidArraysError, match="depth_um"):
        join_neuroids([other, Recordings(other.responses, other.neuroids.drop(columns="depth_um"), IDS)])


@pytest.mark.parametrize("shape", [(3, 4), (3, 5, 5), (3, 4, 6)])
def test_responses_that_do_not_fit_are_refused(shape):
    with pytest.raises(InvalidArraysError, match=re.escape(str(shape))):
        Recordings(np.zeros(shape), recordings().neuroids, IDS)


def test_neuroids_without_a_subject_are_refused():
    good = recordings()
    with pytest.raises(InvalidArraysError, match="subject"):
        Recordings(good.responses, good.neuroids.drop(columns="subject"), IDS)
