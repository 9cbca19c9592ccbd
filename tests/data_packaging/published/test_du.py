"""Du et al. 2025: from files of its layout to scores, and what is wrong with files."""

import numpy as np
import pytest
import scipy.io
from brainscore_mouse.core.errors import DatasetNotFoundError, UnexpectedFormatError, UnknownIdentifierError
from brainscore_mouse.data_packaging.datasets import load_dataset, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.du.du2025 import COLUMNS_OF_MICE
from brainscore_mouse.data_packaging.fetch_dataset import fetch_dataset
from brainscore_mouse.data_packaging.recordings import trials_from_assembly
from brainscore_mouse.scoring.score_model import score_model
from PIL import Image
from published_files import N_NEURONS, write_du

MOUSE = "FX9_nat60k_2023_05_15"


def images_of(dataset):
    stimulus_set = load_stimulus_set(dataset)
    images = []
    for stimulus_id in stimulus_set["stimulus_id"]:
        with Image.open(stimulus_set.get_stimulus(stimulus_id)) as image:
            images.append(np.asarray(image))
    return stimulus_set["stimulus_id"].tolist(), np.stack(images)


def test_images_that_all_mice_saw_and_their_trials(tmp_path):
    common, images, trials = write_du(tmp_path / "files")
    fetch_dataset("du2025", source=str(tmp_path / "files"))
    ids, packaged = images_of("du2025")
    assert ids == [f"image_{number:02d}" for number in common]
    np.testing.assert_array_equal(packaged, images[common])
    assembly = load_dataset("du2025", "VISp")
    found = trials_from_assembly(assembly)
    for recording, expected in trials.items():
        np.testing.assert_array_equal(found[:, :, (assembly["experiment"] == recording).values], expected)
    assert set(assembly["subject"].values) == {"L1_A5", "L1_A1", "FX9", "FX10", "FX8", "FX20"}
    details = read_manifest("du2025")["details"]
    assert details["images_in_common"] == len(common)
    assert set(details["images_of_recordings"].values()) == {len(common) + 1}
    assert "placeholder" in details["unverified"]["window_ms"]


@pytest.mark.parametrize(("columns", "n_mice"), [((0, 130), 5), ((46, 176), 1)])
def test_columns_of_the_receptive_fields_with_the_mice_that_have_them_there(tmp_path, columns, n_mice):
    common, images, _ = write_du(tmp_path / "files")
    dataset = f"du2025-columns-{columns[0]}-{columns[1]}"
    fetch_dataset(dataset, source=str(tmp_path / "files"))
    ids, packaged = images_of(dataset)
    # With one mouse its own image, 55, is an image of all mice.
    expected = common if n_mice > 1 else np.append(common, 55)
    assert ids == [f"image_{number:02d}" for number in expected]
    np.testing.assert_array_equal(packaged, images[expected][:, :, columns[0] : columns[1]])
    mice = {name for name, own in COLUMNS_OF_MICE.items() if own == columns}
    assert set(load_dataset(dataset, "VISp")["experiment"].values) == mice and len(mice) == n_mice


def test_other_columns_are_unknown(tmp_path):
    with pytest.raises(UnknownIdentifierError, match="du2025-columns-0-130"):
        fetch_dataset("du2025-columns-0-131", source=str(tmp_path))


def test_from_files_to_a_score(tmp_path):
    write_du(tmp_path / "files")
    fetch_dataset("du2025", source=str(tmp_path / "files"))
    assert 0.1 < float(score_model("pixels", "du2025-VISp-rsa")) <= 1.5


def test_mice_with_different_numbers_of_repetitions(tmp_path):
    def lose_repetitions(recording, arrays):
        if recording == MOUSE:
            arrays["ss_all"] = arrays["ss_all"][:, :3]

    _, _, trials = write_du(tmp_path / "files", change=lose_repetitions)
    fetch_dataset("du2025", source=str(tmp_path / "files"))
    assembly = load_dataset("du2025", "VISp")
    found = trials_from_assembly(assembly)[:, :, (assembly["experiment"] == MOUSE).values]
    np.testing.assert_array_equal(found[:3], trials[MOUSE][:3])
    assert np.isnan(found[3:]).all()


def objects(arrays):
    arrays["ss_all"] = np.array([*arrays["ss_all"], None], dtype=object)[:-1]


def other_images(arrays):
    arrays["istim_ss"] = np.arange(len(arrays["istim_ss"])) + 1000.0


def too_large_ids(arrays):
    arrays["istim_ss"] = arrays["istim_ss"] + 10_000


def repeated_ids(arrays):
    arrays["istim_ss"][0] = arrays["istim_ss"][1]


def fractional_ids(arrays):
    arrays["istim_ss"] = arrays["istim_ss"] + 0.5


def fewer_ids(arrays):
    arrays["istim_ss"] = arrays["istim_ss"][:-1]


def fewer_positions(arrays):
    arrays["xpos"] = arrays["xpos"][:-1]


def no_responses(arrays):
    del arrays["ss_all"]


def infinite(arrays):
    arrays["ss_all"][2, 1, 0] = np.inf


def one_repetition(arrays):
    arrays["ss_all"] = arrays["ss_all"][:, :1]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (objects, "ss_all of .* Python objects"),
        (other_images, "no test image in common"),
        (too_large_ids, "no test image in common"),
        (repeated_ids, "more than once"),
        (fractional_ids, "whole"),
        (fewer_ids, "ss_all"),
        (fewer_positions, "xpos"),
        (no_responses, "ss_all"),
        (infinite, "infinite"),
        (one_repetition, "1 trials"),
    ],
)
def test_files_that_do_not_fit_are_named_and_nothing_is_left(tmp_path, home, fault, reason):
    write_du(tmp_path / "files", change=lambda recording, arrays: fault(arrays) if recording == MOUSE else None)
    with pytest.raises(UnexpectedFormatError, match=reason) as caught:
        fetch_dataset("du2025", source=str(tmp_path / "files"))
    assert MOUSE in str(caught.value)
    assert not list((home / "datasets").glob("*"))


def test_ids_beyond_the_images_are_named(tmp_path, home):
    write_du(tmp_path / "files", change=lambda _, arrays: too_large_ids(arrays))
    with pytest.raises(UnexpectedFormatError, match=r"nat60k_text16\.mat"):
        fetch_dataset("du2025", source=str(tmp_path / "files"))
    assert not list((home / "datasets").glob("*"))


def test_images_without_gray_levels_of_8_bits_are_refused(tmp_path, home):
    _, images, _ = write_du(tmp_path / "files")
    scipy.io.savemat(tmp_path / "files" / "nat60k_text16.mat", {"img": images.transpose(1, 2, 0) / 255 - 0.4})
    with pytest.raises(UnexpectedFormatError, match="gray levels from 0 to 255"):
        fetch_dataset("du2025", source=str(tmp_path / "files"))
    assert not list((home / "datasets").glob("*"))


@pytest.mark.parametrize("name", [f"{MOUSE}.npz", "nat60k_text16.mat"])
@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.99])
def test_a_truncated_file_is_named(tmp_path, home, name, kept):
    write_du(tmp_path / "files")
    path = tmp_path / "files" / name
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if kept < 1 else kept])
    with pytest.raises(UnexpectedFormatError, match=name):
        fetch_dataset("du2025", source=str(tmp_path / "files"))
    assert not list((home / "datasets").glob("*"))


def test_missing_files_are_all_named(tmp_path):
    write_du(tmp_path / "files", recordings=[MOUSE])
    (tmp_path / "files" / "nat60k_text16.mat").unlink()
    with pytest.raises(DatasetNotFoundError, match=r"6 of 7 files: .*FX8_.*nat60k_text16\.mat.*figshare"):
        fetch_dataset("du2025", source=str(tmp_path / "files"))


def test_first_mice_only(tmp_path):
    write_du(tmp_path / "files", recordings=tuple(COLUMNS_OF_MICE)[:2])
    fetch_dataset("du2025", source=str(tmp_path / "files"), max_experiments=2)
    manifest = read_manifest("du2025")
    assert manifest["regions"]["VISp"]["n_neuroids"] == 2 * N_NEURONS + 1
    assert manifest["details"]["complete"] == {"VISp": False}
