"""Areas at equal numbers of neuroids: a confound that is there, and what is left of it."""

import json

import numpy as np
import pytest
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse import load_benchmark, load_metric
from brainscore_mouse.activations.layered_model import LayeredModel
from brainscore_mouse.analyses.neuroid_numbers import neuroid_numbers
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.data_packaging.simulate_recordings import (
    RecordingDesign,
    simulate_recordings,
    simulated_features,
)
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.models.untrained_networks import UntrainedNetworks
from typer.testing import CliRunner


class MadeUpRecordings:
    """Recordings of an area without files: some neuroids of one population."""

    dataset, variant, origin, citation = "toy", None, "simulated", "none"
    stimulus_paths = ()
    window_ms = (0, 250)

    def __init__(self, recordings, neuroids):
        self._whole, self._neuroids = recordings, neuroids
        self.trials, self.subjects = recordings.trials[:, :, neuroids], recordings.subjects[neuroids]
        self.groups = np.arange(self.trials.shape[1])
        self.shown_stimuli = self.stimulus_set = StimulusSet({"stimulus_id": self.groups.astype(str)})
        self.sha256 = str(len(neuroids))

    def with_neuroids(self, neuroids):
        return MadeUpRecordings(self._whole, self._neuroids[neuroids])


@pytest.fixture(scope="module")
def population():
    design = RecordingDesign(n_stimuli=60, n_mice=4, n_neuroids=100, n_repetitions=10, reliability=0.97)
    return simulate_recordings(design, np.random.default_rng(0))


def areas(population, metric="rsa"):
    """Two areas of the same kind: 400 neuroids and 80 of them."""
    of_mouse = np.arange(400) % 100
    kept = {"VISp": np.arange(400), "VISl": np.flatnonzero(of_mouse >= 80)}
    return [
        MouseNeuralBenchmark(
            f"toy-{area}-{metric}", "toy", area, load_metric(metric), recordings=MadeUpRecordings(population, neuroids)
        )
        for area, neuroids in kept.items()
    ]


class CountingModel(LayeredModel):
    """A model with one layer of given features, which counts how often it is asked for it."""

    layers = ("layer",)

    def __init__(self, identifier, features):
        self.identifier, self.region_layer_map, self.n_asked = identifier, {}, 0
        self._gram = FeatureGram.of_features(features)

    def layer_grams(self, stimulus_set, layers=None):
        self.n_asked += 1
        return {"layer": self._gram}


@pytest.fixture
def model(population):
    features = simulated_features(population, 0.5, 200, np.random.default_rng(1))
    return CountingModel("half", features)


@pytest.mark.slow
def test_areas_that_differ_only_in_number_score_alike_at_equal_numbers(population, model):
    found = neuroid_numbers([model], areas(population), numbers=(40,), n_draws=4)
    assert found.equal == 80 and found.numbers == (40, 80)
    table = found.table.set_index(["area", "n_neuroids_compared"])
    whole, few = table.loc[("VISp", 400)], table.loc[("VISl", 80)]
    at_equal = table.loc[("VISp", 80)]
    assert whole["score"] - few["score"] > 0.08  # the confound
    assert abs(at_equal["score"] - few["score"]) < 0.06  # one draw varies by 0.04
    assert table.loc[("VISp", 40), "score"] < at_equal["score"] < whole["score"] - 0.02  # the curve
    assert few["n_draws"] == whole["n_draws"] == 1 and at_equal["n_draws"] == 4
    assert np.isnan(whole["draws_sd"]) and 0 < at_equal["draws_sd"] < 0.1
    assert (table["error"] > 0).all() and (table["low"] < table["score"]).all() and not found.problems()
    assert model.n_asked == 2  # once for each area, however many draws


def test_all_neuroids_give_the_benchmark_s_own_score(population, model):
    (_, few) = benchmarks = areas(population, "ridge")
    found = neuroid_numbers([model], benchmarks, n_draws=1)
    score = few(model)
    row = found.table[(found.table["area"] == "VISl") & (found.table["n_neuroids_compared"] == found.equal)].iloc[0]
    assert found.equal == score.attrs["n_neuroids"]  # the reliable ones
    assert row["score"] == pytest.approx(float(score), abs=1e-12)
    assert row["error"] == pytest.approx(score.attrs["error"], abs=1e-12)
    assert row["ceiling"] == pytest.approx(score.attrs["ceiling"], abs=1e-12)
    (at_equal,) = [
        row for row in found.table.itertuples() if (row.area, row.n_neuroids_compared) == ("VISp", found.equal)
    ]
    assert at_equal.n_neuroids > at_equal.n_neuroids_compared == found.equal


def test_a_draw_counts_as_many_neuroids_as_it_says(population):
    whole, _ = areas(population, "ridge")
    counted = whole.counted_neuroids
    assert counted.sum() == whole.ceiling.attrs["n_neuroids"]
    part = whole.with_neuroids(np.flatnonzero(counted)[:100])
    assert part.ceiling.attrs["n_neuroids"] == 100 == len(part.subjects)
    assert len(whole.subjects) == 400  # not changed


def test_a_small_area_is_named_and_does_not_set_the_number(population, model):
    benchmarks = areas(population)
    tiny = MadeUpRecordings(population, np.arange(0, 400, 10))
    tiny_area = MouseNeuralBenchmark("toy-VISam-rsa", "toy", "VISam", load_metric("rsa"), recordings=tiny)
    found = neuroid_numbers([model], [*benchmarks, tiny_area], n_draws=1)
    assert found.equal == 80
    (problem,) = found.problems()
    assert "toy-VISam-rsa" in problem and "40" in problem
    rows = found.table[found.table["area"] == "VISam"].set_index("n_neuroids_compared")
    assert np.isnan(rows.loc[80, "score"]) and np.isfinite(rows.loc[40, "score"])


def test_a_number_at_which_the_metric_refuses_a_draw_is_named(population, model):
    found = neuroid_numbers([model], areas(population), numbers=(4,), n_draws=2)
    assert [line.split(":")[0] for line in found.problems()] == [
        "toy-VISp-rsa at 4 neuroids",
        "toy-VISl-rsa at 4 neuroids",
    ]


def test_what_cannot_be_compared_is_refused_before_anything_is_scored(population, model):
    mixed = [areas(population)[0], areas(population, "ridge")[0]]
    for arguments in ({"benchmarks": mixed}, {"n_draws": 0}, {"numbers": (0,)}, {"benchmarks": []}):
        with pytest.raises(InvalidParameterError):
            neuroid_numbers([model], **({"benchmarks": areas(population)} | arguments))
    with pytest.raises(InvalidParameterError, match="allen-mouse-npx-rsa"):
        neuroid_numbers([model], [load_benchmark("allen-mouse-npx-rsa")])
    assert model.n_asked == 0


def test_some_neuroids_of_packaged_recordings_are_other_data(simulated_home):
    whole = load_benchmark("simulated-mouse-VISp-rsa").load()
    part = whole.with_neuroids(np.arange(0, 170, 2))
    assert part.content()["data_sha256"] != whole.content()["data_sha256"]
    assert part.content()["data_sha256"] != whole.with_neuroids(np.arange(1, 171, 2)).content()["data_sha256"]
    assert len(part.subjects) == 85 and part.assembly.sizes["neuroid"] == 85
    variant = whole.with_stimulus_variant("shuffled")
    part_of_variant = variant.with_neuroids(np.arange(0, 170, 2))
    assert part_of_variant.content()["data_sha256"] not in (
        variant.content()["data_sha256"],
        part.content()["data_sha256"],
    )


@pytest.mark.slow
def test_the_command_prints_the_number_and_both_tables(simulated_home):
    arguments = ["neuroid-numbers", "pixels", "--benchmarks", "simulated-mouse-VIS[pl]-rsa", "--draws", "1"]
    printed = CliRunner().invoke(app, arguments)
    assert printed.exit_code == 0, printed.output
    assert printed.stdout.count("| pixels |") == 2 and "| neuroids |" in printed.stdout
    as_json = CliRunner().invoke(app, [*arguments, "--json"])
    found = json.loads(as_json.stdout[as_json.stdout.index("{") :])
    assert f"{found['equal']} neuroids in every area" in printed.stdout
    assert {row["area"] for row in found["table"]} == {"VISp", "VISl"}


def test_models_with_weight_seeds_are_averaged(population):
    def network(seed):
        features = simulated_features(population, 0.3, 50, np.random.default_rng([5, seed]))
        return CountingModel(f"toy-random.{seed}", features)

    several = UntrainedNetworks("toy-random", network, seeds=(0, 1, 2))
    benchmarks = areas(population)[1:]
    table = neuroid_numbers([several, *map(network, (0, 1, 2))], benchmarks).table.set_index("model")
    of_seeds = table.loc[[f"toy-random.{seed}" for seed in (0, 1, 2)]]
    assert table.loc["toy-random", "score"] == pytest.approx(of_seeds["score"].mean(), abs=1e-12)
    assert table.loc["toy-random", "error"] > of_seeds["error"].min()
