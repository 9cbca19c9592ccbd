"""Selection of neuroids by UMAP and k-means of their maps: planted clusters, explicit distances, no silent fallback."""

import re
import sys

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse.analyses.map_selection import select_maps as map_selection
from brainscore_mouse.analyses.map_selection.clusters import central, clustered, embedded_maps
from brainscore_mouse.analyses.map_selection.select_maps import neuroids_and_maps, select_maps
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import BrainscoreMouseError, InvalidParameterError, TooFewNeuroidsError
from brainscore_mouse.data_packaging.arrays import SubjectArrays, package_arrays
from brainscore_mouse.data_packaging.packaged_dataset import Recipe
from PIL import Image
from sklearn.metrics import adjusted_rand_score
from typer.testing import CliRunner

N_STIMULI, N_PER_KIND = 24, 12


def package_lab(folder, with_classes):
    """Package 'map-lab': two areas, in each two kinds of neuroids, which like the left or the right half of scenes."""
    generator = np.random.default_rng(0)
    paths = []
    side = generator.integers(0, 2, N_STIMULI)
    for number, is_right in enumerate(side):
        image = generator.integers(0, 60, (22, 22))
        image[:, 11 * is_right : 11 * is_right + 11] += 180
        paths.append(folder / f"scene_{number:02d}.png")
        Image.fromarray(image.astype(np.uint8)).save(paths[-1])
    kind = np.repeat([0, 1], N_PER_KIND)
    arrays = []
    for area, subject in (("VISp", "m1"), ("VISl", "m2")):
        signal = 5.0 * (side[:, None] == kind)
        table = pd.DataFrame({"neuroid_id": [f"{area}-{number}" for number in range(len(kind))]})
        if with_classes:
            table["cell_class"] = np.where(np.arange(len(kind)) % 3 == 0, "inh", "exc")
        responses = signal + generator.uniform(0, 1, (4, N_STIMULI, len(kind)))
        if area == "VISl":
            responses[:, :, 1] = np.array([1, -1, 1, -1])[:, None]  # its mean response is zero: no map
        arrays.append(SubjectArrays(area, subject, responses, table))
    package_arrays(arrays, paths, "map-lab", Recipe("made up", (0, 1), "none", "made up", "none", "none"))


def first_pixels(maps, seed):
    """Stand in for UMAP, whose import takes long."""
    return maps[:, [0, -1]] + 0.0 * seed


def test_central_neuroids_are_the_nearest_by_brute_force():
    generator = np.random.default_rng(0)
    embedding = np.concatenate([generator.normal(centre, 0.5, (size, 2)) for centre, size in ((0, 9), (9, 30))])
    found = clustered(embedding, 2, seed=0)
    assert np.bincount(found.clusters).tolist() == [30, 9]  # the largest first
    chosen = central(found.clusters, found.distances, 10)
    for cluster in (0, 1):
        members = [index for index in range(len(embedding)) if found.clusters[index] == cluster]
        centre = embedding[members].mean(axis=0)
        np.testing.assert_allclose(found.centres[cluster], centre)
        ranked = sorted(members, key=lambda index: np.hypot(*(embedding[index] - centre)))
        assert set(np.flatnonzero(chosen)) & set(members) == set(ranked[:10])  # all nine of the small cluster


@pytest.mark.parametrize("n_clusters", [0, 21])
def test_impossible_numbers_of_clusters(n_clusters):
    with pytest.raises(InvalidParameterError, match=rf"\b20\b.*\b{n_clusters}\b"):
        clustered(np.random.default_rng(0).normal(size=(20, 2)), n_clusters, seed=0)


def test_classes_are_selected_separately_and_neuroids_without_a_map_left_out(tmp_path, monkeypatch):
    package_lab(tmp_path, with_classes=True)
    monkeypatch.setattr(map_selection, "embedded_maps", first_pixels)
    neuroids, maps = neuroids_and_maps("map-lab")
    defined = np.isfinite(maps).all(axis=1)
    assert neuroids["neuroid_id"][~defined].tolist() == ["VISl-1"]
    excitatory, inhibitory = select_maps(neuroids[defined].reset_index(drop=True), maps[defined], 5, 2, seed=0)
    assert (excitatory.cell_class, inhibitory.cell_class) == ("exc", "inh")
    assert (len(excitatory.table), len(inhibitory.table)) == (31, 16)
    for selection in (excitatory, inhibitory):
        table = selection.table
        kinds = table["neuroid_id"].str.split("-").str[1].astype(int) >= N_PER_KIND
        assert adjusted_rand_score(kinds, table["cluster"]) == 1  # the planted kinds
        assert table.groupby("cluster")["selected"].sum().tolist() == [5, 5]
        assert set(table["area"]) == {"VISp", "VISl"}
    with pytest.raises(TooFewNeuroidsError, match=r"\b16\b.*'inh'.*\b17\b"):
        select_maps(neuroids[defined].reset_index(drop=True), maps[defined], 5, 17, seed=0)


def test_options_are_refused_before_anything_is_loaded(tmp_path):
    for option in ("--per-cluster", "--clusters"):
        done = CliRunner().invoke(app, ["select-maps", "map-lab", "--output", str(tmp_path / "out"), option, "0"])
        assert isinstance(done.exception, InvalidParameterError)
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_says_how_to_install_it(tmp_path, monkeypatch):
    package_lab(tmp_path, with_classes=False)
    monkeypatch.setitem(sys.modules, "umap", None)
    done = CliRunner().invoke(app, ["select-maps", "map-lab", "--output", str(tmp_path / "out")])
    assert isinstance(done.exception, BrainscoreMouseError)
    assert "pip install 'brainscore-mouse[paper]'" in str(done.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_with_umap(tmp_path):
    """Planted clusters are found, again with the same seed; the command writes and tells what it did."""
    pytest.importorskip("umap", reason="umap-learn is not installed (extra 'paper')")
    package_lab(tmp_path, with_classes=False)
    arguments = ["select-maps", "map-lab", "--clusters", "2", "--per-cluster", "30"]
    done = CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "first")])
    assert done.exit_code == 0, done.exception
    assert re.search(r"47 of 47.*1 \(24\).*2 \(23\)", done.output, re.DOTALL)
    table = pd.read_csv(tmp_path / "first" / "selection.csv")
    assert list(table.columns) == [
        *("neuroid_id", "area", "subject", "cell_class", "cluster", "distance", "umap_1", "umap_2", "selected")
    ]
    kinds = table["neuroid_id"].str.split("-").str[1].astype(int) >= N_PER_KIND
    assert adjusted_rand_score(kinds, table["cluster"]) == 1
    assert (tmp_path / "first" / "selection-all.png").stat().st_size > 10_000
    CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "second")])
    assert (tmp_path / "first" / "selection.csv").read_bytes() == (tmp_path / "second" / "selection.csv").read_bytes()
    with pytest.raises(TooFewNeuroidsError, match=r"\b16\b.*\b15\b"):
        embedded_maps(np.ones((15, 4)), seed=0)
