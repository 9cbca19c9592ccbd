"""Benchmarks of parts of areas and averages over areas, on a simulated bucket."""

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import list_benchmarks, load_benchmark, load_model, score_model
from brainscore_mouse.core import errors
from brainscore_mouse.core.visual_areas import VISUAL_AREAS
from brainscore_mouse.data_packaging.allen.areas import CONTROL_AREAS
from brainscore_mouse.data_packaging.arrays import SubjectArrays, package_arrays
from brainscore_mouse.data_packaging.datasets import load_dataset, read_manifest
from brainscore_mouse.data_packaging.packaged_dataset import Recipe
from brainscore_mouse.metrics.rsa.metric import RSA
from PIL import Image
from places import ALLEN_FORMAT
from simulated_bucket import SITES, Site, write_bucket


@pytest.mark.slow
def test_parts_of_an_area(tmp_path, monkeypatch):
    write_bucket(tmp_path / "bucket", SITES)
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(tmp_path / "bucket"))
    exc = load_benchmark("allen-mouse-VISp.exc-rsa")
    assert set(exc.assembly["cre_line"].values) == {"Cux2-CreERT2"}
    assert exc.assembly.sizes["neuroid"] == 24
    layer_4 = load_benchmark("allen-mouse-VISp.L4-ridge")
    assert sorted(set(layer_4.assembly["subject"].values)) == ["mouse-2", "mouse-3"]
    with pytest.raises(errors.TooFewNeuroidsError, match=r"\b12\b.*\b1\b.*\b20\b.*\b2\b"):
        load_benchmark("allen-mouse-VISp.Sst-rsa").assembly  # noqa: B018


@pytest.mark.slow
def test_average_over_areas(tmp_path, monkeypatch):
    areas = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")
    write_bucket(tmp_path / "bucket", [Site(area, mouse=mouse) for area in areas for mouse in ("a", "b")])
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(tmp_path / "bucket"))
    average = load_benchmark("allen-mouse-rsa")
    assert average.identifier == "allen-mouse-rsa"
    for member in average.parts:
        member.metric = RSA(n_half_splits=5, n_bootstraps=20)
    score = score_model("pixels", average)
    model = load_model("pixels")
    scores = {member.area: float(member(model)) for member in average.parts}
    assert float(score) == pytest.approx(np.mean(list(scores.values())), abs=1e-12)
    assert score.attrs["scores"] == scores
    assert tuple(scores) == areas
    assert score.attrs["n_neuroids"] == 144
    assert score.attrs["n_mice"] == 2
    assert score.attrs["layer"] == ", ".join(f"{area}: pixels" for area in areas)
    assert score_model("pixels", average).attrs["from_cache"]


@pytest.mark.parametrize("metric", ["rsa", "ridge", "cka"])
@pytest.mark.slow
def test_a_control_area_that_does_not_respond_is_refused(tmp_path, metric):
    """Both areas are recorded in the same trials; only one of them follows the images."""
    generator = np.random.default_rng(0)
    n_images, n_neuroids, n_mice = 118, 20, 2
    images = generator.integers(0, 256, size=(n_images, 8, 8), dtype=np.uint8)
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"scene_{number:03d}.png")
    arrays = []
    for mouse in range(n_mice):
        pixels = images.reshape(n_images, -1)[:, :5] / 64.0
        signal = pixels @ generator.normal(size=(pixels.shape[1], n_neuroids))
        for area, tuning in (("VISp", signal), ("CA1", 0 * signal)):
            trials = tuning + generator.normal(size=(10, n_images, n_neuroids))
            neuroids = pd.DataFrame({"neuroid_id": [f"{mouse}-{area}-{number}" for number in range(n_neuroids)]})
            arrays.append(SubjectArrays(area, f"mouse-{mouse}", trials, neuroids))
    recipe = Recipe("made up", (50.0, 250.0), "none", "made up", "none", "none")
    package_arrays(arrays, sorted(tmp_path.glob("*.png")), "allen-mouse-npx", recipe, official=True)
    assert load_benchmark(f"allen-mouse-npx-VISp-{metric}").ceiling > 0.7
    with pytest.raises(errors.UnreliableDataError):
        load_benchmark(f"allen-mouse-npx-CA1-{metric}").ceiling  # noqa: B018


def test_control_areas_are_in_no_average():
    average = load_benchmark("allen-mouse-npx-rsa")
    assert {member.area for member in average.parts} == set(VISUAL_AREAS)
    assert {f"allen-mouse-npx-{area}-{metric}" for area in CONTROL_AREAS for metric in ("rsa", "ridge")} <= set(
        list_benchmarks()
    )
    assert not any(f"-{area}" in name for name in list_benchmarks() for area in CONTROL_AREAS if "npx" not in name)


@pytest.mark.slow
def test_another_window_of_the_spikes_has_benchmarks(monkeypatch):
    """The window is part of the name, and of what is fetched: its rates are not those of the default."""
    names = {f"allen-mouse-npx-50-150ms-{area}-rsa" for area in (*VISUAL_AREAS, "LGd", "CA1")}
    assert {*names, "allen-mouse-npx-50-150ms-rsa", "allen-mouse-npx-50-150ms-VISp.reliable-pls"} <= set(
        list_benchmarks()
    )
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(ALLEN_FORMAT))
    benchmark = load_benchmark("allen-mouse-npx-50-150ms-VISp-rsa")
    with pytest.raises(errors.TooFewNeuroidsError, match="allen-mouse-npx-50-150ms-VISp"):
        benchmark.assembly  # noqa: B018 - the miniature session is of one mouse
    assert read_manifest("allen-mouse-npx-50-150ms")["recipe"]["window_ms"] == [50, 150]
    with pytest.raises(errors.TooFewNeuroidsError, match="allen-mouse-npx-50-150ms-CA1"):
        load_benchmark("allen-mouse-npx-50-150ms-CA1-rsa").assembly  # noqa: B018
    with np.load(ALLEN_FORMAT / "bucket_neuropixels_allensdk_2.16.2.npz") as golden:
        # Bins of 10 ms from the onset on, presentation x bin x unit.
        first = int(np.argmax(golden["frame"] == 12))
        ids = golden["unit_ids"].tolist()
        counts = golden["counts_correct"][first, 5:15].sum(axis=0)
    assembly = load_dataset("allen-mouse-npx-50-150ms", "CA1")
    trial = (assembly["stimulus_id"].values == "scene_012") & (assembly["repetition"].values == 0)
    expected = [counts[ids.index(int(unit))] / 0.1 for unit in assembly["neuroid_id"].values]
    np.testing.assert_allclose(assembly.values[trial].squeeze(), np.squeeze(expected), rtol=1e-6)
