"""Benchmarks of tuning on made-up tables of cells and units, whose truth is known."""

import json
import os
import re
import shutil
from types import MappingProxyType

import numpy as np
import pytest
from brainscore_mouse import check_benchmark, list_benchmarks, load_benchmark, score_model
from brainscore_mouse.activations.layer_outputs import MOST_UNITS
from brainscore_mouse.activations.layered_model import LayeredModel
from brainscore_mouse.benchmarks.tuning_properties.tuning_benchmark import TuningBenchmark
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
from brainscore_mouse.metrics.tuning_distribution.metric import TuningDistribution
from simulated_bucket import UNIT_METRICS, content_of, unit_tables, write_unit_tables
from small_models import small_image_model
from typer.testing import CliRunner

OSI, ORIENTATION, FREQUENCY = (
    f"allen-mouse-gratings-VISp-{name}"
    for name in ("orientation-selectivity", "preferred-orientation", "preferred-spatial-frequency")
)
GLOBAL = "allen-mouse-gratings-VISp-global-orientation-selectivity"
OF_UNITS = {
    column: f"allen-mouse-npx-gratings-VISp-{name}"
    for column, name in (
        ("g_osi_sg", "global-orientation-selectivity"),
        ("pref_ori_sg", "preferred-orientation"),
        ("pref_sf_sg", "preferred-spatial-frequency"),
    )
}
METRICS_FILE = "brain_observatory_1.1_analysis_metrics.csv"
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
            "g_osi_sg": float(generator.uniform(0.2, 0.8)),
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
def gratings(home, drawn):
    """The images, in the test's own home."""
    shutil.copytree(drawn, home / "downloads" / "allen" / "gratings", copy_function=os.link)


@pytest.fixture
def table(tmp_path, monkeypatch, gratings):
    """Return a function that writes a bucket with these cells, and makes it the source."""

    def write(rows, name="bucket"):
        path = tmp_path / name / CELL_TABLE
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(rows))
        monkeypatch.setenv(SOURCE_VARIABLE, str(tmp_path / name))
        return path

    return write


def made_up_units(generator, n_units=N_CELLS, n_mice=N_MICE, area="VISp"):
    """Units whose global selectivity is spread evenly over 0.2 to 0.8, and which prefer the lower frequencies."""
    return [
        {
            "area": area,
            "mouse": number % n_mice,
            "g_osi_sg": float(generator.uniform(0.2, 0.8)),
            "pref_ori_sg": float(generator.choice(ORIENTATIONS)),
            "pref_sf_sg": float(generator.choice(SPATIAL_FREQUENCIES[:3])),
        }
        for number in range(n_units)
    ]


@pytest.fixture
def tables(tmp_path, monkeypatch, gratings):
    """Return a function that writes a bucket with tables of units, and makes it the source."""

    def write(of_units, name="bucket"):
        monkeypatch.setenv(SOURCE_VARIABLE, str(tmp_path / name))
        return write_unit_tables(tmp_path / name, of_units)

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


def units_like(rows, generator, n_units=500, selectivity="osi_sg"):
    """Draw units with the properties of cells, or of Neuropixels units."""
    drawn = generator.choice(len(rows), n_units)
    return tuple([rows[number][name] for number in drawn] for name in (selectivity, "pref_ori_sg", "pref_sf_sg"))


def all_alike(n_units=500):
    return np.full(n_units, 0.95), np.full(n_units, 150.0), np.full(n_units, 0.32)


@pytest.mark.parametrize("name", [OSI, ORIENTATION, FREQUENCY])
@pytest.mark.slow
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


@pytest.mark.slow
def test_the_interval_is_wide_where_mice_differ(table):
    generator = np.random.default_rng(3)
    alike = made_up_rows(generator)
    different = [{**row, "osi_sg": min(0.99, row["osi_sg"] * 0.4 + 0.1 * row["specimen_id"])} for row in alike]
    errors = []
    for name, rows in (("alike", alike), ("different", different)):
        table(rows, name)
        errors.append(score_model(TunedUnits({"v1": units_like(rows, generator)}), OSI).attrs["error"])
    assert errors[1] > 2 * errors[0]


@pytest.mark.slow
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


@pytest.mark.slow
def test_models_are_scored_as_a_table_which_suggests_no_comparison_that_there_is_not(table):
    table(made_up_rows(np.random.default_rng(7)))
    asked = ["run", "--models", "pixels", "--models", "pixels+neurn", "--benchmarks", ORIENTATION, "--processes", "1"]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0 and "2 scored" in shown.stdout
    assert "compare" not in shown.stdout.partition("Next:")[2]


@pytest.mark.slow
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


@pytest.mark.slow
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
    (copy,) = home.rglob("tuning-allen-mouse-gratings.json")
    copy.write_text(copy.read_text()[:-40])
    with pytest.raises(CorruptDatasetError, match="tuning-allen-mouse-gratings"):
        load_benchmark(OSI).load()


def test_a_missing_table_names_the_way_to_another_source(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(SOURCE_VARIABLE, str(tmp_path / "empty"))
    with pytest.raises(DatasetNotFoundError, match=SOURCE_VARIABLE):
        load_benchmark(OSI).load()


@pytest.mark.parametrize("column", ["osi_sg", "g_osi_sg", "p_sg", "specimen_id", "failed_experiment_container"])
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


@pytest.mark.slow
def test_units_tuned_alike_score_one_by_the_global_selectivity_of_cells(table):
    generator = np.random.default_rng(16)
    rows = made_up_rows(generator)
    table(rows)
    assert float(score_model(TunedUnits({"v1": units_like(rows, generator, 500, "g_osi_sg")}), GLOBAL)) > 0.94
    assert float(score_model(TunedUnits({"it": all_alike()}), GLOBAL)) < 0.3


@pytest.mark.parametrize("name", OF_UNITS.values())
@pytest.mark.slow
def test_from_the_tables_of_units_alike_units_score_one_and_others_far_less(tables, name):
    generator = np.random.default_rng(17)
    units = made_up_units(generator)
    tables(unit_tables(units))
    score = score_model(TunedUnits({"v1": units_like(units, generator, 500, "g_osi_sg")}), name)
    assert float(score) == pytest.approx(1, abs=0.06)
    assert float(score_model(TunedUnits({"it": all_alike()}), name)) < 0.3
    assert score.attrs["n_neuroids"] == N_CELLS and score.attrs["n_mice"] == N_MICE
    assert "units" in score.attrs["data_origin"] and "Siegle" in load_benchmark(name).bibtex


def test_models_are_compared_with_units_by_what_these_prefer_on_average(tables):
    """Each unit responds most to a single grating of 0.32 cycles per degree, but on average to those of 0.04."""
    generator = np.random.default_rng(18)
    tables(unit_tables([{**unit, "pref_sf_sg": 0.04} for unit in made_up_units(generator)]))

    class OneStrongResponse(TunedUnits):
        identifier = "one-strong-response"

        def features(self, stimulus_set, layers=None):
            responses = np.zeros((len(CONDITIONS) + 1, 50))
            responses[[frequency == 0.04 for _, frequency, _ in CONDITIONS] + [False]] = 0.9
            responses[CONDITIONS.index((30.0, 0.32, 0.0))] = 1.0
            return {"v1": responses}

    score = score_model(OneStrongResponse({"v1": all_alike()}), OF_UNITS["pref_sf_sg"])
    assert float(score) == pytest.approx(1)


@pytest.mark.slow
def test_units_of_bad_quality_other_areas_and_unknown_channels_do_not_count_and_ties_are_no_preference(tables):
    generator = np.random.default_rng(19)
    units = made_up_units(generator)
    tables(unit_tables(units), "good")
    expected = [load_benchmark(name).load().content() for name in OF_UNITS.values()]
    bad = [
        *({**units[0], "quality": "noise"}, {**units[1], "amplitude_cutoff": 0.11}, {**units[2], "area": ""}),
        *({**units[3], "presence_ratio": 0.94}, {**units[4], "isi_violations": ""}, {**units[5], "area": "VISl"}),
        {**units[6], "g_osi_sg": "", "pref_ori_multi_sg": "True", "pref_sf_multi_sg": "True"},
        {"area": "VISp", "mouse": 0, "pref_ori_multi_sg": "", "pref_sf_multi_sg": ""},
    ]
    of_all = unit_tables([*units, *bad, units[0]])
    of_all["channels.csv"].pop()
    tables(of_all, "all")
    assert [load_benchmark(name).load().content() for name in OF_UNITS.values()] == expected


def wrong_tables(change):
    tables = unit_tables(made_up_units(np.random.default_rng(20), 60))
    change(tables)
    return tables


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda tables: tables["units.csv"].pop(3), rf"{METRICS_FILE}.*unit 950003.*units\.csv"),
        (lambda tables: tables["probes.csv"].pop(0), r"channels\.csv.*probe 8000.*probes\.csv"),
        (lambda tables: tables["sessions.csv"].pop(0), rf"{METRICS_FILE}.*session.* 7000.*sessions\.csv"),
        (lambda tables: tables["units.csv"].append(tables["units.csv"][5]), r"units\.csv.*950005"),
        (lambda tables: tables[METRICS_FILE].append(tables[METRICS_FILE][5]), rf"{METRICS_FILE}.*950005"),
        (lambda tables: tables[METRICS_FILE][2].update(pref_ori_sg=2), r"Unit 950002.*pref_ori_sg = 2"),
        (lambda tables: tables[METRICS_FILE][2].update(pref_sf_sg="[0.02, 0.04]"), rf"{METRICS_FILE}.*0\.02"),
        (lambda tables: tables[METRICS_FILE][2].update(pref_sf_multi_sg="perhaps"), rf"{METRICS_FILE}.*perhaps"),
        (lambda tables: tables["units.csv"][2].update(ecephys_channel_id=""), r"units\.csv"),
    ],
)
def test_tables_of_units_that_do_not_fit_are_named_and_nothing_is_kept(tables, home, change, match):
    tables(wrong_tables(change))
    with pytest.raises(UnexpectedFormatError, match=match):
        load_benchmark(OF_UNITS["pref_ori_sg"]).load()
    assert not [path for path in home.rglob("*.json") if "tuning" in path.name]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        *((METRICS_FILE, column) for column in ("ecephys_unit_id", "g_osi_sg", "pref_sf_sg", "pref_ori_multi_sg")),
        *(("units.csv", column) for column in ("quality", "ecephys_channel_id", "isi_violations")),
        *(("channels.csv", "ecephys_structure_acronym"), ("probes.csv", "ecephys_session_id")),
        ("sessions.csv", "specimen_id"),
    ],
)
def test_a_table_of_units_without_a_column_is_named(tables, name, column):
    path = tables(unit_tables(made_up_units(np.random.default_rng(21), 60))) / name
    header, rows = path.read_text().split("\n", 1)
    path.write_text(f"{','.join('another' if each == column else each for each in header.split(','))}\n{rows}")
    with pytest.raises(UnexpectedFormatError, match=f"{name}.*{column}"):
        load_benchmark(OF_UNITS["pref_ori_sg"]).load()


def test_a_table_of_units_that_ends_in_a_row_is_named_and_can_be_replaced_by_the_whole(tables):
    folder = tables(unit_tables(made_up_units(np.random.default_rng(22))))
    path = folder / METRICS_FILE
    whole = path.read_text()
    path.write_text(whole[:-40])
    with pytest.raises(UnexpectedFormatError, match=f"{METRICS_FILE}.*{len(UNIT_METRICS)} columns"):
        load_benchmark(OF_UNITS["pref_ori_sg"]).load()
    path.write_text(whole)
    assert len(load_benchmark(OF_UNITS["pref_ori_sg"]).load().target.values) == N_CELLS


@pytest.mark.parametrize("name", [METRICS_FILE, "units.csv", "channels.csv", "probes.csv", "sessions.csv"])
def test_a_missing_table_of_units_is_named_with_the_way_to_another_source(tables, name):
    (tables(unit_tables(made_up_units(np.random.default_rng(23), 60))) / name).unlink()
    with pytest.raises(DatasetNotFoundError, match=rf"{name}(.|\n)*{SOURCE_VARIABLE}"):
        load_benchmark(OF_UNITS["pref_ori_sg"]).load()


def test_what_is_kept_of_the_tables_of_units_is_used_again(tables, home):
    folder = tables(unit_tables(made_up_units(np.random.default_rng(24))))
    benchmark = load_benchmark(OF_UNITS["g_osi_sg"])
    content = benchmark.load().content()
    before = content_of(home)
    shutil.rmtree(folder)
    assert load_benchmark(OF_UNITS["g_osi_sg"]).load().content() == content
    assert content_of(home) == before


def test_too_few_units_are_named(tables):
    tables(unit_tables(made_up_units(np.random.default_rng(25), 30)))
    with pytest.raises(TooFewNeuroidsError, match=r"30 units.*VISp"):
        load_benchmark(OF_UNITS["g_osi_sg"]).load()


def test_there_is_one_for_each_area_and_property_and_no_variant_of_the_gratings():
    properties = r"(global-)?orientation-selectivity|preferred-(orientation|spatial-frequency)"
    found = {
        dataset: [name for name in list_benchmarks() if re.fullmatch(rf"{dataset}-VIS\w+-({properties})", name)]
        for dataset in ("allen-mouse-gratings", "allen-mouse-npx-gratings")
    }
    assert [len(names) for names in found.values()] == [6 * 4, 6 * 3]
    with pytest.raises(UnknownIdentifierError, match="64px"):
        load_benchmark(f"{OSI}@64px")


def test_a_property_that_the_tables_do_not_have_names_the_dataset_that_has_it():
    with pytest.raises(UnknownIdentifierError, match=r"osi_sg.*allen-mouse-npx-gratings.*allen-mouse-gratings"):
        TuningBenchmark("allen-mouse-npx-gratings", "VISp", TuningDistribution("orientation-selectivity"))
