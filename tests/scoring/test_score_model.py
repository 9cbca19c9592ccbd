"""From model and benchmark to stored score, on the simulated recordings whose truth is known."""

import json

import numpy as np
import pytest
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_mouse import failures_frame, load_benchmark, load_metric, load_model, score_model, score_table
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import (
    BrainscoreMouseError,
    DatasetNotFoundError,
    LayerNotFoundError,
    ModelError,
    ModelOutputError,
    UnknownIdentifierError,
)
from brainscore_mouse.core.visual_areas import VISUAL_AREAS
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.rsa.compare_pairs import compare_pairs
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from brainscore_mouse.results.store import store_failure
from small_models import FeatureModel, small_image_model, small_network
from torch import nn
from typer.testing import CliRunner

pytestmark = pytest.mark.usefixtures("simulated_home")


def folds_of(benchmark):
    return selection_folds(len(benchmark.assembly.attrs["stimulus_set"]), benchmark.assembly["subject"].values, seed=0)


@pytest.mark.parametrize("metric", ["rsa", "ridge", "pls"])
@pytest.mark.parametrize("region", ["VISp", "VISrl"])
@pytest.mark.slow
def test_generator_scores_one(metric, region, truth):
    score = load_benchmark(f"simulated-mouse-{region}-{metric}")(
        FeatureModel("generator", {"x": truth.noise_free[region]})
    )
    # The readout of a regression is fitted to about a hundred noisy responses, so a little is lost.
    assert float(score) == pytest.approx(1, abs=0.06)
    assert score.attrs["raw"] < score.attrs["ceiling"] + 0.03


@pytest.mark.parametrize("metric", ["rsa", "ridge"])
@pytest.mark.slow
def test_nothing_is_left_of_the_generator_on_shuffled_scenes(metric, truth):
    plain, shuffled = (load_benchmark(f"simulated-mouse-VISp-{metric}{variant}") for variant in ("", "@shuffled"))
    ids = plain.recordings.shown_stimuli["stimulus_id"]
    place = {plain.recordings.shown_stimuli.get_stimulus(key): number for number, key in enumerate(ids)}
    seen = [place[shuffled.recordings.shown_stimuli.get_stimulus(key)] for key in ids]
    score = shuffled(FeatureModel("generator", {"x": truth.noise_free["VISp"][seen]}))
    assert abs(float(score)) < 0.15  # of 1; there is one order of the scenes, and few dimensions in the responses


@pytest.mark.parametrize("region", VISUAL_AREAS)
def test_regression_ceiling_is_the_known_one(region, truth):
    signal, noise_sd = truth.noise_free[region], truth.noise_sd[region]
    variance = signal.var(axis=0)
    of_all, of_half = (variance / (variance + noise_sd**2 / n_repetitions) for n_repetitions in (20, 10))
    benchmark = load_benchmark(f"simulated-mouse-{region}-ridge")
    ceiling = benchmark.ceiling
    # Neuroids are chosen by their reliability in all repetitions, and scored in half of them.
    expected = np.mean(np.sqrt(of_half[of_all >= 0.3]))
    assert abs(float(ceiling) - expected) < 2 * ceiling.attrs["error"]


@pytest.mark.parametrize("region", VISUAL_AREAS)
@pytest.mark.slow
def test_rsa_ceiling_is_what_the_noise_free_responses_reach(region, truth):
    benchmark = load_benchmark(f"simulated-mouse-{region}-rsa")
    score = benchmark(FeatureModel("generator", {"x": truth.noise_free[region]}))
    ceiling = benchmark.ceiling
    assert abs(float(ceiling) - score.attrs["raw"]) < 2 * ceiling.attrs["error"]
    assert 0.5 < float(ceiling) < 1


@pytest.mark.parametrize("metric", ["rsa", "ridge", "pls"])
def test_unrelated_features_score_zero(metric):
    benchmark = load_benchmark(f"simulated-mouse-VISp-{metric}")
    generator = np.random.default_rng(1)
    features = {str(number): generator.normal(size=(118, 300)) for number in range(20 if metric == "rsa" else 8)}
    scores = list(benchmark(FeatureModel("null", features)).attrs["layer_scores"].values())
    assert abs(np.mean(scores)) < 3 * np.std(scores, ddof=1) / np.sqrt(len(scores))
    assert np.std(scores) < 0.1


def test_opposite_representation_scores_below_zero(truth):
    """The sign is kept: Brain-Score's own squaring would make this a good score."""
    benchmark = load_benchmark("simulated-mouse-VISp-rsa")
    rdm = rdm_of_patterns(truth.noise_free["VISp"])
    # Features whose inner products are the dissimilarities: what is unlike for the mouse is alike for the model.
    values, vectors = np.linalg.eigh(rdm + 2 * np.eye(len(rdm)) * rdm.max())
    opposite = vectors * np.sqrt(np.clip(values, 0, None))
    score = benchmark(FeatureModel("opposite", {"x": opposite}))
    assert float(score) < -0.2 and score.attrs["raw"] < -0.2


@pytest.mark.slow
def test_layer_is_chosen_without_the_scored_data(truth):
    """Among many unrelated layers the best in hindsight looks good; the score does not."""
    generator = np.random.default_rng(1)
    layers = {f"layer{number}": generator.normal(size=(118, 30)) for number in range(60)}
    score = load_benchmark("simulated-mouse-VISl-rsa")(FeatureModel("many", layers))
    assert abs(float(score)) < score.attrs["oracle_score"]
    assert score.attrs["oracle_score"] > np.mean(list(score.attrs["layer_scores"].values())) + 0.02
    assert score.attrs["oracle_score"] == max(score.attrs["layer_scores"].values())
    assert list(score.attrs["layer_scores"]) == list(layers)
    # With the generator among them, it is chosen in every fold.
    layers["generator"] = truth.noise_free["VISl"]
    score = load_benchmark("simulated-mouse-VISl-rsa")(FeatureModel("many", layers))
    assert set(score.attrs["layer_by_fold"]) == {"generator"}
    assert score.attrs["layer"] == score.attrs["oracle_layer"] == "generator"
    assert float(score) == pytest.approx(score.attrs["oracle_score"])


def test_committed_layer_wins_and_scores_on_the_same_parts(truth):
    layers = {"early": np.random.default_rng(2).normal(size=(118, 30)), "late": truth.noise_free["VISp"]}
    benchmark = load_benchmark("simulated-mouse-VISp-rsa")
    free = benchmark(FeatureModel("free", layers))
    committed = benchmark(FeatureModel("committed", layers, {"VISp": "early"}))
    assert committed.attrs["layer_scores"] == {"early": pytest.approx(free.attrs["layer_scores"]["early"])}
    assert float(committed) == pytest.approx(free.attrs["layer_scores"]["early"])


def test_score_tells_all_it_depends_on_and_is_stored(home):
    score = score_model(small_image_model(), "simulated-mouse-VISp-rsa")
    assert isinstance(score, Score)
    assert float(score) == pytest.approx(score.attrs["raw"] / score.attrs["ceiling"])
    benchmark = load_benchmark("simulated-mouse-VISp-rsa")
    expected = {
        "n_neuroids": benchmark.assembly.sizes["neuroid"],
        "n_stimuli": 118,
        "n_mice": 6,
        "seed": 0,
        "benchmark_version": benchmark.version,
    }
    assert {name: score.attrs[name] for name in expected} == expected
    assert score.attrs["model_identifier"] == "small"
    assert score.attrs["benchmark_identifier"] == "simulated-mouse-VISp-rsa"
    assert len(score.attrs["data_sha256"]) == 64
    assert {"python", "numpy", "torch", "brainscore-mouse"} <= set(score.attrs["versions"])
    assert 0 < score.attrs["error"] < 0.3 and "stimuli and mice" in score.attrs["error_kind"]
    low, high = score.attrs["interval"]
    assert low < float(score) < high
    assert max(score.attrs["error_stimuli"], score.attrs["error_mice"]) <= score.attrs["error"] * (1 + 1e-9)
    (path,) = (home / "results" / "small" / "simulated-mouse-VISp-rsa").iterdir()
    assert json.loads(path.read_text())["score"] == float(score)


@pytest.mark.slow
def test_second_identical_call_is_cached_and_changes_are_not():
    model = small_image_model("cached")
    first = score_model(model, "simulated-mouse-VISp-ridge")
    second = score_model(model, "simulated-mouse-VISp-ridge")
    assert not first.attrs["from_cache"] and second.attrs["from_cache"]
    assert second.attrs["created"] == first.attrs["created"]
    assert float(second) == float(first)
    assert {**second.attrs, "from_cache": False} == first.attrs
    assert not score_model(model, "simulated-mouse-VISp-ridge", layer="early").attrs["from_cache"]
    other_weights = small_image_model("cached", network=small_network(seed=1))
    assert not score_model(other_weights, "simulated-mouse-VISp-ridge").attrs["from_cache"]


@pytest.mark.slow
def test_metric_options_are_part_of_what_a_stored_score_is_found_by():
    model = small_image_model("options")
    scores = []
    for correlation in ("spearman", "pearson"):
        metric = load_metric("rsa", correlation=correlation, n_bootstraps=20)
        scores.append(score_model(model, MouseNeuralBenchmark("same-name", "simulated-mouse", "VISl", metric)))
    assert not scores[1].attrs["from_cache"]
    assert float(scores[0]) != float(scores[1])
    assert scores[1].attrs["metric_settings"]["correlation"] == "pearson"


def test_damaged_result_is_made_again(home):
    model = small_image_model("damaged")
    first = score_model(model, "simulated-mouse-VISp-ridge")
    (path,) = (home / "results" / "damaged" / "simulated-mouse-VISp-ridge").iterdir()
    path.write_text(path.read_text()[:50])
    again = score_model(model, "simulated-mouse-VISp-ridge")
    assert not again.attrs["from_cache"] and float(again) == float(first)


def test_a_bare_torch_module_is_refused_with_advice():
    with pytest.raises(ModelError, match=r"ImageModel\('a-name-of-its-own'"):
        score_model(nn.Linear(2, 2), "simulated-mouse-VISp-rsa")


def test_home_that_cannot_be_written_is_said_first(monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", "/proc/nope")
    with pytest.raises(BrainscoreMouseError, match="BRAINSCORE_MOUSE_HOME"):
        score_model("no-such-model", "no-such-benchmark")


@pytest.mark.slow
def test_same_inputs_give_the_same_score():
    scores = []
    for _ in range(2):
        benchmark = load_benchmark("simulated-mouse-VISal-ridge")  # prepared anew
        scores.append(benchmark(FeatureModel("x", {"x": np.random.default_rng(3).normal(size=(118, 40))})))
    assert float(scores[0]) == float(scores[1])
    other = MouseNeuralBenchmark("x", "simulated-mouse", "VISal", load_metric("ridge"), seed=1)
    assert float(other(FeatureModel("x", {"x": np.random.default_rng(3).normal(size=(118, 40))}))) != float(scores[0])


def test_given_layer_must_exist():
    with pytest.raises(LayerNotFoundError, match="'9'"):
        score_model(small_image_model(), "simulated-mouse-VISp-rsa", layer="9")


def test_constant_activations_are_refused():
    for metric in ("rsa", "ridge"):
        with pytest.raises(ModelOutputError):
            load_benchmark(f"simulated-mouse-VISp-{metric}")(FeatureModel("dead", {"a": np.ones((118, 5))}))


class RecordedModel:
    """A BrainModel that answers to areas itself, and shuffles its presentations."""

    identifier = "recorded"

    def __init__(self, features, drop=0):
        self.features = features
        self.drop = drop

    def start_recording(self, region, time_bins):
        self.recorded = region, time_bins

    def look_at(self, stimuli, number_of_trials=1):
        order = np.random.default_rng(0).permutation(len(stimuli))[self.drop :]
        coords = {
            "stimulus_id": ("presentation", stimuli["stimulus_id"].values[order]),
            "position": ("presentation", order),
            "neuroid_id": ("neuroid", np.arange(self.features.shape[1])),
            "layer": ("neuroid", ["x"] * self.features.shape[1]),
        }
        return NeuroidAssembly(self.features[order], coords=coords, dims=["presentation", "neuroid"])


@pytest.mark.slow
def test_any_brain_model_can_be_recorded_from(truth):
    model = RecordedModel(truth.noise_free["VISam"])
    score = score_model(model, "simulated-mouse-VISam-rsa")
    expected = load_benchmark("simulated-mouse-VISam-rsa")(FeatureModel("same", {"x": truth.noise_free["VISam"]}))
    assert float(score) == pytest.approx(float(expected), abs=1e-9)
    assert model.recorded[0] == "VISam"
    with pytest.raises(ModelError, match=r"recorded.*\b117\b.*\b118\b"):
        score_model(RecordedModel(truth.noise_free["VISam"], drop=1), "simulated-mouse-VISam-rsa")


@pytest.mark.slow
def test_table_checks_all_names_first_and_keeps_what_is_done():
    with pytest.raises(UnknownIdentifierError, match="'pixls'"):
        score_table(["pixels", "pixls"], ["simulated-mouse-VISp-rsa"])
    with pytest.raises(UnknownIdentifierError, match=r"simulated-mouse-VISq-rsa.*simulated-mouse-VISp-rsa"):
        score_table(["pixels"], ["simulated-mouse-VISp-rsa", "simulated-mouse-VISq-rsa"])
    table = score_table(["pixels", "neurn-pixels"], ["simulated-mouse-VISp-rsa"])
    assert list(table["model"]) == ["pixels", "neurn-pixels"]
    again = score_table(["pixels"], ["simulated-mouse-VISp-rsa"])
    assert again["from_cache"].all() and again["score"][0] == table["score"][0]


def test_pixel_score_equals_scipy_by_hand():
    """An independent path from image files to the number: PIL, numpy and scipy on the same parts."""
    from PIL import Image
    from scipy.stats import spearmanr

    benchmark = load_benchmark("simulated-mouse-VISp-rsa")
    assembly = benchmark.assembly
    stimulus_set = assembly.attrs["stimulus_set"]
    paths = [stimulus_set.get_stimulus(key) for key in stimulus_set["stimulus_id"]]
    resized = [Image.open(path).convert("RGB").resize((64, 64), Image.Resampling.BILINEAR) for path in paths]
    pixels = np.stack([np.asarray(image, dtype=float).ravel() / 255 for image in resized])
    values, presented = assembly.values[:, :, 0], assembly["stimulus_id"].values
    means = np.stack([values[presented == key].mean(axis=0) for key in stimulus_set["stimulus_id"]])
    upper = np.triu_indices(59, k=1)
    raw = []
    for fold in folds_of(benchmark):
        model_rdm = 1 - np.corrcoef(pixels[fold.scoring.stimuli])
        neural_rdm = 1 - np.corrcoef(means[fold.scoring.stimuli][:, fold.scoring.neuroids])
        raw.append(spearmanr(model_rdm[upper], neural_rdm[upper]).statistic)
    score = benchmark(load_model("pixels"))
    assert float(score) == pytest.approx(np.mean(raw), abs=0.03)  # noise of all repetitions, which changes little here
    assert compare_pairs(pairs_of_rdm(model_rdm), pairs_of_rdm(neural_rdm), "spearman") == pytest.approx(raw[-1])


def test_a_failure_of_a_named_model_is_kept_until_it_has_a_score(monkeypatch, home):
    monkeypatch.setattr("brainscore_mouse.scoring.score_model.load_named", lambda name: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        score_model("pixels", "simulated-mouse-VISp-rsa")
    (kept,) = failures_frame().to_dict("records")
    assert (kept["model"], kept["benchmark"]) == ("pixels", "simulated-mouse-VISp-rsa")
    assert kept["error"] == "ZeroDivisionError" and "division" in kept["message"]
    (row,) = json.loads(CliRunner().invoke(app, ["results", "failures", "--json"]).stdout)
    assert row["error"] == "ZeroDivisionError"
    monkeypatch.undo()
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(home))
    score_model("pixels", "simulated-mouse-VISp-rsa")
    assert failures_frame().empty
    store_failure("pixels", "simulated-mouse-VISp-rsa", {"error": "E", "message": "m", "created": "2026"})
    assert score_model("pixels", "simulated-mouse-VISp-rsa").attrs["from_cache"]
    assert failures_frame().empty


@pytest.mark.parametrize(
    "model, benchmark, options, error",
    [
        ("pixls", "simulated-mouse-VISp-rsa", {}, UnknownIdentifierError),
        ("pixels", "simulated-mouse-VISq-rsa", {}, UnknownIdentifierError),
        ("pixels", "simulated-mouse-VISp-rsa", {"layer": "no-such"}, LayerNotFoundError),
    ],
)
def test_what_was_mistyped_is_not_kept_as_a_failure(model, benchmark, options, error):
    with pytest.raises(error):
        score_model(model, benchmark, **options)
    assert failures_frame().empty


def test_recordings_that_are_not_there_are_a_failure_of_the_model_on_them():
    with pytest.raises(DatasetNotFoundError):
        score_model("pixels", "allen-mouse-VISp-rsa")
    assert failures_frame()[["model", "benchmark", "error"]].values.tolist() == [
        ["pixels", "allen-mouse-VISp-rsa", "DatasetNotFoundError"]
    ]
