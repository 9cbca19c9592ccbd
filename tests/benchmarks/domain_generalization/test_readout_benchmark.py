"""The readout mode: oracles, no leakage, the stored score, and Brain-Score's interface."""

import json

import numpy as np
import pytest
import torch
from brainscore_core.supported_data_standards.brainio.assemblies import BehavioralAssembly
from brainscore_mouse import load_benchmark, score_model, score_table
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.activations.readouts.logistic_readout import SD_FLOOR
from brainscore_mouse.benchmarks.domain_generalization import domain_benchmark
from brainscore_mouse.benchmarks.domain_generalization.domain_benchmark import Fold
from brainscore_mouse.benchmarks.domain_generalization.readout_benchmark import ReadoutBenchmark
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import DataError, DatasetNotFoundError, ModelError
from brainscore_mouse.domain_generalization.domains.domain_sets import load_domain
from brainscore_mouse.domain_generalization.domains.stimuli import part_of, stimuli_of_arrays
from sklearn.linear_model import LogisticRegression
from torch import nn
from toy_domains import N_CLASSES, blobs, toy_domains
from typer.testing import CliRunner


def small_model(identifier="small", seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.AvgPool2d(3), nn.Flatten())
    return ImageModel(identifier, network, ["0", "3"], image_size=16)


@pytest.fixture
def domains(monkeypatch):
    """The domains of `toy_domains`, loaded in place of any others."""
    made = toy_domains()
    monkeypatch.setattr(domain_benchmark, "load_domain", lambda domain_set, name: made[name])
    return made


def benchmark(*targets, **options):
    return ReadoutBenchmark("toy", "toy", [Fold(("source",), targets)], **options)


class ForeignModel:
    """A Brain-Score BrainModel that knows nothing of this package's classes, and notes what it is asked."""

    identifier = "foreign"

    def __init__(self):
        self._inner = small_model()
        self.tasks, self.fitted, self.shown = [], [], []

    def start_task(self, task, fitting_stimuli=None):
        self.tasks.append(task)
        self._inner.start_task(task, fitting_stimuli=fitting_stimuli)
        if fitting_stimuli is not None:
            self.fitted.append(fitting_stimuli)

    def look_at(self, stimuli, number_of_trials=1):
        probabilities = self._inner.look_at(stimuli)
        self.shown.append((stimuli, probabilities))
        return probabilities[::-1, ::-1]  # neither stimuli nor choices in our order


def test_identical_domain_has_no_gap(domains):
    """The very same images as target: those not fitted are the held-out ones, so the gap is exactly 0."""
    domains["same"] = domains["source"]
    score = benchmark("same")(small_model())
    assert score.attrs["gap"] == 0
    assert score.attrs["source_accuracy"] > 0.8


def test_same_kind_of_domain_has_no_gap_within_error(domains):
    score = benchmark("same")(small_model())
    assert abs(score.attrs["gap"]) < 2 * score.attrs["gap_error"]
    assert float(score) > 0.7 and score.attrs["source_accuracy"] > 0.8
    inverted = benchmark("inverted")(small_model())
    assert inverted.attrs["gap"] > 5 * inverted.attrs["gap_error"]


@pytest.mark.slow
def test_permuted_labels_score_zero(domains):
    """The classes are clusters, each of which gets some label: only the mean over permutations is chance."""
    scores = []
    for seed in range(16):
        permuted = np.random.default_rng(seed).permutation(domains["source"]["image_label"].to_numpy())
        domains["source"]["image_label"] = permuted
        scores.append(float(benchmark("same", n_seeds=1)(small_model())))
    assert abs(np.mean(scores)) < 3 * np.std(scores, ddof=1) / np.sqrt(len(scores))
    assert np.std(scores) < 0.2


def test_score_equals_the_readout_by_hand(domains):
    """One seed, done again with scikit-learn on the model's features."""
    model, foreign = small_model(), ForeignModel()
    one_seed = benchmark("same", n_seeds=1)
    score = one_seed(model)
    one_seed(foreign)
    (fitting,) = foreign.fitted
    fitted, tested = (model.features(stimuli, ["3"])["3"].astype(np.float64) for stimuli in (fitting, domains["same"]))
    deviations = fitted.std(axis=0)
    scale = np.maximum(deviations, SD_FLOOR * np.quantile(deviations[deviations > 0], 0.9))
    fitted, tested = ((features - fitted.mean(axis=0)) / scale for features in (fitted, tested))
    regression = LogisticRegression(C=1e-3, tol=1e-10, max_iter=10000).fit(fitted, fitting["image_label"])
    probabilities = regression.predict_proba(tested)
    hits = regression.classes_[probabilities.argmax(axis=1)] == domains["same"]["image_label"].to_numpy()
    second, first = np.sort(probabilities, axis=1)[:, -2:].T
    undecided = (first - second < 1e-3).mean()  # either class, with float32 features
    assert undecided < 0.05 and 0.5 < hits.mean() < 1
    assert abs(score.attrs["raw"] - hits.mean()) <= undecided + 1e-9
    assert float(score) == pytest.approx((score.attrs["raw"] - 1 / N_CLASSES) / (1 - 1 / N_CLASSES))


@pytest.mark.slow
def test_error_over_stimuli_is_the_bootstraps(domains):
    foreign = ForeignModel()
    score = benchmark("same", "inverted")(foreign)
    generator = np.random.default_rng(0)
    draws = np.zeros(2000)
    for name in ("same", "inverted"):
        hits = [
            probabilities["choice"].values[probabilities.values.argmax(axis=1)] == stimuli["image_label"].to_numpy()
            for stimuli, probabilities in foreign.shown
            if set(stimuli["stimulus_id"]) == set(domains[name]["stimulus_id"])
        ]
        assert len(hits) == 5  # seeds
        shares = np.mean(hits, axis=0)
        draws += generator.choice(shares, size=(2000, len(shares))).mean(axis=1) / 2
    scale = 1 - 1 / N_CLASSES
    assert score.attrs["error_over_stimuli"] == pytest.approx(draws.std() / scale, rel=0.06)
    assert score.attrs["error"] == pytest.approx(
        np.hypot(score.attrs["error_over_stimuli"], score.attrs["error_over_seeds"])
    )


@pytest.mark.slow
def test_targets_influence_neither_weights_nor_source(domains):
    """Other target images, labels and numbers of them: the same readout, the same source accuracy."""
    models = ForeignModel(), ForeignModel()
    before = benchmark("inverted")(models[0])
    images, labels = blobs(90, 77)
    domains["inverted"] = stimuli_of_arrays("toy-inverted", images[::-1], labels)
    after = benchmark("inverted")(models[1])
    fitted = [[stimuli.identifier for stimuli in model.fitted] for model in models]
    assert fitted[0] == fitted[1]
    source = set(domains["source"]["stimulus_id"])
    held_out = [
        [(stimuli, shown) for stimuli, shown in model.shown if set(stimuli["stimulus_id"]) <= source]
        for model in models
    ]
    assert len(held_out[0]) == 5
    for (stimuli, probabilities), (others, other_probabilities) in zip(*held_out, strict=True):
        assert stimuli.identifier == others.identifier
        np.testing.assert_allclose(probabilities.values, other_probabilities.values, atol=1e-6)
    assert after.attrs["source_accuracy"] == before.attrs["source_accuracy"]
    assert float(after) != float(before)


def test_what_was_fitted_is_never_tested(domains):
    """The target has half of the source's images in it."""
    images = [blobs(200, 0), blobs(200, 5)]
    domains["same"] = stimuli_of_arrays(
        "toy-mixed", np.concatenate([images[0][0][:100], images[1][0]]), images[0][1][:100] + images[1][1]
    )
    foreign = ForeignModel()
    benchmark("same", n_seeds=2)(foreign)
    assert len(foreign.fitted) == 2 and len(foreign.shown) == 4
    for number, (stimuli, _) in enumerate(foreign.shown):
        assert not set(stimuli["stimulus_id"]) & set(foreign.fitted[number // 2]["stimulus_id"])
    assert len(foreign.shown[1][0]) < 300  # some of the target's images were fitted


@pytest.mark.slow
def test_brain_models_are_scored_by_their_own_interface(domains):
    foreign = ForeignModel()
    score = score_model(foreign, benchmark("same", "inverted"))
    assert foreign.tasks == ["probabilities"] * 5 + ["passive"]
    expected = benchmark("same", "inverted", sd_floor=0)(small_model())
    assert float(score) == pytest.approx(float(expected), abs=1e-6)
    assert score.attrs["domains"].keys() == expected.attrs["domains"].keys()
    assert not score.attrs["from_cache"]


def test_brain_scores_own_commitment_is_scored(domains, monkeypatch, tmp_path):
    import functools

    from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images
    from brainscore_vision.model_helpers.brain_transformation import ModelCommitment

    monkeypatch.setenv("RESULTCACHING_DISABLE", "1")
    preprocessing = functools.partial(load_preprocess_images, image_size=16)
    wrapper = PytorchWrapper(small_model().network, preprocessing, identifier="toy-commitment")
    commitment = ModelCommitment("toy-commitment", wrapper, layers=["3"], region_layer_map={})
    score = score_model(commitment, benchmark("inverted", n_seeds=2))
    assert not commitment.do_behavior  # back to passive viewing
    assert -0.4 < float(score) < 0.7 and score.attrs["source_accuracy"] > 0.7


@pytest.mark.slow
def test_layer_can_be_chosen_for_brain_scores_models(domains):
    import functools

    from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images
    from brainscore_vision.model_helpers.brain_transformation import ModelCommitment

    preprocessing = functools.partial(
        load_preprocess_images, image_size=16, normalize_mean=(0, 0, 0), normalize_std=(1, 1, 1)
    )
    wrapper = PytorchWrapper(small_model().network, preprocessing, identifier="toy-chosen")
    commitment = ModelCommitment("toy-chosen", wrapper, layers=["0", "3"], region_layer_map={})
    toy = benchmark("same", n_seeds=2)
    chosen = score_model(commitment, toy, layer="0")
    assert chosen.attrs["layer"] == "0"
    assert float(chosen) == pytest.approx(float(score_model(small_model(), toy, layer="0")), abs=1e-6)
    own = score_model(commitment, toy)
    assert own.attrs["layer"] == "the model's own readout"
    expected = score_model(small_model(), benchmark("same", n_seeds=2, sd_floor=0))
    assert float(own) == pytest.approx(float(expected), abs=0.02)  # their tolerance


def test_image_model_does_the_task_and_ends_it(domains):
    model = small_model()
    model.start_task("probabilities", fitting_stimuli=domains["source"])
    returned = model.look_at(part_of(domains["same"], np.arange(10)))
    assert isinstance(returned, BehavioralAssembly) and returned.dims == ("presentation", "choice")
    np.testing.assert_allclose(returned.values.sum(axis=1), 1, atol=1e-6)  # of float32 features
    assert returned["choice"].values.tolist() == [f"class{index}" for index in range(N_CLASSES)]
    model.start_task("passive")
    with pytest.raises(ModelError, match="start_recording"):
        model.look_at(domains["same"])
    with pytest.raises(ModelError, match="'label'"):
        model.start_task("label", ["cat"])


def test_readout_layer_can_be_chosen(domains):
    model = small_model()
    assert model.readout_layer == "3"
    score = score_model(model, benchmark("same"), layer="0")
    assert score.attrs["layer"] == "0" and model.readout_layer == "3"
    assert not score_model(model, benchmark("same")).attrs["from_cache"]


@pytest.mark.slow
def test_score_is_stored_and_complete(domains, home):
    first = score_model(small_model(), benchmark("same", "inverted"))
    second = score_model(small_model(), benchmark("same", "inverted"))
    assert second.attrs["from_cache"] and float(second) == float(first)
    attrs = first.attrs
    assert "ceiling" not in attrs  # there is none
    assert attrs["gap"] == pytest.approx(attrs["source_accuracy"] - attrs["raw"])
    of_domain = attrs["domains"]["source"]
    assert list(of_domain) == ["source", "same", "inverted"]
    assert attrs["raw"] == pytest.approx(np.mean([of_domain[name]["accuracy"] for name in ("same", "inverted")]))
    confusion = np.array(of_domain["inverted"]["confusion"])
    assert confusion.sum() == 5 * 200
    assert confusion.trace() / confusion.sum() == pytest.approx(of_domain["inverted"]["accuracy"])
    assert {"error", "error_over_seeds", "error_over_stimuli", "data_sha256", "versions", "created"} <= set(attrs)
    domains["inverted"] = stimuli_of_arrays("toy-inverted", *blobs(200, 3, "inverted"))
    assert not score_model(small_model(), benchmark("same", "inverted")).attrs["from_cache"]


def test_tables_take_benchmarks_without_a_ceiling(domains, monkeypatch):
    monkeypatch.setattr("brainscore_mouse.scoring.score_table.load_benchmark", lambda name: benchmark("same"))
    monkeypatch.setattr("brainscore_mouse.scoring.jobs.load_benchmark", lambda name: benchmark("same"))
    monkeypatch.setattr("brainscore_mouse.scoring.jobs.load_model", lambda name: small_model())
    table = score_table(["pixels"], ["dg-toy-readout"])
    assert table.loc[0, "ceiling"] is None and table.loc[0, "score"] > 0.5


def test_leave_one_domain_out(domains):
    folds = [Fold(("source", "same"), ("inverted",)), Fold(("source", "inverted"), ("same",))]
    score = ReadoutBenchmark("toy-lodo", "toy", folds, n_seeds=2)(small_model())
    results = score.attrs["domains"]
    expected = np.mean([results["source+same"]["inverted"]["accuracy"], results["source+inverted"]["same"]["accuracy"]])
    assert score.attrs["raw"] == pytest.approx(expected)
    assert results["source+same"]["inverted"]["accuracy"] < results["source+inverted"]["same"]["accuracy"]


def test_domains_must_have_the_same_classes(domains):
    images, _ = blobs(20, 0)
    domains["same"] = stimuli_of_arrays("toy-same", images, ["other"] * 10 + ["class0"] * 10)
    with pytest.raises(DataError, match=r"other.*class0|class0.*other"):
        score_model(small_model(), benchmark("same"))


def test_missing_domain_is_said_before_any_weights(monkeypatch, tmp_path):
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    monkeypatch.setattr("brainscore_mouse.scoring.score_model.load_named", lambda name: pytest.fail("weights"))
    with pytest.raises(DatasetNotFoundError, match=r"pacs.*art_painting|art_painting.*pacs"):
        score_model("resnet18", "dg-pacs-readout")


@pytest.mark.slow
def test_embedded_benchmark_needs_no_download_and_tells_domains_apart():
    """A small network on the registered benchmark."""
    pixels = ImageModel("tiny-pixels", nn.Sequential(nn.AvgPool2d(2), nn.Flatten()), ["1"], image_size=16)
    score = score_model(pixels, "dg-minidigits-readout")
    assert score.attrs["source_accuracy"] > 0.9
    of_domain = {name: result["accuracy"] for name, result in score.attrs["domains"]["handwritten"].items()}
    assert of_domain["blurred"] > 0.6 and of_domain["inverted"] < 0.3  # pixels do not survive inversion


def test_command_line_prints_a_robustness_score(monkeypatch, domains):
    monkeypatch.setattr(
        "brainscore_mouse.scoring.score_model.load_benchmark", lambda name: benchmark("same", "inverted")
    )
    monkeypatch.setattr("brainscore_mouse.scoring.score_model.load_named", lambda name: small_model())
    as_json = json.loads(CliRunner().invoke(app, ["score", "pixels", "dg-toy-readout", "--json"]).stdout)
    output = CliRunner().invoke(app, ["score", "pixels", "dg-toy-readout"]).stdout
    for number in ("score", "error", "raw", "source_accuracy"):
        assert f"{as_json[number]:.3f}" in output


@pytest.mark.slow
def test_load_benchmark_makes_the_protocols():
    assert load_benchmark("dg-pacs-readout").folds[0].targets == ("art_painting",)
    single = load_benchmark("dg-digits-MNIST-readout")
    assert single.folds[0].sources == ("MNIST",) and set(single.folds[0].targets) == {"USPS", "SVHN", "MNIST-M", "SYN"}
    for name in ("dg-office-home-Real-World-readout", "dg-minidigits-readout", "dg-imagenet-val-readout"):
        assert load_benchmark(name).identifier == name
    assert load_domain("minidigits", "rendered")["domain"].unique().tolist() == ["minidigits-rendered"]
