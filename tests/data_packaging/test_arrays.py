"""From arrays and from folders of arrays to packaged datasets."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_mouse.core.errors import DatasetExistsError, InvalidArraysError, InvalidParameterError
from brainscore_mouse.core.image_file import read_image
from brainscore_mouse.data_packaging import packaged_dataset
from brainscore_mouse.data_packaging.array_folder import package_array_folder, read_array_folder
from brainscore_mouse.data_packaging.arrays import SubjectArrays, package_arrays
from brainscore_mouse.data_packaging.datasets import load_dataset, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.on_disk.datasets_here import list_datasets
from brainscore_mouse.data_packaging.packaged_dataset import Recipe
from brainscore_mouse.data_packaging.recordings import trials_from_assembly
from PIL import ExifTags, Image
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
        (lambda r: r[0], r"VISp.*m1.*\(6, 3\)"),
        (lambda r: r[:, :5], r"VISp.*m1.*\b5\b.*\b6\b"),
        (lambda r: np.moveaxis(r, 1, 0), r"m1.*\b4\b.*\b6\b"),
        (lambda r: r[:, :, :2], r"m1.*\b2\b.*\b3\b"),
        (lambda r: r[:1], r"m1.*\b1\b"),
        (lambda r: r.astype(complex), "complex"),
        (lambda r: r.astype(str), "m1"),
        (assigned(np.s_[:, :, 1], np.nan), "VISpm11"),
        (assigned(np.s_[:, 2, 1:], np.nan), "VISpm11, VISpm12"),
        (assigned(np.s_[1:, 2, 0], np.nan), "VISpm10"),
        (assigned(np.s_[0, 0, 2], np.inf), "VISpm12"),
        (lambda r: assigned(np.s_[0, 0, 2], 1e300)(r.astype(float)), "VISpm12"),
        (assigned(np.s_[:, :, 0], 3.0), "VISpm10"),
    ],
)
def test_arrays_that_no_metric_can_use_are_refused(home, stimuli, change, message):
    with pytest.raises(InvalidArraysError, match=message):
        package_arrays([with_responses(change)], stimuli, "toy", RECIPE)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([], ""),
        ([subject_arrays(), subject_arrays()], "VISpm10"),
        ([subject_arrays(), subject_arrays("VISl", neuroid_id=["a", "VISpm11", "b"])], "VISpm11"),
        ([subject_arrays("")], "''"),
        ([subject_arrays("VIS-p")], "'VIS-p'"),
        ([subject_arrays("../VISp")], r"'\.\./VISp'"),
        ([subject_arrays(subject="")], "VISp"),
        ([subject_arrays(layer=["2/3", None, "5"])], "layer"),
        ([subject_arrays(repetition=[1, 2, 3])], "repetition"),
        ([subject_arrays(layer=list("456")), subject_arrays(subject="m2")], "layer"),
    ],
)
def test_tables_that_cannot_be_stored_are_refused(home, stimuli, arrays, message):
    with pytest.raises(InvalidArraysError, match=message):
        package_arrays(arrays, stimuli, "toy", RECIPE)
    assert list(home.iterdir()) == []


def is_unchanged(dataset, before):
    return load_dataset(dataset, "VISp").attrs["data_sha256"] == before


BAD_COLUMNS = {
    "cre line": ["a", "b", "c"],
    "a/b": [1, 2, 3],
    "data": [1.0, 2.0, 3.0],
    "trailing ": [1, 2, 3],
    "": ["a", "b", "c"],
    7: [1, 2, 3],
    "größe": [1, 2, 3],
    "2p": [1, 2, 3],
    "a.b": [1, 2, 3],
    ("a", "b"): [1, 2, 3],
    "time_bin_start": [1, 2, 3],
    "stimulus_id": ["a", "b", "c"],
    "neuroid": [1, 2, 3],
    "complex_values": [1j, 2j, 3j],
    "mixed": [1, "b", 2.5],
    "missing_text": ["a", None, "c"],
    "lists": [[1], [2], [3]],
    "dates": pd.to_datetime(["2020-01-01"] * 3),
    "spans": pd.to_timedelta([1, 2, 3], unit="s"),
    "half": np.array([1, 2, 3], np.float16),
    "swapped": np.array([1.5, 2, 3], ">f8"),
    "long": np.array([1, 2, 3], np.longdouble),
    "nullable": pd.array([1, None, 3], dtype="Int64"),
    "bytes": [b"a", b"b", b"c"],
    "zero_byte": ["a\0b", "c", "d"],
    "surrogate": ["\ud800", "c", "d"],
    "region": ["VISl"] * 3,
    "subject": ["m1", "m1", "m2"],
}


@pytest.mark.parametrize("column", BAD_COLUMNS)
def test_columns_that_cannot_be_stored_are_named_and_the_dataset_stays(home, stimuli, column):
    package_arrays([subject_arrays()], stimuli, "toy", RECIPE)
    before = load_dataset("toy", "VISp").attrs["data_sha256"]
    arrays = subject_arrays()
    arrays.neuroids[column] = pd.Series(BAD_COLUMNS[column])
    with pytest.raises(InvalidArraysError) as raised:
        package_arrays([arrays], stimuli, "toy", RECIPE, replace=True)
    assert repr(column) in str(raised.value) or f"column {column}" in str(raised.value)
    assert is_unchanged("toy", before)


def test_a_column_that_occurs_twice_is_refused(stimuli):
    arrays = subject_arrays(layer=list("456"))
    doubled = pd.concat([arrays.neuroids, arrays.neuroids[["layer"]]], axis=1)
    with pytest.raises(InvalidArraysError, match="layer occurs more than once"):
        package_arrays([dataclasses.replace(arrays, neuroids=doubled)], stimuli, "toy", RECIPE)


GOOD_COLUMNS = {
    "small": np.array([1, -2, 3], np.int8),
    "large": np.array([2**62, 2, 2**53 + 1]),
    "unsigned": np.array([2**64 - 1, 2, 3], np.uint64),
    "single": np.array([0.1, np.nan, np.inf], np.float32),
    "truth": [True, False, True],
    "text": ["", " é ", "a,b\n"],
    "categories": pd.Categorical(["a", "b", "a"]),
    "values": [1, 2, 3],
    "dims": ["x", "y", "z"],
    "identifier": ["x", "y", "z"],
}


@pytest.mark.parametrize("column", GOOD_COLUMNS)
def test_other_columns_come_back_as_they_were(stimuli, column):
    arrays = subject_arrays()
    arrays.neuroids[column] = GOOD_COLUMNS[column]
    package_arrays([arrays], stimuli, "toy", RECIPE)
    np.testing.assert_array_equal(load_dataset("toy", "VISp")[column].values, np.array(arrays.neuroids[column]))


CHANGES = {
    "responses": lambda assembly: assembly + 1,
    "depth_um": lambda assembly: assembly.assign_coords(depth_um=("neuroid", [0.0, 1.0, 2.5])),
    "repetition": lambda assembly: assembly.assign_coords(
        repetition=("presentation", assembly["repetition"].values[::-1])
    ),
    "subject": lambda assembly: assembly.drop_vars("subject"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_read_back_as_it_was_never_replaces_a_dataset(stimuli, monkeypatch, name):
    package_arrays([subject_arrays()], stimuli, "toy", RECIPE)
    before = load_dataset("toy", "VISp").attrs["data_sha256"]
    write_assembly = packaged_dataset._write_assembly

    def write_changed(assembly, path):
        plain = xr.DataArray(assembly).reset_index(list(assembly.dims))
        write_assembly(NeuronRecordingAssembly(CHANGES[name](plain).assign_attrs(assembly.attrs)), path)

    monkeypatch.setattr(packaged_dataset, "_write_assembly", write_changed)
    with pytest.raises(InvalidArraysError, match=name):
        package_arrays([subject_arrays(depth_um=[0.0, 1.0, 2.0])], stimuli, "toy", RECIPE, replace=True)
    assert is_unchanged("toy", before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_masked_trials_are_missing_ones(stimuli, dtype):
    values = (subject_arrays().responses * 100).astype(dtype)
    responses = np.ma.masked_array(values, mask=np.zeros(values.shape, bool))
    responses.mask[2, 3, 1] = True
    package_arrays([with_responses(lambda _: responses)], stimuli, "toy", RECIPE)
    expected = values.astype(np.float32)
    expected[2, 3, 1] = np.nan
    np.testing.assert_array_equal(trials_from_assembly(load_dataset("toy", "VISp")), expected)
    responses.mask[1:, 3, 1] = True
    with pytest.raises(InvalidArraysError, match=r"fewer than 2 trials.*VISpm11"):
        package_arrays([with_responses(lambda _: responses)], stimuli, "other", RECIPE)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"responses": subject_arrays().responses.tolist()}, "responses is a list"),
        ({"responses": None}, "responses is a NoneType"),
        ({"neuroids": {"neuroid_id": ["a", "b", "c"]}}, "neuroids is a dict"),
        ({"neuroids": ["a", "b", "c"]}, "neuroids is a list"),
    ],
)
def test_what_is_no_array_or_table_is_named(home, stimuli, change, named):
    with pytest.raises(InvalidArraysError, match=named):
        package_arrays([dataclasses.replace(subject_arrays(), **change)], stimuli, "toy", RECIPE)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("place", ["file", "dangling link"])
def test_what_is_in_the_place_of_a_dataset_is_named(home, stimuli, place):
    path = home / "datasets" / "toy"
    path.parent.mkdir()
    path.write_text("mine") if place == "file" else path.symlink_to(home / "nothing")
    for replace in (False, True):
        with pytest.raises(DatasetExistsError, match="not a folder"):
            package_arrays([subject_arrays()], stimuli, "toy", RECIPE, replace=replace)
    assert place != "file" or path.read_text() == "mine"


def test_a_photograph_that_is_to_be_turned_is_named(home, stimuli):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (7, 5)).save(stimuli[4], exif=exif)
    with pytest.raises(InvalidArraysError, match=r"scene_4\.png .*turned"):
        package_arrays([subject_arrays()], stimuli, "toy", RECIPE)


@pytest.mark.parametrize("subject", [7, None, " ", "a\nb", "m1 ", "\tm1"])
def test_subjects_need_names(stimuli, subject):
    with pytest.raises(InvalidArraysError, match="subject cannot be called"):
        package_arrays([dataclasses.replace(subject_arrays(), subject=subject)], stimuli, "toy", RECIPE)


def test_ids_that_two_mice_share_are_refused_with_an_id_that_would_do(stimuli):
    mice = [dataclasses.replace(subject_arrays(), subject=name) for name in ("mouse-1", "mouse-2")]
    shared = mice[0].neuroids["neuroid_id"].iloc[0]
    with pytest.raises(InvalidArraysError, match=rf"'mouse-1-{shared}'"):
        package_arrays(mice, stimuli, "toy", RECIPE)


@pytest.mark.parametrize(
    "ids", [["a", None, "c"], ["a", np.nan, "c"], ["a", "", "c"], ["é", "e\u0301", "c"], ["a", "a ", "c"]]
)
def test_neuroids_need_ids_of_their_own(stimuli, ids):
    with pytest.raises(InvalidArraysError, match=r"no neuroid_id|more than once|'a '"):
        package_arrays([subject_arrays(neuroid_id=ids)], stimuli, "toy", RECIPE)


def test_a_mouse_is_one_mouse_in_both_forms_of_unicode(stimuli):
    arrays = [
        subject_arrays("VISp", name, neuroid_id=[f"{number}-{index}" for index in range(3)])
        for number, name in enumerate(("bär", "ba\u0308r"))
    ]
    package_arrays(arrays, stimuli, "toy", RECIPE)
    assert read_manifest("toy")["regions"]["VISp"]["n_subjects"] == 1


@pytest.mark.parametrize(
    "names",
    [
        ("é.png", "e\u0301.png"),
        ("ÅNGSTRÖM.png", "A\u030angstro\u0308m.png"),
        ("Bear.png", "bear.png"),
        ("a.png", "a.jpg"),
    ],
)
def test_images_that_a_file_system_may_confuse_are_refused(stimuli, tmp_path, names):
    for index, name in enumerate(names):
        stimuli[index] = stimuli[index].rename(tmp_path / name)
    with pytest.raises(InvalidArraysError, match=r"hold to be the same|have the same name"):
        package_arrays([subject_arrays()], stimuli, "toy", RECIPE)


@pytest.mark.parametrize("name", ["toy", "Toy.2", "my_lab"])
def test_a_dataset_is_replaced_only_where_that_is_asked_for(home, stimuli, name):
    package_arrays([subject_arrays()], stimuli, name, RECIPE)
    before = load_dataset(name, "VISp").attrs["data_sha256"]
    with pytest.raises(DatasetExistsError, match="--replace"):
        package_arrays([subject_arrays(subject="m2")], stimuli, name, RECIPE)
    assert is_unchanged(name, before)
    package_arrays([subject_arrays(subject="m2")], stimuli, name, RECIPE, replace=True)
    assert set(load_dataset(name, "VISp")["subject"].values) == {"m2"}


def test_a_dataset_without_a_manifest_is_no_free_place(home, stimuli):
    folder = package_arrays([subject_arrays()], stimuli, "toy", RECIPE)
    (folder / "manifest.json").unlink()
    with pytest.raises(DatasetExistsError):
        package_arrays([subject_arrays()], stimuli, "toy", RECIPE)


@pytest.mark.parametrize(
    "name",
    [
        *("allen-mouse-npx", "allen-mouse", "allen-mouse-npx-0-250ms", "Allen-lab", "allen_mouse", "simulated-lab"),
        *("SIMULATED.mouse", "sensorium2022", "Sensorium2022"),
    ],
)
def test_official_names_must_be_asked_for_and_are_told(stimuli, name):
    with pytest.raises(InvalidArraysError, match="--official"):
        package_arrays([subject_arrays()], stimuli, name, RECIPE)
    package_arrays([subject_arrays()], stimuli, name, RECIPE, official=True)
    assert read_manifest(name)["details"]["origin"] == "packaged from arrays"
    assert load_dataset(name, "VISp").attrs["data_origin"] == "packaged from arrays"


@pytest.mark.parametrize(
    ("mode", "image_range"), [("I;16", None), ("F", None), ("CMYK", None), ("I;16", (0, 100)), ("L", (0, 100))]
)
def test_images_of_other_kinds_are_named(home, stimuli, mode, image_range):
    pixels = np.arange(35).reshape(5, 7) * 100
    kinds = {"I;16": np.uint16, "F": np.float32, "L": np.uint8}
    image = Image.new("CMYK", (7, 5)) if mode == "CMYK" else Image.fromarray(pixels.astype(kinds[mode]))
    stimuli[2] = stimuli[2].with_suffix(".tif")
    image.save(stimuli[2])
    with pytest.raises(InvalidArraysError, match=re.escape(str(stimuli[2]))):
        package_arrays([subject_arrays()], stimuli, "toy", RECIPE, image_range=image_range)
    assert list(home.iterdir()) == []


def test_a_stated_range_is_applied_and_written_down(stimuli):
    for number, path in enumerate(stimuli):
        Image.fromarray(np.array([[0, 4095, 100 * number]], np.uint16)).save(path)
    package_arrays([subject_arrays()], stimuli, "toy", RECIPE, image_range=(0, 4095))
    assert read_manifest("toy")["details"]["image_range"] == {"black": 0, "white": 4095}
    stored = load_stimulus_set("toy")
    assert [read_image(stored.get_stimulus(key))[0, :, 0].tolist() for key in stored["stimulus_id"]] == [
        [0, 255, round(100 * number / 4095 * 255)] for number in range(N_STIMULI)
    ]


@pytest.mark.parametrize("image_range", [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_ranges_that_are_empty_are_refused(stimuli, image_range):
    with pytest.raises(InvalidParameterError):
        package_arrays([subject_arrays()], stimuli, "toy", RECIPE, image_range=image_range)


@pytest.mark.parametrize("dataset", ["../toy", "a/b", "", "a b", "simulated-mouse", "a" * 101])
def test_names_that_cannot_be_used_are_refused(home, stimuli, dataset):
    with pytest.raises(InvalidArraysError, match=re.escape(repr(dataset))):
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
    assert str(stimuli[1]) in message
    assert str(stimuli[2]) in message
    assert str(stimuli[3]) in message
    assert "scene_0" in message
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
            "subject": subject,
            "window_s": [0.05 if subject == 1001 else 0.07, 0.25],
            "neuroid_ids": [first_id, first_id + 1],
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
        ({"subject": 1001}, r"VISp_1002"),
        ({"window_s": [0.2, 0.1]}, "0.2|200"),
        ({"window_s": 0.2}, "window_s"),
        ({"window_s": [50, 250]}, "0.25 for 250 ms"),
        ({"neuroid_ids": 3}, "neuroid_ids"),
        ({"neuroid_ids": [1, 2, 3]}, r"\b3\b"),
        ({"neuroid_ids": [1, 2]}, "1, 2"),
    ],
)
def test_descriptions_that_do_not_fit_are_refused(home, stimuli, tmp_path, description, message):
    with pytest.raises(InvalidArraysError, match=message):
        package_array_folder(write_folder(tmp_path, **description), "lab")
    assert list(home.iterdir()) == []


def test_one_image_too_many_is_refused(home, stimuli, tmp_path):
    with pytest.raises(InvalidArraysError, match=r"\b5\b.*\b6\b"):
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
    with pytest.raises(InvalidArraysError, match=r"VISp_1001\.npy"):
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
