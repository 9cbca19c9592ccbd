"""The training mode: no leakage, resumption to the identical result, baselines, tables."""

import dataclasses
import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import DataError, InvalidParameterError, UnknownIdentifierError
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_arrays
from brainscore_mouse.domain_generalization.training import runs as runs_module
from brainscore_mouse.domain_generalization.training.augmentation import random_convolution, style_jitter
from brainscore_mouse.domain_generalization.training.method_tables import markdown, pair_table, summary_table
from brainscore_mouse.domain_generalization.training.methods import METHODS, prepared
from brainscore_mouse.domain_generalization.training.networks import ARCHITECTURES, untrained_network
from brainscore_mouse.domain_generalization.training.planned_runs import MethodComparison, planned_runs
from brainscore_mouse.domain_generalization.training.runs import Run, run_training, run_trainings
from brainscore_mouse.domain_generalization.training.training import (
    Budget,
    LabelledImages,
    TrainingOptions,
    class_probabilities,
    train,
)
from brainscore_mouse.models.neurn.normalization import neural_response_normalization
from brainscore_mouse.models.neurn.relatives import (
    InstanceNormalization,
    LocalContrastNormalization,
    LocalResponseNormalization,
)
from scipy import ndimage, stats
from torch import nn
from typer.testing import CliRunner

BUDGET = Budget(epochs=3, batch_size=16)


def images_of(n, seed, inverted=False):
    """Bright halves: left or right."""
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    values = generator.normal(60, 30, size=(n, 32, 32, 3))
    for image, label in zip(values, labels, strict=True):
        image[:, 16 * label : 16 * label + 16] += 120
    values = 255 - values if inverted else values
    return np.clip(np.rint(values), 0, 255).astype(np.uint8), [f"side{label}" for label in labels]


@pytest.fixture
def domains(monkeypatch, tmp_path):
    """Two domains in place of any others; what is prepared of them is kept by the folder they are said to be in."""
    made = {
        "a": stimuli_of_arrays("toy-a", *images_of(150, 0)),
        "b": stimuli_of_arrays("toy-b", *images_of(60, 1, inverted=True)),
    }
    monkeypatch.setattr(runs_module, "load_domain", lambda domain_set, name: made[name])
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    return made


def toy_run(**changes):
    settings = {"domain_set": "toy", "source": "a", "targets": ("b",), "architecture": "mlp", "method": "plain"}
    settings |= {"seed": 0, "n_fitting": 64, "n_validation": 20, "n_test": 50, "budget": BUDGET}
    return Run(**(settings | changes))


def labelled(n, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 2
    images = torch.rand(n, 3, 32, 32, generator=generator) * 0.5 + 0.3 * labels[:, None, None, None]
    return LabelledImages(images, labels)


class Dropout(nn.Module):
    """A network that draws random numbers of its own."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(3072, 2))

    def forward(self, images):
        return self.inner(images)


@pytest.mark.parametrize("architecture", ["cnn", "resnet", "dropout"])
@pytest.mark.parametrize("augmentation", [None, random_convolution])
def test_interrupted_training_ends_with_equal_weights(architecture, augmentation, tmp_path):
    """Interrupted twice, at steps drawn at random."""

    def network():
        if architecture != "dropout":
            return untrained_network(architecture, 2, seed=0)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return Dropout()

    fitting, validation = labelled(48, 0), labelled(20, 1)
    arguments = (fitting, validation, TrainingOptions(BUDGET, 5, augmentation))
    whole = train(network(), *arguments, tmp_path / "whole.pt")

    steps = np.random.default_rng().integers(1, 3 * 3 + 1, size=2)  # of nine
    for step in sorted(steps):
        n_steps = iter(range(1, 100))

        def interrupt(n_steps=n_steps, step=step):
            if next(n_steps) == step:
                raise KeyboardInterrupt

        torch.manual_seed(int(np.random.default_rng().integers(1000)))  # the state around it does not matter
        try:
            train(network(), *arguments, tmp_path / "cut.pt", interrupt)
        except KeyboardInterrupt:
            pass
    resumed = train(network(), *arguments, tmp_path / "cut.pt")
    assert resumed.validation_accuracies == whole.validation_accuracies and resumed.epoch == whole.epoch
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), (name, steps)


def test_damaged_checkpoint_is_said(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(DataError, match=r"x\.pt"):
        train(
            untrained_network("mlp", 2, 0),
            labelled(16, 0),
            labelled(8, 1),
            TrainingOptions(BUDGET, 0),
            tmp_path / "x.pt",
        )


def test_the_epoch_is_the_best_on_validation(tmp_path):
    trained = train(
        untrained_network("mlp", 2, 0), labelled(64, 0), labelled(40, 1), TrainingOptions(BUDGET, 0), tmp_path / "x.pt"
    )
    assert trained.epoch == 1 + int(np.argmax(trained.validation_accuracies))
    predicted = class_probabilities(trained.network, labelled(40, 1).images).argmax(axis=1)
    assert (predicted == labelled(40, 1).labels.numpy()).mean() == max(trained.validation_accuracies)


def test_targets_influence_neither_training_nor_selection(domains, monkeypatch, tmp_path):
    """Other target images and labels: bit for bit the same weights and the same choice."""
    states = []
    original = runs_module.train

    def spy(*arguments, **options):
        trained = original(*arguments, **options)
        states.append({name: tensor.clone() for name, tensor in trained.network.state_dict().items()})
        return trained

    monkeypatch.setattr(runs_module, "train", spy)
    first = run_training(toy_run())
    images, labels = images_of(60, 9)
    domains["b"] = stimuli_of_arrays("toy-b", images, labels)
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path / "other"))
    second = run_training(toy_run())
    assert first["domains"]["b"]["accuracy"] != second["domains"]["b"]["accuracy"]
    assert first["validation_accuracies"] == second["validation_accuracies"] and first["epoch"] == second["epoch"]
    assert first["domains"]["a"] == second["domains"]["a"]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_fitting_validation_and_test_images_are_disjoint(domains):
    split = runs_module.load_test_split("toy", "a", 50)
    drawn = []
    for seed in (0, 1):
        fitting, validation = split.draw(64, 20, seed)
        assert (len(fitting), len(validation)) == (64, 20)
        assert len({*fitting, *validation, *split.test_rows}) == 64 + 20 + 50
        drawn.append(set(fitting))
    assert drawn[0] != drawn[1]
    with pytest.raises(DataError, match=r"\b100\b.*\b50\b.*\b90\b.*\b20\b"):
        split.draw(90, 20, 0)


def test_runs_are_stored_and_found_by_their_data(domains, home):
    first = run_training(toy_run())
    (path,) = (home / "trainings").glob("*.json")
    assert json.loads(path.read_text()) == json.loads(json.dumps(first))
    assert not list((home / "trainings" / "checkpoints").iterdir())
    assert run_training(toy_run())["created"] == first["created"]
    run_training(toy_run(seed=1))
    assert len(list((home / "trainings").glob("*.json"))) == 2
    result = first["domains"]["a"]
    assert result["accuracy"] == result["correct"].count("1") / 50 > 0.9
    assert np.sum(result["confusion"]) == 50


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": "0"}, 'seed is "0"'),
        ({"budget": {"epochs": 1, "batch_size": 2}}, "budget lacks 'learning_rate'"),
        (
            {"domains": {"a": {"accuracy": "high", "ece": 0.1, "confusion": [[1]], "correct": "1"}}},
            'accuracy\'] is "high"',
        ),
    ],
)
def test_a_damaged_training_is_named_with_key_and_value(domains, home, monkeypatch, change, named):
    toy = dataclasses.asdict(toy_run()) | {"domains": {}}
    monkeypatch.setattr(runs_module, "_outcome_of_training", lambda *_: dict(toy))
    run_training(toy_run())
    (path,) = (home / "trainings").glob("*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DataError) as refused:
        run_training(toy_run())
    assert str(path) in str(refused.value) and named in str(refused.value) and "Remove it" in str(refused.value)


@pytest.mark.slow
def test_processes_give_the_same_as_one_process():
    planned = [
        Run("minidigits", "handwritten", ("inverted",), "mlp", "plain", seed, 100, 50, 100, BUDGET) for seed in (0, 1)
    ]
    together = run_trainings(planned, n_processes=2)
    for outcome, run in zip(together, planned, strict=True):
        assert outcome["seed"] == run.seed
    runs_folder = runs_module.home() / "trainings"
    for path in runs_folder.glob("*.json"):
        path.unlink()
    alone = run_trainings(planned)
    assert [outcome["domains"] for outcome in alone] == [outcome["domains"] for outcome in together]


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
def test_networks_learn_and_follow_their_seed(architecture, tmp_path):
    first, again, other = (untrained_network(architecture, 2, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)
    budget = dataclasses.replace(BUDGET, epochs=6)
    network = untrained_network(architecture, 2, 0)
    trained = train(network, labelled(96, 0), labelled(40, 1), TrainingOptions(budget, 0), tmp_path / "x.pt")
    assert max(trained.validation_accuracies) > 0.9


def test_input_normalizations():
    images = torch.rand(2, 3, 20, 24, generator=torch.Generator().manual_seed(0))
    assert torch.equal(prepared(images, "plain"), images)
    assert torch.equal(prepared(images, "neurn"), neural_response_normalization(images))
    normalized = InstanceNormalization()(images)
    np.testing.assert_allclose(normalized.mean(dim=(2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(normalized.var(dim=(2, 3), correction=0), 1, atol=1e-3)
    # Contrast and brightness do not matter to these two; an inversion only changes the sign.
    for module in (InstanceNormalization(), LocalContrastNormalization()):
        np.testing.assert_allclose(module(0.3 * images + 0.2), module(images), atol=2e-3)
        np.testing.assert_allclose(module(1 - images), -module(images), atol=2e-3)
    power = ndimage.uniform_filter(images[0].square().mean(dim=0).numpy(), 5, mode="mirror")
    expected = images[0].numpy() / np.sqrt(0.1 + power)
    np.testing.assert_allclose(LocalResponseNormalization()(images)[0], expected, rtol=1e-5)


def test_local_contrast_normalization_against_scipy():
    image = torch.rand(1, 1, 30, 30, generator=torch.Generator().manual_seed(0)).expand(1, 3, 30, 30)
    blur = partial(ndimage.gaussian_filter, sigma=2, mode="mirror", truncate=2)
    plane = image[0, 0].numpy().astype(float)
    centred = plane - blur(plane)
    deviation = np.sqrt(blur(centred**2))
    expected = centred / np.maximum(deviation, deviation.mean())
    np.testing.assert_allclose(LocalContrastNormalization()(image)[0, 1], expected, atol=1e-5)


@pytest.mark.parametrize("augmentation", [random_convolution, style_jitter])
def test_augmentations_follow_their_generator(augmentation):
    images = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    first, again, other = (augmentation(images, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.shape == images.shape and torch.isfinite(first).all()
    changed = [
        not torch.equal(augmentation(images, torch.Generator().manual_seed(seed)), images) for seed in range(200)
    ]
    expected = 0.5 if augmentation is random_convolution else 1
    assert np.mean(changed) == pytest.approx(expected, abs=0.11)


def outcome(architecture, method, seed, unseen, source="a"):
    result = {"accuracy": unseen, "ece": 0.1}
    return {
        **{"architecture": architecture, "method": method, "seed": seed, "source": source, "domain_set": "toy"},
        **{"n_fitting": 1, "n_validation": 1, "n_test": 1, "budget": dataclasses.asdict(BUDGET)},
        "domains": {source: {"accuracy": 0.9, "ece": 0.0}, "b" if source == "a" else "a": result},
    }


def test_tables_have_intervals_and_say_what_is_worse():
    plain, neurn = [0.5, 0.52, 0.48, 0.51, 0.49], [0.41, 0.43, 0.40, 0.42, 0.39]
    outcomes = [outcome("mlp", "plain", seed, value) for seed, value in enumerate(plain)]
    outcomes += [outcome("mlp", "neurn", seed, value) for seed, value in enumerate(neurn)]
    pairs = pair_table(outcomes).set_index(["method", "target"])
    row = pairs.loc["neurn", "b"]
    low, high = stats.ttest_rel(neurn, plain).confidence_interval()
    assert row["gain"] - row["gain_half_interval"] == pytest.approx(low)
    assert row["gain"] + row["gain_half_interval"] == pytest.approx(high)
    low, high = stats.ttest_1samp(neurn, 0).confidence_interval()
    assert row["accuracy"] - row["half_interval"] == pytest.approx(low)
    summary = summary_table(outcomes).set_index("method")
    assert (summary.loc["neurn", "n_better"], summary.loc["neurn", "n_worse"]) == (0, 1)
    assert summary.loc["neurn", "target_accuracy"] == pytest.approx(np.mean(neurn))
    assert "| mlp | neurn | 90.0 | 41.0 ± 2.0 | -9.0 ±" in markdown(outcomes)
    assert isinstance(pairs, pd.DataFrame)


def test_plan_is_checked_before_anything_is_trained():
    planned = planned_runs(
        MethodComparison("minidigits", domains=["handwritten", "noisy"], sources=["handwritten"], methods=["neurn"])
    )
    assert len(planned) == 3 * 2 * 5 and {run.method for run in planned} == {"plain", "neurn"}
    assert all(run.targets == ("noisy",) for run in planned)
    with pytest.raises(UnknownIdentifierError, match="instance-norm"):
        planned_runs(MethodComparison("minidigits", methods=["instancenorm"]))
    with pytest.raises(UnknownIdentifierError, match="MNIST"):
        planned_runs(MethodComparison("digits", sources=["mnist"]))
    with pytest.raises(InvalidParameterError, match=r"\b1 seeds?\b"):
        planned_runs(MethodComparison("minidigits", n_seeds=1))
    assert set(METHODS) == {
        "plain", "neurn", "neurn-gain", "instance-norm", "lrn", "lcn", "divnorm", "randconv", "style-jitter"
    }  # fmt: skip


def test_digits_of_minidigits_targets_are_no_source():
    """They are the same digits in all targets, so that a network trained on one would know the others."""
    assert {run.source for run in planned_runs(MethodComparison("minidigits"))} == {"handwritten"}
    with pytest.raises(InvalidParameterError, match="handwritten"):
        planned_runs(MethodComparison("minidigits", sources=["noisy"]))
    assert {run.n_fitting for run in planned_runs(MethodComparison("minidigits"))} == {700}
    assert {run.source for run in planned_runs(MethodComparison("digits"))} == {
        "MNIST",
        "USPS",
        "SVHN",
        "MNIST-M",
        "SYN",
    }


def test_command_writes_tables(domains, monkeypatch, tmp_path):
    monkeypatch.setattr(
        "brainscore_mouse.domain_generalization.training.planned_runs.domains_of", lambda domain_set: ("a", "b")
    )
    monkeypatch.setattr(
        "brainscore_mouse.domain_generalization.training.planned_runs.sources_of", lambda domain_set: ("a", "b")
    )
    arguments = ["dg-train", str(tmp_path / "table"), "--domain-set", "toy", "--source", "a", "--architecture", "mlp"]
    arguments += ["--method", "neurn", "--seeds", "2", "--images", "32", "16", "40"]
    done = CliRunner().invoke(app, [*arguments, "--epochs", "1"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "table.md").read_text() in done.output
    content = json.loads((tmp_path / "table.json").read_text())
    assert len(content["pairs"]) == 4 and content["settings"]["n_fitting"] == 32
