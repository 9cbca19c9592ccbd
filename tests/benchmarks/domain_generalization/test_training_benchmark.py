"""The training mode: what is learnt, what it may depend on, what is left alone, and going on after an interruption."""

import copy
import functools
import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from brainscore_mouse import load_benchmark, score_model
from brainscore_mouse.activations.extraction import Extraction
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.activations.network_input import WithInputStage
from brainscore_mouse.benchmarks.domain_generalization import domain_benchmark
from brainscore_mouse.benchmarks.domain_generalization.domain_benchmark import Fold
from brainscore_mouse.benchmarks.domain_generalization.training_benchmark import TrainingBenchmark
from brainscore_mouse.core.errors import InvalidParameterError, ModelError
from brainscore_mouse.core.image_loading import load_image_batch
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_arrays
from brainscore_mouse.domain_generalization.training import fine_tuning
from brainscore_mouse.domain_generalization.training.fine_tuning import FineTuning, NetworkWithHead
from brainscore_mouse.domain_generalization.training.training import Budget, class_probabilities
from brainscore_mouse.models.neurn.with_neurn import with_neurn
from brainscore_mouse.plugins.discovery import list_benchmarks
from brainscore_mouse.plugins.identifiers import benchmark_parts
from scipy import stats
from torch import nn
from torch.nn import functional
from toy_domains import N_CLASSES, blobs, toy_domains
from tqdm import tqdm

BUDGET = Budget(epochs=4, batch_size=16, learning_rate=3e-3)


def two_convolutions(seed=0):
    layers = [
        *(nn.Conv2d(3, 6, 3, stride=2), nn.BatchNorm2d(6), nn.ReLU(inplace=True)),
        *(nn.Conv2d(6, 8, 3, stride=2), nn.ReLU(), nn.Dropout(0.1), nn.Flatten()),
    ]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for layer in layers:
            if isinstance(layer, nn.Conv2d):
                layer.reset_parameters()
    return nn.Sequential(*layers)


def small_model(identifier="small", **options):
    return ImageModel(identifier, two_convolutions(), ["3", "6"], image_size=16, **options)


@pytest.fixture
def domains(monkeypatch):
    """The domains of `toy_domains`, loaded in place of any others."""
    made = toy_domains()
    monkeypatch.setattr(domain_benchmark, "load_domain", lambda domain_set, name: made[name])
    return made


def benchmark(*targets, n_seeds=1, **options):
    return TrainingBenchmark(
        "dg-toy-training", "toy", [Fold(("source",), targets)], **({"n_seeds": n_seeds, "budget": BUDGET} | options)
    )


@dataclass
class Training:
    """One training that a benchmark asked for: on which images, and the weights it ended with."""

    fitting: torch.Tensor
    validation: torch.Tensor
    weights: dict


@pytest.fixture
def trainings(monkeypatch):
    """All trainings during the test."""
    done = []
    train = fine_tuning.train

    def noted(network, fitting, validation, *arguments, **options):
        trained = train(network, fitting, validation, *arguments, **options)
        weights = {name: tensor.numpy().copy() for name, tensor in trained.network.state_dict().items()}
        done.append(Training(fitting.images, validation.images, weights))
        return trained

    monkeypatch.setattr(fine_tuning, "train", noted)
    return done


def as_set(images):
    return {image.numpy().tobytes() for image in images}


@pytest.mark.slow
def test_source_is_learnt_and_model_left_as_it_is(domains):
    model = small_model()
    model.network[1].eval()  # parts of a network may be in another mode than the rest
    model.network[0].weight.requires_grad_(False)
    before = copy.deepcopy(model.network.state_dict())
    modes = [module.training for module in model.network.modules()]
    score = score_model(model, benchmark("same", "inverted", n_seeds=2))
    assert score.attrs["source_accuracy"] > 0.9 and score.attrs["domains"]["source"]["same"]["accuracy"] > 0.9
    assert score.attrs["domains"]["source"]["inverted"]["accuracy"] < 0.6
    assert float(score) == pytest.approx((score.attrs["raw"] - 0.25) / 0.75)
    assert score.attrs["layer"] == "6" and score.attrs["metric_settings"]["epochs"] == 4
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.network.state_dict().items())
    assert [module.training for module in model.network.modules()] == modes
    assert not model.network[0].weight.requires_grad
    assert all(parameter.grad is None for parameter in model.network.parameters())


def test_all_weights_are_trained_and_statistics_of_batches_learnt(domains, tmp_path):
    """Also those that the given model keeps frozen; in testing, an image's result does not depend on its batch."""
    model = small_model()
    model.network.requires_grad_(False)
    classes = benchmark("same").classes
    network = FineTuning(model, BUDGET).trained(domains["source"], classes, 0, tmp_path / "x.pt").network
    trained, given = network.network.state_dict(), model.network.state_dict()
    assert all(not torch.equal(trained[name], given[name]) for name in given)
    paths = [domains["same"].get_stimulus(key) for key in domains["same"]["stimulus_id"][:12]]
    images = (load_image_batch(paths, 16) * 255).round().to(torch.uint8)
    alone = class_probabilities(network, images, 1)
    np.testing.assert_allclose(class_probabilities(network, images, 12), alone, atol=1e-6)


def test_permuted_labels_are_not_predicted(domains):
    generator = np.random.default_rng(0)
    for stimuli in domains.values():
        stimuli["image_label"] = generator.permutation(stimuli["image_label"].to_numpy())
    score = benchmark("same")(small_model())
    n_right = round(score.attrs["raw"] * 200)
    assert 0.001 < stats.binom.cdf(n_right, 200, 1 / N_CLASSES) < 0.999
    assert abs(score.attrs["source_accuracy"] - 0.25) < 0.3  # of 40 stimuli


def test_targets_influence_no_weight(domains, trainings, monkeypatch, tmp_path):
    """Other images, labels and numbers of them; the score changes."""
    model = small_model()
    score = benchmark("inverted")(model)
    images, labels = blobs(90, 77)
    domains["inverted"] = stimuli_of_arrays("toy-inverted", images[::-1], labels)
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / "other"))  # where no training is stored
    other = benchmark("inverted")(model)
    before, after = (training.weights for training in trainings)
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        np.testing.assert_array_equal(after[name], tensor)
    assert other.attrs["domains"]["source"]["source"] == score.attrs["domains"]["source"]["source"]
    assert other.attrs["domains"]["source"]["inverted"] != score.attrs["domains"]["source"]["inverted"]


def test_held_out_source_images_influence_no_weight(domains, trainings, monkeypatch):
    """The source accuracy is of images that neither trained the network nor chose its epoch."""
    tested = []
    probabilities = fine_tuning.class_probabilities

    def noted(network, images, *arguments, **options):
        tested.append(images)
        return probabilities(network, images, *arguments, **options)

    monkeypatch.setattr(fine_tuning, "class_probabilities", noted)
    benchmark("same")(small_model())
    (training,) = trainings
    assert (len(training.fitting), len(training.validation)) == (128, 32)
    held_out = torch.cat(tested)[:40]  # the source is tested first
    assert len(as_set(training.fitting) | as_set(training.validation) | as_set(held_out)) == 200


@pytest.mark.parametrize(("n_stimuli", "n_fitting"), [(123, 78), (51, 32), (126, 80), (151, 96)])
def test_no_batch_is_of_a_single_image(domains, trainings, n_stimuli, n_fitting):
    """In batches of 16; without care the last three would fit 33, 81 and 97 images."""
    domains["source"] = stimuli_of_arrays("toy-source", *blobs(n_stimuli, 0))
    benchmark("same", budget=Budget(epochs=1, batch_size=16))(small_model())
    assert len(trainings[0].fitting) == n_fitting


@pytest.mark.parametrize("n_steps", [3, 8, 19, 31])
@pytest.mark.slow
def test_interrupted_training_goes_on_to_the_same_score(domains, monkeypatch, tmp_path, n_steps):
    """Eight steps per epoch: within the first, between two, later, and in the last."""
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / "whole"))
    whole = score_model(small_model(), benchmark("inverted", n_seeds=2))
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / "cut"))
    done = []

    class Interrupting(tqdm):
        def update(self, n=1):
            done.append(n)
            if len(done) == n_steps:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fine_tuning, "progress", Interrupting)
        with pytest.raises(KeyboardInterrupt):
            score_model(small_model(), benchmark("inverted", n_seeds=2))
        assert (tmp_path / "cut/trainings/checkpoints").is_dir() == (n_steps > 8)
        resumed = score_model(small_model(), benchmark("inverted", n_seeds=2))
    assert len(done) == n_steps + 64 - 8 * ((n_steps - 1) // 8)  # whole epochs are not done again
    assert not resumed.attrs["from_cache"] and float(resumed) == float(whole)
    assert resumed.attrs["domains"] == whole.attrs["domains"]
    assert not list((tmp_path / "cut").rglob("*.pt"))


@pytest.mark.slow
def test_same_seed_gives_the_same_score_and_another_seed_another(domains, monkeypatch, tmp_path):
    scores = []
    for number, seed in enumerate((0, 0, 1)):
        monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / str(number)))
        torch.manual_seed(number)  # without influence
        scores.append(score_model(small_model(), benchmark("inverted", seed=seed)).attrs["domains"])
    assert scores[0] == scores[1] != scores[2]


def test_settings_are_part_of_what_a_score_depends_on(domains):
    contents = {
        json.dumps(other.content(), sort_keys=True)
        for other in (
            benchmark("same"),
            benchmark("same"),
            benchmark("same", n_seeds=2),
            benchmark("same", budget=Budget(epochs=5, batch_size=16, learning_rate=3e-3)),
            benchmark("same", budget=Budget(epochs=4, batch_size=8, learning_rate=3e-3)),
            benchmark("same", budget=Budget(epochs=4, batch_size=16)),
        )
    }
    assert len(contents) == 5
    assert benchmark("same", budget=None).content()["metric_settings"] == {
        **{"n_seeds": 1, "held_out_share": 0.2, "validation_share": 0.2, "maximal_n_fitting": 2500},
        **{"optimizer": "Adam", "epochs": 8, "batch_size": 32, "learning_rate": 1e-3, "n_calibration_bins": 15},
    }


def test_neurn_stays_in_front(domains):
    """Behind a stage that keeps nothing of an image, nothing is learnt; NeuRN is no such stage."""
    model = small_model()

    class Nothing(nn.Module):
        def forward(self, images):
            return torch.zeros_like(images)

    blind = ImageModel("blind", WithInputStage(Nothing(), model.network), ["6"], 16)
    assert benchmark("same")(blind).attrs["raw"] == pytest.approx(0.25, abs=0.02)
    behind = with_neurn(model)
    head = NetworkWithHead(behind, "6", N_CLASSES, seed=0).eval()
    images = torch.from_numpy(blobs(4, 0)[0]).permute(0, 3, 1, 2)
    expected = behind.network.eval()(images / 255) @ head.classifier.weight.T + head.classifier.bias
    torch.testing.assert_close(head(images), expected)


def test_maps_are_averaged_over_positions_before_the_head():
    """And are not changed by an in-place operation that follows."""
    model = small_model()
    head = NetworkWithHead(model, "1", N_CLASSES, seed=0).eval()
    assert head.classifier.in_features == 6
    images = torch.from_numpy(blobs(4, 0)[0]).permute(0, 3, 1, 2)
    maps = model.network.eval()[:2](images / 255)
    expected = maps.mean(dim=(2, 3)) @ head.classifier.weight.T + head.classifier.bias
    torch.testing.assert_close(head(images), expected)
    again = NetworkWithHead(model, "1", N_CLASSES, seed=0)
    assert torch.equal(again.classifier.weight, head.classifier.weight)
    assert not torch.equal(NetworkWithHead(model, "1", N_CLASSES, seed=1).classifier.weight, head.classifier.weight)


def test_what_cannot_be_trained_is_said(domains):
    class Foreign:
        identifier = "foreign"

        def start_task(self, task, fitting_stimuli=None):
            pass

        def look_at(self, stimuli, number_of_trials=1):
            pass

    with pytest.raises(ModelError, match=r"foreign.*ImageModel.*dg-toy-readout"):
        score_model(Foreign(), benchmark("same"))
    with pytest.raises(InvalidParameterError, match="bfloat16"):
        score_model(small_model(), benchmark("same"), extraction=Extraction(precision="bfloat16"))
    with pytest.raises(ModelError, match=r"1e\+30"):
        benchmark("same", budget=Budget(epochs=1, batch_size=16, learning_rate=1e30))(small_model())


def test_embedded_benchmark_is_registered_with_its_kin():
    readouts = {name.removesuffix("-readout") for name in list_benchmarks() if name.endswith("-readout")}
    readouts = {name for name in readouts if "-corrupted" not in name}
    trainings = {name.removesuffix("-training") for name in list_benchmarks() if name.endswith("-training")}
    assert readouts == trainings and "dg-minidigits" in trainings
    for name in ("dg-minidigits-training", "dg-digits-MNIST-M-training", "dg-office-home-Real-World-training"):
        assert load_benchmark(name).identifier == name
        assert benchmark_parts(name).is_robustness and benchmark_parts(name).metric == "training"
    embedded = load_benchmark("dg-minidigits-training")
    assert embedded.protocol.n_seeds == 5 and embedded.folds == load_benchmark("dg-minidigits-readout").folds


def forward_of_the_instance(network):
    network.forward = lambda images: functools.reduce(lambda x, module: module(x), network, images)


def forward_of_a_layer(network):
    first = network[0]
    first.forward = lambda images: functional.conv2d(images, first.weight, first.bias, stride=2)


def weights_through_a_view(network):
    first = network[0]
    first.forward = lambda images: functional.conv2d(images, first.weight.flip(0), stride=2)


def hook(network):
    network[1].register_forward_hook(lambda module, given, output: output * network[0].bias.mean())


def copied_as_itself(network):
    type(network[0]).__deepcopy__ = lambda module, memo: module


@pytest.mark.parametrize(
    "change", [forward_of_the_instance, forward_of_a_layer, weights_through_a_view, hook, copied_as_itself]
)
def test_a_network_whose_copy_would_use_the_original_is_refused(change, domains, monkeypatch):
    """Its copy would be trained in vain, or the original with it."""
    model = small_model()
    monkeypatch.setattr(nn.Conv2d, "__deepcopy__", None, raising=False)
    monkeypatch.delattr(nn.Conv2d, "__deepcopy__")
    change(model.network)
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    with pytest.raises(ModelError, match=r"small cannot be copied.*self"):
        score_model(model, benchmark("same"))
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.network.state_dict().items())
    assert all(parameter.grad is None for parameter in model.network.parameters())


def test_a_network_that_closes_over_other_things_is_trained(domains):
    model, gain = small_model(), torch.tensor(1.5)
    first = model.network[0]
    first.forward = type(first).forward.__get__(first)  # a bound method is copied
    model.network[1].register_forward_hook(lambda module, given, output: output * gain)
    assert np.isfinite(float(score_model(model, benchmark("same"))))
