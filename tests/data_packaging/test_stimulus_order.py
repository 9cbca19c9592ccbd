"""The order of a folder's images is never guessed, and a written one is complete."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse.core.errors import InvalidArraysError
from brainscore_mouse.data_packaging.array_folder import package_array_folder, read_array_folder
from brainscore_mouse.data_packaging.datasets import load_dataset, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.recordings import trials_from_assembly
from brainscore_mouse.data_packaging.stimulus_order import ordered_by_name
from PIL import Image

N = 12
AMBIGUOUS = {
    "counted from 1": [f"im{number}.png" for number in range(1, N + 1)],
    "numbers only": [f"{number}.png" for number in range(N)],
    "number in front": [f"{number}_scene.png" for number in range(5, 5 + N)],
    "two numbers": [f"cat{number // 6}_{number % 6 * 3}.png" for number in range(N)],
    "capitals": ["Bear.png", "ant.png", *(f"scene{number:02d}.png" for number in range(N - 2))],
    "decimals": [
        f"contrast_0.{digits}.png" for digits in ("1", "15", "2", "25", "3", "35", "4", "45", "5", "55", "6", "65")
    ],
    "padded too little": [f"im{number:02d}.png" for number in range(95, 95 + N)],
}
CLEAR = {
    "padded": [f"im{number:03d}.png" for number in range(N)],
    "letters": [f"scene_{letter}.png" for letter in "abcdefghijkl"],
    "one digit": [f"im{number}.png" for number in range(8)] + [f"object{number}.png" for number in range(4)],
}


def write_folder(folder, names, responses_of=None, **description):
    """Write a folder whose i-th name shows brightness i, to which the neuroids respond with i (and noise)."""
    (folder / "stimuli").mkdir(parents=True)
    (folder / "responses").mkdir()
    for number, name in enumerate(names):
        Image.new("L", (4, 4), number * 10).save(folder / "stimuli" / name)
    for subject in ("m1", "m2"):
        order = (responses_of or {}).get(subject, range(len(names)))
        trials = np.array(order, float)[None, :, None] + np.arange(3)[:, None, None] / 100 + np.zeros((1, 1, 4))
        np.save(folder / "responses" / f"VISp_{subject}.npy", trials)
        content = {
            "area": "VISp",
            "subject": subject,
            "window_s": [0, 0.25],
            "neuroid_ids": [f"{subject}-{number}" for number in range(4)],
            **{key: value[subject] if isinstance(value, dict) else value for key, value in description.items()},
        }
        (folder / "responses" / f"VISp_{subject}.json").write_text(json.dumps(content))
    return folder


def check_pairs(dataset):
    """Check that each image of brightness 10 i has the response i."""
    trials = np.rint(trials_from_assembly(load_dataset(dataset, "VISp")).mean(axis=0))
    stimuli = load_stimulus_set(dataset)
    for index, key in enumerate(stimuli["stimulus_id"]):
        with Image.open(stimuli.get_stimulus(key)) as image:
            assert (trials[index] * 10 == np.asarray(image)[0, 0]).all()


@pytest.mark.parametrize("names", AMBIGUOUS)
def test_where_counting_and_text_differ_nothing_is_packaged(home, tmp_path, names):
    folder = write_folder(tmp_path / "lab", AMBIGUOUS[names])
    with pytest.raises(InvalidArraysError) as raised:
        package_array_folder(folder, "lab")
    message = str(raised.value)
    for way in ("--order natural", "--order text", "stimuli.csv", "stimulus_ids"):
        assert way in message
    for order in ("natural", "text"):
        first = [path.name for path in ordered_by_name([Path(name) for name in AMBIGUOUS[names]], order)[:4]]
        assert ", ".join(first) in message
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("names", CLEAR)
def test_where_both_orders_agree_nothing_need_be_said(tmp_path, names):
    package_array_folder(write_folder(tmp_path / "lab", CLEAR[names]), "lab")
    check_pairs("lab")


@pytest.mark.parametrize("names", ["counted from 1", "number in front", "padded too little"])
def test_an_order_that_is_asked_for_is_taken(tmp_path, names):
    """`enumerate` wrote the names; `sorted(glob(...))` reads them as text."""
    package_array_folder(write_folder(tmp_path / "natural", AMBIGUOUS[names]), "natural", order="natural")
    check_pairs("natural")
    written_in = sorted(AMBIGUOUS[names])
    package_array_folder(write_folder(tmp_path / "text", written_in), "text", order="text")
    check_pairs("text")
    assert read_manifest("text")["details"]["original_files"] == written_in


def test_natural_order_counts():
    names = ["b1.png", "a10.png", "A9.png", "a2b10.png", "a2b9.png", "10.png", "9.png", "a.png", "a-1.png"]
    found = [path.name for path in ordered_by_name([Path(name) for name in names], "natural")]
    assert found == ["9.png", "10.png", "a.png", "a2b9.png", "a2b10.png", "A9.png", "a10.png", "a-1.png", "b1.png"]


@pytest.mark.parametrize("names", AMBIGUOUS)
def test_a_table_of_the_stimuli_always_wins(tmp_path, names):
    shuffled = np.random.default_rng(0).permutation(AMBIGUOUS[names]).tolist()
    folder = write_folder(tmp_path / "lab", shuffled)
    ids = [f"s{number:02d}" for number in range(N)]
    pd.DataFrame({"stimulus_id": ids, "filename": shuffled}).to_csv(folder / "stimuli.csv", index=False)
    package_array_folder(folder, "lab", order="text")
    check_pairs("lab")
    assert load_stimulus_set("lab")["stimulus_id"].tolist() == ids
    assert read_manifest("lab")["details"]["stimulus_order"] == "stimuli.csv"


@pytest.mark.parametrize("with_suffix", [False, True])
def test_ids_in_each_description_win_and_may_differ_between_mice(tmp_path, with_suffix):
    names = AMBIGUOUS["counted from 1"]
    orders = {subject: np.random.default_rng(seed).permutation(N) for seed, subject in enumerate(("m1", "m2"))}
    told = {
        subject: [names[index] if with_suffix else Path(names[index]).stem for index in order]
        for subject, order in orders.items()
    }
    package_array_folder(write_folder(tmp_path / "lab", names, orders, stimulus_ids=told), "lab")
    check_pairs("lab")
    assert load_stimulus_set("lab")["stimulus_id"].tolist() == [Path(name).stem for name in told["m1"]] or with_suffix


NAMES = AMBIGUOUS["counted from 1"]
STEMS = [Path(name).stem for name in NAMES]


@pytest.mark.parametrize(
    ("filenames", "said"),
    [
        (NAMES[:-1], "does not list the image im12.png"),
        ([*NAMES[:-1], "im13.png"], "im13.png, of which there is no image"),
        ([*NAMES, "im3.png"], "im3.png more than once"),
        ([*NAMES[:-1], NAMES[0]], "im1.png more than once"),
    ],
)
def test_an_incomplete_table_is_refused(tmp_path, filenames, said):
    folder = write_folder(tmp_path / "lab", NAMES)
    pd.DataFrame({"filename": filenames}).to_csv(folder / "stimuli.csv", index=False)
    with pytest.raises(InvalidArraysError, match=r"stimuli\.csv") as raised:
        read_array_folder(folder)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "stimulus_ids",
    [
        STEMS[:-1],
        [*STEMS[:-1], "im13"],
        [*STEMS[:-1], "im1"],
        {"m1": STEMS, "m2": None},
        "im1",
        [],
    ],
)
def test_incomplete_ids_are_refused(tmp_path, stimulus_ids):
    with pytest.raises(InvalidArraysError, match="stimulus_ids"):
        read_array_folder(write_folder(tmp_path / "lab", NAMES, stimulus_ids=stimulus_ids))


def test_two_written_orders_must_agree(tmp_path):
    folder = write_folder(tmp_path / "lab", NAMES, stimulus_ids=STEMS)
    pd.DataFrame({"filename": NAMES}).to_csv(folder / "stimuli.csv", index=False)
    read_array_folder(folder)
    pd.DataFrame({"filename": sorted(NAMES)}).to_csv(folder / "stimuli.csv", index=False)
    with pytest.raises(InvalidArraysError, match="another order"):
        read_array_folder(folder)


@pytest.mark.parametrize(
    "name",
    ["stimuli/stimuli.csv", "Stimuli.CSV", "STIMULI.csv", "stimuli.csv.txt", "stimuli.tsv", "stimuli/stimuli.xlsx"],
)
@pytest.mark.parametrize("beside_the_right_one", [False, True])
def test_a_table_of_another_place_or_name_is_not_overlooked(tmp_path, name, beside_the_right_one):
    folder = write_folder(tmp_path / "lab", CLEAR["padded"])
    for path in [name, *["stimuli.csv"] * beside_the_right_one]:
        pd.DataFrame({"filename": CLEAR["padded"][::-1]}).to_csv(folder / path, index=False)
    with pytest.raises(InvalidArraysError, match=re.escape(name)):
        read_array_folder(folder)


def test_images_of_all_suffixes_take_part(tmp_path):
    names = ["a.png", "b.PNG", "c.jpg", "d.tif", "e.bmp", *CLEAR["padded"][:7]]
    folder = write_folder(tmp_path / "lab", names)
    (folder / "stimuli" / ".DS_Store").write_bytes(b"")
    (folder / "stimuli" / "notes.txt").write_text("seven")
    assert [path.name for path in read_array_folder(folder).stimuli.values()] == names


@pytest.mark.parametrize(
    ("names", "advised"),
    [
        ([f"{number}.png" for number in range(N)], "scene_00"),
        ([f"{number}.png" for number in range(95, 95 + N)], "scene_095"),
        ([f"{number:03d}.png" for number in range(N)], "scene_000"),
    ],
)
def test_advised_names_are_sorted_alike_in_both_orders(tmp_path, names, advised):
    folder = write_folder(tmp_path / "lab", names)
    with pytest.raises(InvalidArraysError) as raised:
        package_array_folder(folder, "lab", order="natural")
    assert f"'{advised}'" in str(raised.value)
    ordered_by_name([Path(f"scene_{Path(name).stem.zfill(len(advised) - 6)}.png") for name in names])


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_the_same_in_both_forms_of_unicode(tmp_path, form):
    import unicodedata

    other = "NFD" if form == "NFC" else "NFC"
    names = [unicodedata.normalize(form, f"bär_{number:02d}.png") for number in range(N)]
    folder = write_folder(tmp_path / "lab", names)
    listed = [unicodedata.normalize(other, name) for name in names]
    pd.DataFrame({"filename": listed}).to_csv(folder / "stimuli.csv", index=False)
    package_array_folder(folder, "lab")
    check_pairs("lab")


@pytest.mark.parametrize("old_key", ["specimen_id", "unit_ids"])
def test_older_keys_are_read_and_must_not_contradict(tmp_path, old_key):
    folder = write_folder(tmp_path / "lab", CLEAR["padded"])
    path = folder / "responses" / "VISp_m1.json"
    content = json.loads(path.read_text())
    new_key = {"specimen_id": "subject", "unit_ids": "neuroid_ids"}[old_key]
    value = content.pop(new_key)
    path.write_text(json.dumps({**content, old_key: value}))
    assert read_array_folder(folder).arrays[0].subject == "m1"
    other = f"{value}x" if isinstance(value, str) else value[::-1]
    path.write_text(json.dumps({**content, old_key: value, new_key: other}))
    with pytest.raises(InvalidArraysError, match=f"{new_key} and {old_key} differ"):
        read_array_folder(folder)
