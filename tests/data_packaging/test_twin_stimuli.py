"""Pictures that occur twice: named when they are packaged, together in every split of the benchmark."""

import json

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import Recipe, SubjectArrays, load_benchmark, package_arrays
from brainscore_mouse.data_packaging.datasets import load_dataset, read_manifest
from brainscore_mouse.data_packaging.twin_stimuli import stimulus_groups, twins_of
from PIL import Image

RECIPE = Recipe("spikes/s", (0.0, 250.0), "none", "a test", "nobody 2025", "MIT")
N_PICTURES = 24


def picture(number):
    return np.random.default_rng(number).integers(0, 4, size=(6, 8), dtype=np.uint8) * 80


COPIES = {
    "the same file": lambda image, path: image.save(path.with_suffix(".png")),
    "another compression": lambda image, path: image.save(path.with_suffix(".png"), compress_level=0),
    "another format": lambda image, path: image.save(path.with_suffix(".bmp")),
    "colours": lambda image, path: image.convert("RGB").save(path.with_suffix(".png")),
    "a palette": lambda image, path: image.convert("RGB").quantize(16).save(path.with_suffix(".png")),
    "transparent": lambda image, path: image.convert("LA").save(path.with_suffix(".png")),
    "metadata": lambda image, path: image.save(path.with_suffix(".png"), dpi=(300, 300)),
}


def write_images(folder, copy, n_copies):
    """Write all pictures, then copies of the first ones, in an order that keeps twins apart."""
    for number in range(N_PICTURES):
        Image.fromarray(picture(number)).save(folder / f"a{number:02d}.png")
    for number in range(n_copies):
        copy(Image.fromarray(picture(number)), folder / f"b{number:02d}")
    return sorted(folder.iterdir())


def package(images, dataset="lab"):
    generator = np.random.default_rng(0)
    shape = (8, len(images), 25)
    arrays = [
        SubjectArrays(
            "VISp",
            mouse,
            generator.normal(size=shape) + generator.normal(size=shape[1:]) * 3,
            pd.DataFrame({"neuroid_id": [f"{mouse}-{number}" for number in range(25)]}),
        )
        for mouse in ("m1", "m2")
    ]
    return package_arrays(arrays, images, dataset, RECIPE)


@pytest.mark.parametrize("kind", COPIES)
def test_twins_are_found_by_their_pixels(tmp_path, kind):
    images = write_images(tmp_path, COPIES[kind], n_copies=3)
    found = twins_of({path.stem: path for path in images})
    assert found == [[f"a{number:02d}", f"b{number:02d}"] for number in range(3)]


def test_twins_are_found_in_the_order_of_the_stimuli_by_several_threads_too(tmp_path, four_threads):
    images = write_images(tmp_path, COPIES["another compression"], n_copies=20)
    assert twins_of({path.stem: path for path in images}) == [
        [f"a{number:02d}", f"b{number:02d}"] for number in range(20)
    ]


def test_pictures_that_differ_in_one_pixel_or_in_shape_are_no_twins(tmp_path):
    pixels = picture(0)
    changed = pixels.copy()
    changed[3, 3] ^= 1
    paths = {}
    for name, image in (("one", pixels), ("pixel", changed), ("shape", pixels.reshape(8, 6))):
        paths[name] = tmp_path / f"{name}.png"
        Image.fromarray(image).save(paths[name])
    assert twins_of(paths) == []


def test_groups_number_the_pictures():
    groups = stimulus_groups(["a", "b", "c", "d", "e"], [["d", "b"], ["c", "e"]])
    assert groups.tolist() == [0, 1, 2, 1, 2]


@pytest.mark.parametrize("n_copies", [1, 5, N_PICTURES])
def test_twins_are_told_and_stay_together_in_every_split(tmp_path, caplog, n_copies):
    package(write_images(tmp_path, COPIES["another format"], n_copies))
    assert "a00 = b00" in caplog.text
    assert len(read_manifest("lab")["stimulus_set"]["twins"]) == n_copies
    groups = load_dataset("lab", "VISp").attrs["stimulus_groups"]
    assert groups.tolist() == [*range(N_PICTURES), *range(n_copies)]
    if len(groups) < 42:
        return  # too few for readouts
    for metric in ("ridge", "pls", "map-rmse"):
        benchmark = load_benchmark(f"lab-VISp-{metric}")
        for fold in benchmark._folds:
            parts = [set(groups[part.stimuli]) for part in (fold.selection, fold.scoring)]
            assert not parts[0] & parts[1]
            assert fold.scoring.groups.tolist() == groups.tolist()


def test_without_twins_nothing_is_said(tmp_path, caplog):
    package(write_images(tmp_path, COPIES["colours"], n_copies=0))
    assert caplog.text == ""
    assert read_manifest("lab")["stimulus_set"]["twins"] == []


def test_datasets_of_older_versions_do_not_know_their_twins_and_are_looked_at(tmp_path):
    folder = package(write_images(tmp_path, COPIES["colours"], n_copies=4))
    manifest = read_manifest("lab")
    del manifest["stimulus_set"]["twins"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert load_dataset("lab", "VISp").attrs["stimulus_groups"].tolist() == [*range(N_PICTURES), *range(4)]
