"""From arrays and from folders of arrays to packaged datasets."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse.core.errors import InvalidArraysError
from brainscore_mouse.data_packaging.array_folder import package_array_folder, read_array_folder
from brainscore_mouse.data_packaging.arrays import SubjectArrays, package_arrays
from brainscore_mouse.data_packaging.datasets import list_datasets, load_dataset, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.packaged_dataset import Recipe
from brainscore_mouse.data_packaging.recordings import trials_from_assembly
from PIL import Image
from places import RECORDINGS as ALLEN

RECIPE = Recipe("spikes/s", (0.0, 250.0), "none", "a test", "nobody 2025", "MIT")
N_STIMULI = 6


def subject_arrays(region="VISp", subject="m1", n_repetitions=4, n_neuroids=3, **columns):
    seed = [n_repetitions, n_neuroids, len(region), *subject.encode()]
    responses = np.random.default_rng(seed).normal(size=(n_repetitions, N_STIMULI, n_neuroids))
    ids = [f"{region}{subject}{number}" for number in range(n_neuroids)]
    neuroids = pd.DataFrame({"neuroid_id": ids, **columns})
    return SubjectArrays(region, subject, responses.astype(np.float32), neuroids)


def with_responses(change):
    arrays = subject_arrays()
    responses = arrays.responses.copy()
    return dataclasses.replace(arrays, responses=change(responses))


def assigned(*index_and_value):
    def change(responses):
        index, value = index_and_value
        responses[index] = value
        return responses

    return change


@pytest.fixture
def stimuli(tmp_path):
    folder = tmp_path / "stimuli"
    folder.mkdir()
    paths = [folder / f"scene_{number}.png" for number in range(N_STIMULI)]
    for number, path in enumerate(paths):
        pixels = np.random.default_rng(number).integers(256, size=(5, 7, 4), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return paths


def test_subjects_of_a_region_are_joined_and_regions_kept_apart(home, stimuli):
    arrays = [
        subject_arrays("VISp", "m1", 4, 3, depth_um=[1.0, 2.0, np.nan]),
        subject_arrays("VISl", "m1", 4, 2),
        subject_arrays("VISp", "m2", 3, 2, depth_um=[3.0, 4.0]),
    ]
    package_arrays(arrays, stimuli, "toy", RECIPE)
    visp = load_dataset("toy", "VISp")
    trials = trials_from_assembly(visp)
    np.testing.assert_array_equal(trials[:, :, :3], arrays[0].responses)
    np.testing.assert_array_equal(trials[:3, :, 3:], arrays[2].responses)
    assert np.isnan(trials[3, :, 3:]).all()
    np.testing.assert_array_equal(visp["depth_um"].values, [1, 2, np.nan, 3, 4])
    np.testing.assert_array_equal(visp["subject"].values, ["m1"] * 3 + ["m2"] * 2)
    np.testing.assert_array_equal(trials_from_assembly(load_dataset("toy", "VISl")), arrays[1].responses)
    assert read_manifest("toy")["regions"]["VISp"]["n_repetitions"] == {"min": 3, "max": 4}
    assert "toy" in list_datasets()


def test_the_ith_image_belongs_to_the_ith_responses(home, stimuli):
    """Responses that are a function of the image stay with that image, whatever the names sort like."""
    reordered = [stimuli[index] for index in (3, 0, 5, 1, 4, 2)]
    brightness = np.array([np.asarray(Image.open(path)).mean() for path in reordered])
    responses = np.stack([brightness, -brightness], axis=1) + np.arange(4)[:, None, None]
    arrays = SubjectArrays("VISp", "m1", responses, pd.DataFrame({"neuroid_id": ["a", "b"]}))
    package_arrays([arrays], reordered, "toy", RECIPE)
    assembly, stimulus_set = load_dataset("toy", "VISp"), load_stimulus_set("toy")
    for presentation in range(assembly.sizes["presentation"]):
        image = stimulus_set.get_stimulus(assembly["stimulus_id"].values[presentation])
        expected = np.asarray(Image.open(image)).mean() + assembly["repetition"].values[presentation]
        np.testing.assert_allclose(assembly.values[presentation, 0, 0], expected, rtol=1e-6)


def test_integer_ids_and_responses_are_taken(home, stimuli):
    counts = np.random.default_rng(0).poisson(5, size=(4, N_STIMULI, 2))
    arrays = SubjectArrays("VISp", "m1", counts, pd.DataFrame({"neuroid_id": [915964451, 915964438]}))
    package_arrays([arrays], stimuli, "toy", RECIPE)
    assembly = load_dataset("toy", "VISp")
    np.testing.assert_array_equal(trials_from_assembly(assembly), counts)
    assert assembly["neuroid_id"].values.tolist() == ["915964451", "915964438"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r[0], r"VISp of m1: responses have shape \(6, 3\)"),
        (lambda r: r[:, :5], r"VISp of m1: responses to 5 stimuli .* but 6 images"),
        (lambda r: np.moveaxis(r, 1, 0), "responses to 4 stimuli"),
        (lambda r: r[:, :, :2], "responses of 2 neuroids .* but 3 neuroid ids"),
        (lambda r: r[:1], "1 repetitions"),
        (lambda r: r.astype(complex), "complex"),
        (lambda r: r.astype(str), "not real numbers"),
        (assigned(np.s_[:, :, 1], np.nan), "1 neuroids have no response at all.*VISpm11"),
        (assigned(np.s_[:, 2, 1:], np.nan), "2 neuroids have fewer than 2 trials.*VISpm11, VISpm12"),
        (assigned(np.s_[1:, 2, 0], np.nan), "1 neuroids have fewer than 2 trials.*VISpm10"),
        (assigned(np.s_[0, 0, 2], np.inf), "1 neuroids have infinite responses: VISpm12"),
        (lambda r: assigned(np.s_[0, 0, 2], 1e300)(r.astype(float)), "infinite responses: VISpm12"),
        (assigned(np.s_[:, :, 0], 3.0), "1 neuroids respond the same on all trials.*VISpm10"),
    ],
)
def test_arrays_that_no_metric_can_use_are_refused(home, stimuli, change, message):
    with pytest.raises(InvalidArraysError, match=message):
        package_arrays([with_responses(change)], stimuli, "toy", RECIPE)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([], "no arrays"),
        ([subject_arrays(), subject_arrays()], "more than once in the dataset: VISpm10"),
        ([subject_arrays(), subject_arrays("VISl", neuroid_id=["a", "VISpm11", "b"])], "VISpm11"),
        ([subject_arrays("")], "region cannot be called ''"),
        ([subject_arrays("VIS-p")], "region cannot be called 'VIS-p'"),
        ([subject_arrays("../VISp")], "region cannot be called"),
        ([subject_arrays(subject="")], "subject cannot be called ''"),
        ([subject_arrays(layer=["2/3", None, "5"])], "column layer holds values of NoneType, str"),
        ([subject_arrays(repetition=[1, 2, 3])], "column repetition"),
        ([subject_arrays(layer=list("456")), subject_arrays(subject="m2")], "columns layer"),
    ],
)
def test_tables_that_cannot_be_stored_are_refused(home, stimuli, arrays, message):
    with pytest.raises(InvalidArraysError, match=message):
        package_arrays(arrays, stimuli, "toy", RECIPE)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("dataset", ["../toy", "a/b", "", "a b", "simulated-mouse"])
def test_names_that_cannot_be_used_are_refused(home, stimuli, dataset):
    with pytest.raises(InvalidArraysError, match=r"cannot be called|is taken"):
        package_arrays([subject_arrays()], stimuli, dataset, RECIPE)
    assert list(home.iterdir()) == []


def test_missing_broken_and_equally_named_images_are_all_named(home, stimuli, tmp_path):
    stimuli[1].unlink()
    stimuli[2].write_bytes(stimuli[2].read_bytes()[:60])
    stimuli[3].write_bytes(b"no image")
    stimuli[5] = stimuli[5].rename(tmp_path / "scene_0.png")
    with pytest.raises(InvalidArraysError) as raised:
        package_arrays([subject_arrays()], stimuli, "toy", RECIPE)
    message = str(raised.value)
    assert f"missing: {stimuli[1]}" in message
    assert f"{stimuli[2]} cannot be read" in message
    assert f"{stimuli[3]} cannot be read" in message
    assert "same name: scene_0" in message
    assert list(home.iterdir()) == []


def write_folder(folder, stimuli_of=N_STIMULI, **description):
    (folder / "responses").mkdir(parents=True)
    (folder / "stimuli").mkdir(exist_ok=True)
    for subject, n_repetitions, first_id in [(1001, 4, 10), (1002, 3, 20)]:
        stem = folder / "responses" / f"VISp_{subject}"
        responses = np.random.default_rng(subject).normal(size=(n_repetitions, stimuli_of, 2))
        np.save(stem.with_suffix(".npy"), responses.astype(np.float32))
        text = {
            "area": "VISp",
            "specimen_id": subject,
            "window_s": [0.05 if subject == 1001 else 0.07, 0.25],
            "unit_ids": [first_id, first_id + 1],
            **description,
        }
        stem.with_suffix(".json").write_text(json.dumps(text))
    return folder


def test_a_folder_becomes_a_dataset(home, stimuli, tmp_path):
    folder = write_folder(tmp_path)
    (folder / "recipe.json").write_text(json.dumps({"citation": "somebody 2024"}))
    package_array_folder(folder, "lab")
    assembly = load_dataset("lab", "VISp")
    trials = trials_from_assembly(assembly)
    np.testing.assert_array_equal(trials[:3, :, 2:], np.load(folder / "responses" / "VISp_1002.npy"))
    assert assembly["neuroid_id"].values.tolist() == ["10", "11", "20", "21"]
    assert assembly["window_start_ms"].values.tolist() == [50, 50, 70, 70]
    recipe = read_manifest("lab")["recipe"]
    assert recipe["window_ms"] == [50, 250]
    assert recipe["citation"] == "somebody 2024"
    assert recipe["source"] == "not stated"
    copied = load_stimulus_set("lab").get_stimulus("scene_3")
    assert copied.read_bytes() == stimuli[3].read_bytes()  # RGBA as it was


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"specimen_id": 1001}, r"VISp_1002\.npy and its \.json disagree"),
        ({"window_s": [0.2, 0.1]}, "empty"),
        ({"window_s": 0.2}, "two numbers"),
        ({"unit_ids": 3}, "list"),
        ({"unit_ids": [1, 2, 3]}, "3 neuroid ids"),
        ({"unit_ids": [1, 2]}, "more than once"),
    ],
)
def test_descriptions_that_do_not_fit_are_refused(home, stimuli, tmp_path, description, message):
    with pytest.raises(InvalidArraysError, match=message):
        package_array_folder(write_folder(tmp_path, **description), "lab")
    assert list(home.iterdir()) == []


def test_one_image_too_many_is_refused(home, stimuli, tmp_path):
    with pytest.raises(InvalidArraysError, match=r"responses to 5 stimuli .* but 6 images"):
        package_array_folder(write_folder(tmp_path, stimuli_of=5), "lab")


@pytest.mark.parametrize("name", ["responses/VISp_1001.json", "stimuli", "responses"])
def test_missing_parts_of_a_folder_are_named(home, stimuli, tmp_path, name):
    folder = write_folder(tmp_path)
    (folder / name).rename(tmp_path / "elsewhere")
    with pytest.raises(InvalidArraysError, match=name):
        package_array_folder(folder, "lab")


def test_pickled_arrays_are_not_opened(home, stimuli, tmp_path):
    folder = write_folder(tmp_path)
    np.save(folder / "responses" / "VISp_1001.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidArraysError, match=r"VISp_1001\.npy is not an array"):
        read_array_folder(folder)


def test_unknown_texts_of_a_recipe_are_refused(home, stimuli, tmp_path):
    folder = write_folder(tmp_path)
    (folder / "recipe.json").write_text(json.dumps({"licens": "MIT"}))
    with pytest.raises(InvalidArraysError, match="licens"):
        read_array_folder(folder)


@pytest.mark.real_data
@pytest.mark.skipif(not ALLEN.exists(), reason=f"the real recordings are not in {ALLEN}")
def test_the_real_recordings_are_packaged_whole(home):
    package_array_folder(ALLEN, "allen-mouse-npx", official=True)
    regions = read_manifest("allen-mouse-npx")["regions"]
    assert {name: entry["n_subjects"] for name, entry in regions.items()} == {
        "VISp": 6,
        "VISl": 5,
        "VISal": 4,
        "VISpm": 4,
        "VISam": 6,
        "VISrl": 6,
    }
    assert sum(entry["n_neuroids"] for entry in regions.values()) == 2586
    assert {name for name, entry in regions.items() if entry["n_repetitions"]["min"] == 47} == {"VISrl"}
    assert len(load_stimulus_set("allen-mouse-npx")) == 118
    assert "Siegle" in read_manifest("allen-mouse-npx")["recipe"]["citation"]
    for region in regions:
        assembly = load_dataset("allen-mouse-npx", region)
        trials = trials_from_assembly(assembly)
        paths = sorted((ALLEN / "responses").glob(f"{region}_*.npy"))
        assert sorted(set(assembly["subject"].values)) == [path.stem.split("_")[1] for path in paths]
        for path in paths:
            of_subject = assembly["subject"].values == path.stem.split("_")[1]
            original = np.load(path)
            np.testing.assert_array_equal(trials[: len(original), :, of_subject], original)
            assert np.isnan(trials[len(original) :, :, of_subject]).all()
            unit_ids = json.loads(path.with_suffix(".json").read_text())["unit_ids"]
            assert assembly["neuroid_id"].values[of_subject].astype(int).tolist() == unit_ids
