"""Benchmarks of tuning on made-up tables of cells, whose truth is known."""

import json
import os
import shutil
from types import MappingProxyType

import numpy as np
import pytest
from brainscore_mouse import check_benchmark, list_benchmarks, load_benchmark, score_model
from brainscore_mouse.activations.layer_outputs import MOST_UNITS
from brainscore_mouse.activations.layered_model import LayeredModel
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import (
    CorruptDatasetError,
    DataError,
    DatasetNotFoundError,
    ModelError,
    ModelOutputError,
    TooFewNeuroidsError,
    UnexpectedFormatError,
    UnknownIdentifierError,
)
from brainscore_mouse.data_packaging.allen.catalogue import CELL_TABLE, SOURCE_VARIABLE
from brainscore_mouse.data_packaging.allen.gratings.conditions import CONDITIONS, ORIENTATIONS, SPATIAL_FREQUENCIES
from brainscore_mouse.data_packaging.allen.gratings.grating_images import grating_images
from brainscore_mouse.data_packaging.allen.gratings.gray_screen import gray_screen
from brainscore_mouse.metrics.feature_gram import FeatureGram
from small_models import small_image_model
from typer.testing import CliRunner

OSI, ORIENTATION, FREQUENCY = (
    f"allen-mouse-gratings-VISp-{name}"
    for name in ("orientation-selectivity", "preferred-orientation", "preferred-spatial-frequency")
)
N_CELLS, N_MICE = 600, 6


def made_up_rows(generator, n_cells=N_CELLS, n_mice=N_MICE, area="VISp"):
    """Cells whose selectivity is spread evenly over 0.2 to 0.8, and which prefer the lower frequencies."""
    return [
        {
            "cell_specimen_id": 1000 + number,
            "area": area,
            "specimen_id": number % n_mice,
            "failed_experiment_container": False,
            "p_sg": 0.001,
            "osi_sg": float(generator.uniform(0.2, 0.8)),
            "pref_ori_sg": float(generator.choice(ORIENTATIONS)),
            "pref_sf_sg": float(generator.choice(SPATIAL_FREQUENCIES[:3])),
        }
        for number in range(n_cells)
    ]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The images, which are drawn once."""
    folder = tmp_path_factory.mktemp("gratings")
    grating_images(folder, on_screen_only=False)
    gray_screen(folder)
    return folder


@pytest.fixture
def table(tmp_path, monkeypatch, home, drawn):
    """Return a function that writes a bucket with these rows, and makes it the source."""
    shutil.copytree(drawn, home / "downloads" / "allen" / "gratings", copy_function=os.link)

    def write(rows, name="bucket"):
        path = tmp_path / name / CELL_TABLE
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(rows))
        monkeypatch.setenv(SOURCE_VARIABLE, str(tmp_path / name))
        return path

    return write


class TunedUnits(LayeredModel):
    """Layers of units with given selectivities, orientations and frequencies; they know the gratings by their names."""

    identifier = "tuned-units"

    def __init__(self, layers):
        self._of_layer = layers
        self.layers = tuple(layers)
        self.region_layer_map = {}

    def features(self, stimulus_set, layers=None):
        assert list(stimulus_set["stimulus_id"])[-1] == "gray_screen" and len(stimulus_set) == len(CONDITIONS) + 1
        return {layer: self._responses(*self._of_layer[layer]) for layer in layers or self.layers}

    @staticmethod
    def _responses(selectivity, orientation, frequency):
        gray_screen = 5.0
        responses = np.zeros((len(CONDITIONS) + 1, len(selectivity)))
        for unit, properties in enumerate(zip(selectivity, orientation, frequency, strict=True)):
            osi, best, of_unit = properties
            responses[CONDITIONS.index((best, of_unit, 0.5)), unit] = 1.0
            responses[CONDITIONS.index(((best + 90) % 180, of_unit, 0.5)), unit] = (1 - osi) / (1 + osi)
        return responses + gray_screen

    def layer_grams(self, stimulus_set, layers=None):
        return {layer: FeatureGram.of_features(rows) for layer, rows in self.features(stimulus_set, layers).items()}


def units_like(rows, generator, n_units=500):
    """Draw units with the properties of cells."""
    drawn = generator.choice(len(rows), n_units)
    return tuple([rows[number][name] for number in drawn] for name in ("osi_sg", "pref_ori_sg", "pref_sf_sg"))


def all_alike(n_units=500):
    return np.full(n_units, 0.95), np.full(n_units, 150.0), np.full(n_units, 0.32)


@pytest.mark.parametrize("name", [OSI, ORIENTATION, FREQUENCY])
def test_units_tuned_like_the_cells_score_one_and_others_far_less(table, name):
    generator = np.random.default_rng(0)
    rows = made_up_rows(generator)
    table(rows)
    alike, others = TunedUnits({"v1": units_like(rows, generator)}), TunedUnits({"it": all_alike()})
    score, of_others = score_model(alike, name), score_model(others, name)
    assert float(score) == pytest.approx(1, abs=0.06)
    low, high = score.attrs["interval"]
    assert low < float(score) < high and high - low < 0.3
    assert float(of_others) < 0.3
    assert score.attrs["n_neuroids"] == N_CELLS and score.attrs["n_mice"] == N_MICE and score.attrs["n_stimuli"] == 120
    assert 0.8 < score.attrs["ceiling"] < 1
    assert "mice" in score.attrs["error_kind"]


def test_the_layer_that_is_like_the_other_half_of_the_mice_is_scored(table):
    generator = np.random.default_rng(1)
    rows = made_up_rows(generator)
    table(rows)
    score = score_model(TunedUnits({"it": all_alike(), "v1": units_like(rows, generator)}), OSI)
    assert score.attrs["layer"] == "v1" and set(score.attrs["layer_by_fold"]) == {"v1"}
    assert score.attrs["layer_scores"]["v1"] == pytest.approx(float(score))
    assert score.attrs["layer_scores"]["it"] < 0.5
    assert len(score.attrs["layer_by_fold"]) == 12


def test_a_layer_is_chosen_without_the_mice_that_it_is_scored_on(table):
    """Two mice whose cells are opposite: the layer chosen for one is wrong for the other, so the score is low."""
    generator = np.random.default_rng(2)
    rows = made_up_rows(generator, n_mice=2)
    for row in rows:
        row["osi_sg"] = 0.12 if row["specimen_id"] == 0 else 0.88
    table(rows)
    orientations, frequencies = np.full(100, 30.0), np.full(100, 0.04)
    layers = {name: (np.full(100, osi), orientations, frequencies) for name, osi in (("low", 0.12), ("high", 0.88))}
    assert float(score_model(TunedUnits(layers), OSI)) < 0.1


def test_the_interval_is_wide_where_mice_differ(table):
    generator = np.random.default_rng(3)
    alike = made_up_rows(generator)
    different = [{**row, "osi_sg": min(0.99, row["osi_sg"] * 0.4 + 0.1 * row["specimen_id"])} for row in alike]
    errors = []
    for name, rows in (("alike", alike), ("different", different)):
        table(rows, name)
        errors.append(score_model(TunedUnits({"v1": units_like(rows, generator)}), OSI).attrs["error"])
    assert errors[1] > 2 * errors[0]


def test_the_cells_of_a_single_mouse_are_drawn_instead(table):
    generator = np.random.default_rng(4)
    rows = made_up_rows(generator, n_mice=1)
    table(rows)
    score = score_model(TunedUnits({"v1": units_like(rows, generator)}), OSI)
    assert float(score) == pytest.approx(1, abs=0.06)
    assert "neuroids" in score.attrs["error_kind"] and score.attrs["error"] > 0


@pytest.mark.parametrize("n_mice", [2, 3])
def test_of_few_mice_draws_that_lack_one_count_too(table, n_mice):
    """Most draws of three mice lack one, which is all that some half has."""
    generator = np.random.default_rng(6)
    rows = [{**row, "osi_sg": row["osi_sg"] * 0.5 + 0.2 * row["specimen_id"]} for row in made_up_rows(generator, 300)]
    rows = [row for row in rows if row["specimen_id"] < n_mice]
    table(rows)
    target = load_benchmark(OSI).load().target
    like_the_first = target._property.shares(target.values[target.subjects == "0"])
    found = target.interval(0.8, np.stack([like_the_first] * 12))
    assert found.n_draws == target._metric.n_bootstraps
    assert found.standard_error > 0.05


def test_cells_that_are_not_tuned_or_of_failed_containers_or_other_areas_do_not_count(table):
    generator = np.random.default_rng(5)
    rows = made_up_rows(generator)
    table(rows + [{**row, "osi_sg": 0.0, "p_sg": 0.5} for row in rows], "tuned")
    expected = load_benchmark(OSI).load().content()
    others = [{**row, "failed_experiment_container": True} for row in rows]
    others += [{**row, "p_sg": None, "osi_sg": None} for row in rows]
    table(rows + others + made_up_rows(generator, area="VISl"), "others")
    assert load_benchmark(OSI).load().content() == expected


def test_a_shipped_model_is_scored_and_its_score_is_stored(table):
    table(made_up_rows(np.random.default_rng(6)))
    score = score_model("pixels", OSI)
    assert 0 <= float(score) < 1.1 and np.isfinite(score.attrs["error"])
    assert not score.attrs["from_cache"] and score_model("pixels", OSI).attrs["from_cache"]


def test_models_are_scored_as_a_table_which_suggests_no_comparison_that_there_is_not(table):
    table(made_up_rows(np.random.default_rng(7)))
    asked = ["run", "--models", "pixels", "--models", "pixels+neurn", "--benchmarks", ORIENTATION, "--processes", "1"]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0 and "2 scored" in shown.stdout
    assert "compare" not in shown.stdout.partition("Next:")[2]


def test_the_units_of_a_network_are_shown_the_gratings_once(table, home):
    table(made_up_rows(np.random.default_rng(15)))
    model = small_image_model()
    first = score_model(model, OSI)
    (kept,) = [path for path in (home / "cache").iterdir() if path.name == "units"]
    files = set(kept.rglob("*.npz"))
    assert len(files) == len(model.layers)
    score_model(model, FREQUENCY)
    assert set(kept.rglob("*.npz")) == files
    assert first.attrs["distribution"]["n_units"] <= MOST_UNITS


def test_it_does_what_every_benchmark_must_do(table):
    table(made_up_rows(np.random.default_rng(8)))
    check_benchmark(FREQUENCY)


def test_what_is_kept_of_the_table_is_used_again(table):
    path = table(made_up_rows(np.random.default_rng(9)))
    content = load_benchmark(OSI).load().content()
    path.unlink()
    assert load_benchmark(OSI).load().content() == content


def test_a_damaged_copy_is_named(table, home):
    table(made_up_rows(np.random.default_rng(10)))
    load_benchmark(OSI).load()
    (copy,) = home.rglob("cell_tuning.json")
    copy.write_text(copy.read_text()[:-40])
    with pytest.raises(CorruptDatasetError, match="cell_tuning"):
        load_benchmark(OSI).load()


def test_a_missing_table_names_the_way_to_another_source(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(SOURCE_VARIABLE, str(tmp_path / "empty"))
    with pytest.raises(DatasetNotFoundError, match=SOURCE_VARIABLE):
        load_benchmark(OSI).load()


@pytest.mark.parametrize("column", ["osi_sg", "p_sg", "specimen_id", "failed_experiment_container"])
def test_a_table_without_a_column_is_named(table, column):
    rows = made_up_rows(np.random.default_rng(11))
    for row in rows:
        del row[column]
    table(rows)
    with pytest.raises(UnexpectedFormatError, match=f"no {column}"):
        load_benchmark(OSI).load()


def test_gratings_that_were_not_shown_are_named(table):
    rows = made_up_rows(np.random.default_rng(12))
    rows[3]["pref_sf_sg"] = 3.0  # an index, not a frequency
    table(rows)
    with pytest.raises(UnexpectedFormatError, match="pref_sf_sg = 3"):
        load_benchmark(FREQUENCY).load()


def test_too_few_or_no_values_are_named(table):
    rows = made_up_rows(np.random.default_rng(13))
    table([{**row, "osi_sg": None} for row in rows], "none")
    with pytest.raises(DataError, match="no osi_sg"):
        load_benchmark(OSI).load()
    table(rows[:30], "few")
    with pytest.raises(TooFewNeuroidsError, match="30"):
        load_benchmark(OSI).load()
    of_one_mouse = [{**row, "specimen_id": int(number < 3)} for number, row in enumerate(rows)]
    table(of_one_mouse, "one")
    with pytest.raises(TooFewNeuroidsError, match="2 mice"):
        load_benchmark(OSI).load()


def test_models_that_do_not_respond_or_show_no_units_are_refused(table):
    table(made_up_rows(np.random.default_rng(14)))

    class Constant(TunedUnits):
        identifier = "constant"

        def features(self, stimulus_set, layers=None):
            return {"one": np.ones((len(stimulus_set), 50))}

    class OnlyGrams(LayeredModel):
        identifier = "only-grams"
        layers = ("one",)
        region_layer_map = MappingProxyType({})

    with pytest.raises(ModelOutputError, match="constant"):
        score_model(Constant({"one": all_alike()}), OSI)
    with pytest.raises(ModelError, match="only-grams"):
        score_model(OnlyGrams(), OSI)


def test_there_is_one_for_each_area_and_property_and_no_variant_of_the_gratings():
    names = [name for name in list_benchmarks() if name.startswith("allen-mouse-gratings-") and "VIS" in name]
    ours = [name for name in names if name.endswith(("selectivity", "preferred-orientation", "spatial-frequency"))]
    assert len(ours) == 6 * 3
    with pytest.raises(UnknownIdentifierError, match="64px"):
        load_benchmark(f"{OSI}@64px")
