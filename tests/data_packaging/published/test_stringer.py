"""Stringer et al. 2019: from files of its layout to scores, its preprocessing, and what is wrong with files."""

from dataclasses import replace

import numpy as np
import pytest
from brainscore_mouse.core.errors import CorruptDatasetError, UnexpectedFormatError, WrongChecksumError
from brainscore_mouse.data_packaging.datasets import load_dataset, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.fetch_dataset import fetch_dataset
from brainscore_mouse.data_packaging.published.published_dataset import PublishedFile
from brainscore_mouse.data_packaging.published_datasets import PUBLISHED_DATASETS
from brainscore_mouse.data_packaging.recordings import trials_from_assembly
from brainscore_mouse.data_packaging.stringer.stringer2019 import MD5S, RECORDINGS
from brainscore_mouse.data_packaging.stringer.without_spontaneous_activity import without_spontaneous_activity
from brainscore_mouse.scoring.score_model import score_model
from misbehaving_server import serving
from PIL import Image
from published_files import write_stringer

FILE = RECORDINGS[2]


@pytest.fixture
def without_md5(monkeypatch):
    """Made-up files cannot have the published MD5."""
    for identifier in ("stringer2019", "stringer2019-raw"):
        files = tuple(PublishedFile(name) for name in RECORDINGS)
        monkeypatch.setitem(PUBLISHED_DATASETS, identifier, replace(PUBLISHED_DATASETS[identifier], recordings=files))


def experiment_of(recording):
    return recording.removeprefix("natimg2800_").removesuffix(".mat")


def as_the_authors_do(resp, spont, n_components=32):
    """An independent version, in double precision and by a full singular value decomposition."""
    resp, spont = resp.astype(float), spont.astype(float)
    mean, deviation = spont.mean(axis=0), spont.std(axis=0) + 1e-6
    resp, spont = (resp - mean) / deviation, (spont - mean) / deviation
    _, _, components = np.linalg.svd(spont, full_matrices=False)
    kept = components[:n_components]
    resp = resp - resp @ kept.T @ kept
    return resp - resp.mean(axis=0)


@pytest.mark.usefixtures("without_md5")
def test_raw_trials_of_images_shown_exactly_twice(tmp_path):
    common, images, contents = write_stringer(tmp_path / "files")
    fetch_dataset("stringer2019-raw", source=str(tmp_path / "files"))
    stimulus_set = load_stimulus_set("stringer2019-raw")
    assert stimulus_set["stimulus_id"].tolist() == [f"image_{number:02d}" for number in common]
    for number, stimulus_id in zip(common, stimulus_set["stimulus_id"], strict=True):
        with Image.open(stimulus_set.get_stimulus(stimulus_id)) as image:
            np.testing.assert_array_equal(np.asarray(image), images[number - 1])
    assembly = load_dataset("stringer2019-raw", "VISp")
    trials = trials_from_assembly(assembly)
    for recording, (responses, *_) in contents.items():
        of_recording = (assembly["experiment"] == experiment_of(recording)).values
        np.testing.assert_array_equal(trials[:, :, of_recording], responses[:, common - 1])
    assert len(set(assembly["subject"].values)) == 6 and len(set(assembly["experiment"].values)) == 7


@pytest.mark.usefixtures("without_md5")
def test_preprocessing_is_that_of_the_authors(tmp_path):
    recordings = RECORDINGS[:2]
    # As many neurons as components would leave nothing: more neurons than the smallest files have.
    common, _, contents = write_stringer(tmp_path / "files", recordings=recordings, n_neurons=50)
    fetch_dataset("stringer2019", source=str(tmp_path / "files"), max_experiments=2)
    assembly = load_dataset("stringer2019", "VISp")
    trials = trials_from_assembly(assembly)
    for recording, (_, resp, istim, spont) in contents.items():
        expected = as_the_authors_do(resp, spont)
        of_images = [np.flatnonzero(istim == number) for number in common]
        of_recording = (assembly["experiment"] == experiment_of(recording)).values
        for repetition in range(2):
            np.testing.assert_allclose(
                trials[repetition][:, of_recording],
                expected[[places[repetition] for places in of_images]],
                atol=2e-4,
            )
    assert read_manifest("stringer2019")["details"]["preprocessing"] == "without_spontaneous_activity, 32 components"


@pytest.mark.parametrize("n_timepoints", [40, 300])
def test_components_by_either_side_of_the_matrix(n_timepoints):
    generator = np.random.default_rng(0)
    resp = generator.normal(size=(70, 90)).astype(np.float32)
    spont = (generator.normal(size=(n_timepoints, 90)) * np.linspace(1, 5, 90) + 3).astype(np.float32)
    expected = as_the_authors_do(resp, spont, 8)
    found = without_spontaneous_activity(resp.copy(), spont.copy(), 8)
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.usefixtures("without_md5")
def test_from_files_to_a_score(tmp_path):
    write_stringer(tmp_path / "files")
    fetch_dataset("stringer2019-raw", source=str(tmp_path / "files"))
    assert 0.1 < float(score_model("pixels", "stringer2019-raw-VISp-rsa")) <= 1.5


def numbered_from_0(stim):
    stim["istim"] = stim["istim"] - 1


def of_more_images(stim):
    stim["istim"] = stim["istim"] + 40


def fewer_presentations(stim):
    stim["resp"] = stim["resp"][:-1]


def fewer_neurons(stim):
    stim["resp"] = stim["resp"][:, :-1]


def no_spontaneous_activity(stim):
    stim["spont"] = np.zeros((0, 0))


def no_responses(stim):
    del stim["resp"]


def every_image_once(stim):
    first = np.unique(stim["istim"], return_index=True)[1]
    stim["istim"], stim["resp"] = stim["istim"][first], stim["resp"][first]


@pytest.mark.usefixtures("without_md5")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (numbered_from_0, "istim .* is 0 to .*from 1"),
        (of_more_images, "istim .* is 4\\d to"),
        (fewer_presentations, "presentations"),
        (fewer_neurons, "resp"),
        (no_spontaneous_activity, "spont"),
        (no_responses, "resp"),
        (every_image_once, "no image that was shown exactly twice"),
    ],
)
def test_files_that_do_not_fit_are_named_and_nothing_is_left(tmp_path, home, fault, reason):
    write_stringer(tmp_path / "files", change=lambda recording, stim: fault(stim) if recording == FILE else None)
    with pytest.raises(UnexpectedFormatError, match=reason) as caught:
        fetch_dataset("stringer2019", source=str(tmp_path / "files"))
    assert FILE in str(caught.value)
    assert not list((home / "datasets").glob("*"))


@pytest.mark.usefixtures("without_md5")
@pytest.mark.parametrize("name", [FILE, "images_natimg2800_all.mat"])
@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.99])
def test_a_truncated_file_is_named(tmp_path, home, name, kept):
    write_stringer(tmp_path / "files")
    path = tmp_path / "files" / name
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if kept < 1 else kept])
    with pytest.raises(UnexpectedFormatError, match=name):
        fetch_dataset("stringer2019", source=str(tmp_path / "files"))
    assert not list((home / "datasets").glob("*"))


def test_a_file_with_another_md5_is_named(tmp_path, home):
    write_stringer(tmp_path / "files")
    ((name, md5),) = MD5S.items()
    with pytest.raises(WrongChecksumError, match=f"{name}.*{md5}"):
        fetch_dataset("stringer2019", source=str(tmp_path / "files"))
    assert (tmp_path / "files" / name).is_file()  # the user's own
    assert not list((home / "datasets").glob("*"))


def test_a_download_with_another_md5_is_removed(tmp_path, home):
    write_stringer(tmp_path / "files")
    (name,) = MD5S
    with serving(tmp_path / "files") as server, pytest.raises(WrongChecksumError, match=name):
        fetch_dataset("stringer2019", source=server.url)
    assert not [path for path in home.rglob(f"{name}*") if path.suffix != ".lock"]
    assert not list((home / "datasets").glob("*"))


@pytest.mark.usefixtures("without_md5")
@pytest.mark.parametrize(
    ("text", "named"), [("[]", "its content is []"), ('{"stimuli": 5}', "stimuli is 5"), ("{", "is not JSON")]
)
def test_a_damaged_list_of_checksums_is_named_with_key_and_value(tmp_path, home, text, named):
    write_stringer(tmp_path / "files")
    fetch_dataset("stringer2019-raw", source=str(tmp_path / "files"))
    (first_uses,) = home.rglob("SHA256S.json")
    first_uses.write_text(text)
    with pytest.raises(CorruptDatasetError) as refused:
        fetch_dataset("stringer2019-raw", source=str(tmp_path / "files"), replace=True)
    assert str(first_uses) in str(refused.value) and named in str(refused.value) and "Remove it" in str(refused.value)
