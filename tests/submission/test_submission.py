"""Submitted models get the score that they get when they are scored directly, and nothing runs without --trust."""

import importlib.util
import json
import os
import re
import shutil

import numpy as np
import pytest
from brainscore_mouse import load_benchmark, score_model
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from brainscore_mouse.command_line import app
from brainscore_mouse.command_line.patterns import matching
from brainscore_mouse.core.errors import BrainscoreMouseError, SubmissionError, UnknownIdentifierError
from brainscore_mouse.data_packaging.array_folder import package_array_folder
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.rsa.metric import RSA
from brainscore_mouse.submission import sandbox as sandbox_module
from brainscore_mouse.submission.handover import Handover, handover_bytes, max_bytes, read_handover
from brainscore_mouse.submission.isolation import why_not_isolated
from brainscore_mouse.submission.limits import Limits
from brainscore_mouse.submission.new_submission import write_new_submission
from brainscore_mouse.submission.sandbox import Sandbox
from brainscore_mouse.submission.score_submission import checked_submission, score_submission
from places import RECORDINGS
from submissions import BENCHMARK, hash_of_folder, package_tiny_lab, write_plugin
from typer.testing import CliRunner

NOT_ISOLATED = why_not_isolated()
FLOAT32 = 1e-5  # another process sums float32 numbers in another order: neighbouring ranks may swap
cannot_run = pytest.mark.skipif(
    NOT_ISOLATED is not None and os.geteuid() == 0, reason=f"root runs nothing without isolation: {NOT_ISOLATED}"
)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def tiny_lab(home, tmp_path):
    (tmp_path / "stimuli").mkdir()
    package_tiny_lab(tmp_path / "stimuli")


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def submit(sandbox, folder, benchmarks, copy):
    copy.mkdir()
    return list(score_submission(sandbox, checked_submission(folder, copy), benchmarks, Limits(seconds=300)))


def directly(plugin, identifier):
    """Load the template's model in this process, as its author does."""
    spec = importlib.util.spec_from_file_location("template_model", plugin / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.get_model(identifier)


def test_the_template_passes_the_checks_and_nothing_runs(tiny_lab, home, tmp_path):
    written = run("new-submission", "my-net", "--folder", tmp_path)
    assert str(tmp_path / "my_net") in written.stdout
    before = hash_of_folder(home)
    result = run("submit", tmp_path / "my_net", "--benchmarks", "tiny-lab-*-rsa")
    assert result.exit_code == 0
    assert all(text in result.stdout for text in ("my-net", BENCHMARK, "--trust"))
    assert "note" not in result.stdout  # nothing is missing from the template
    assert hash_of_folder(home) == before


@cannot_run
@pytest.mark.slow
def test_a_trusted_submission_is_scored_and_stored(tiny_lab, home, tmp_path):
    plugin = write_new_submission("my-net", tmp_path)
    shutil.make_archive(str(tmp_path / "zipped"), "zip", root_dir=tmp_path, base_dir="my_net")
    limits = ("--time-limit", 300, "--memory-limit", 4)
    result = run("submit", tmp_path / "zipped.zip", "--benchmarks", "tiny-lab-*-rsa", "--trust", *limits)
    assert result.exit_code == 0, result.output
    (stored,) = (home / "results" / "my-net" / BENCHMARK).glob("*.json")
    content = json.loads(stored.read_text())
    expected = score_model(directly(plugin, "my-net"), BENCHMARK)
    assert content["score"] == pytest.approx(float(expected), abs=FLOAT32)
    assert re.search(rf"my-net.*{BENCHMARK}.*{content['score']:.3f}", result.stdout)
    assert len(content["submission_sha256"]) == 64 and content["submission_sha256"] in result.stdout
    # All else is as of any other score; a submission is not asked for its parameters, and its hash tells it apart.
    told = expected.attrs.keys() - {"n_parameters", "image_size", "reference_behaviour"}
    assert told <= content.keys()
    assert content["layer_scores"] == pytest.approx(expected.attrs["layer_scores"], abs=FLOAT32)
    # The same again is found in the store; another content under the same name is refused.
    before = sorted(stored.parent.iterdir())
    again = run("submit", plugin, "--benchmarks", BENCHMARK, "--trust", *limits)
    assert again.exit_code == 0 and f"{content['score']:.3f}" in again.stdout
    assert sorted(stored.parent.iterdir()) == before
    assert json.loads(stored.read_text()) == content
    with open(plugin / "model.py", "a") as file:
        file.write("# changed\n")
    refusal = run("submit", plugin, "--benchmarks", BENCHMARK).exception
    assert isinstance(refusal, SubmissionError) and "'my-net'" in str(refusal)


def test_names_that_cannot_be_used(tmp_path):
    for name in ("a/b", "../x", "", "1st"):
        with pytest.raises(SubmissionError, match=re.escape(repr(name))):
            write_new_submission(name, tmp_path)
    write_new_submission("my-net", tmp_path)
    with pytest.raises(SubmissionError, match="my_net"):
        write_new_submission("my-net", tmp_path)
    assert isinstance(run("submit", tmp_path / "my_net", "--benchmarks", "no-*").exception, UnknownIdentifierError)


COMMITMENT = """
import functools
import torch
from collections import OrderedDict
from torch import nn
from brainscore_vision import model_registry
from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images
from brainscore_vision.model_helpers.brain_transformation import ModelCommitment

def network():
    torch.manual_seed(0)
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 5, stride=4), flat=nn.Flatten(), fc=nn.Linear(4 * 3 * 3, 9)))

def get_model():
    preprocessing = functools.partial(
        load_preprocess_images, image_size=16, normalize_mean=(0, 0, 0), normalize_std=(1, 1, 1)
    )
    wrapper = PytorchWrapper(identifier="hostile", model=network(), preprocessing=preprocessing)
    return ModelCommitment(identifier="hostile", activations_model=wrapper, layers=["conv", "fc"])
"""


@cannot_run
@pytest.mark.slow
def test_a_plugin_in_brain_scores_style(sandbox, tiny_lab, tmp_path):
    """With a ModelCommitment, and layers whose shapes differ, which Brain-Score itself cannot record together."""
    brain_score = write_plugin(tmp_path / "brain_score", COMMITMENT, head="")
    own = (
        "from brainscore_mouse import ImageModel, model_registry\n"
        + COMMITMENT.partition("def get_model")[0].replace("from brainscore_vision import model_registry", "")
        + "def get_model():\n    return ImageModel('plain', network(), ['conv', 'fc'], image_size=16)\n"
    )
    ours = write_plugin(tmp_path / "own", own, head="", registry="model_registry['plain'] = get_model")
    benchmark = load_benchmark(BENCHMARK)
    (score,) = submit(sandbox, brain_score, [benchmark], tmp_path / "copy1")
    (expected,) = submit(sandbox, ours, [benchmark], tmp_path / "copy2")
    assert float(score) == pytest.approx(float(expected), abs=1e-5)
    assert list(score.attrs["layer_scores"]) == ["conv", "fc"]


@cannot_run
@pytest.mark.slow
def test_committed_layers_and_several_models(sandbox, tiny_lab, tmp_path):
    plugin = write_new_submission("my-net", tmp_path)
    (plugin / "region_layer_map").mkdir()
    (plugin / "region_layer_map" / "my-net.json").write_text('{"VISp": "conv2", "V1": "conv1"}')
    with open(plugin / "__init__.py", "a") as file:
        file.write('model_registry["other-net"] = lambda: get_model("other-net")\n')
    pearson = MouseNeuralBenchmark("tiny-lab-VISp-pearson", "tiny-lab", "VISp", RSA(correlation="pearson"))
    benchmarks = [load_benchmark(BENCHMARK), pearson]
    scores = submit(sandbox, plugin, benchmarks, tmp_path / "copy")
    told = [(score.attrs["model_identifier"], score.attrs["benchmark_identifier"]) for score in scores]
    assert told == [
        ("my-net", BENCHMARK),
        ("my-net", "tiny-lab-VISp-pearson"),
        ("other-net", BENCHMARK),
        ("other-net", "tiny-lab-VISp-pearson"),
    ]
    assert list(scores[0].attrs["layer_scores"]) == ["conv2"]
    assert list(scores[2].attrs["layer_scores"]) == ["relu1", "pool1", "relu2", "pool2", "fc"]
    for score, benchmark in zip(scores[:2], benchmarks, strict=True):
        expected = score_model(directly(plugin, "direct"), benchmark, layer="conv2")
        assert float(score) == pytest.approx(float(expected), abs=FLOAT32)


@cannot_run
def test_a_variant_of_the_stimuli(sandbox, tiny_lab, tmp_path):
    """The model sees what the benchmark shows, both sets in one run."""
    plugin = write_new_submission("my-net", tmp_path)
    (plugin / "region_layer_map").mkdir()
    (plugin / "region_layer_map" / "my-net.json").write_text('{"VISp": "conv1"}')
    benchmarks = [
        load_benchmark(name) for name in matching("benchmark", ["tiny-lab-*-rsa", "tiny-lab-*-rsa@64px"], [BENCHMARK])
    ]
    plain, variant = submit(sandbox, plugin, benchmarks, tmp_path / "copy")
    assert variant.attrs["benchmark_identifier"] == f"{BENCHMARK}@64px"
    expected = score_model(directly(plugin, "direct"), f"{BENCHMARK}@64px", layer="conv1")
    assert float(variant) == pytest.approx(float(expected), abs=FLOAT32)
    assert variant.attrs["data_sha256"] != plain.attrs["data_sha256"]


def test_handover_round_trip():
    features = np.random.default_rng(0).normal(size=(7, 30)).astype(np.float32)
    grams = {"stimuli": {"a": FeatureGram.of_features(features), "b": FeatureGram.of_features(features[:, :3])}}
    written = handover_bytes(Handover(("a", "b"), {"VISp": "b"}, grams))
    assert len(written) <= max_bytes({"stimuli": 7})
    read = read_handover(written, {"stimuli": 7})
    assert read.layers == ("a", "b") and read.region_layer_map == {"VISp": "b"}
    for layer, gram in grams["stimuli"].items():
        np.testing.assert_array_equal(read.grams["stimuli"][layer].row_centred, gram.row_centred)
        np.testing.assert_array_equal(read.grams["stimuli"][layer].row_means, gram.row_means)
        assert read.grams["stimuli"][layer].n_features == gram.n_features


@pytest.mark.slow
def test_where_isolation_is_impossible(tiny_lab, tmp_path, monkeypatch):
    """Root is refused; an ordinary user is told, and time limits hold all the same."""
    monkeypatch.setattr(sandbox_module, "why_not_isolated", lambda: "switched off by this test")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SubmissionError, match="switched off by this test"), Sandbox():
        pass
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    plugin = write_new_submission("my-net", tmp_path)
    endless = write_plugin(tmp_path / "endless", "def get_model():\n    while True: pass\n")
    benchmark = load_benchmark(BENCHMARK)
    with Sandbox() as unisolated:
        (score,) = submit(unisolated, plugin, [benchmark], tmp_path / "copy1")
        checked = checked_submission(endless, _new(tmp_path / "copy2"))
        with pytest.raises(SubmissionError, match="--time-limit"):
            list(score_submission(unisolated, checked, [benchmark], Limits(seconds=1)))
    expected = score_model(directly(plugin, "direct"), benchmark)
    assert float(score) == pytest.approx(float(expected), abs=FLOAT32)


def _new(folder):
    folder.mkdir()
    return folder


def test_the_plan_says_when_nothing_is_isolated(tiny_lab, tmp_path, monkeypatch):
    isolation = "brainscore_mouse.submission.isolation.why_not_isolated"
    monkeypatch.setattr(isolation, lambda: "Operation not permitted")
    plugin = write_new_submission("my-net", tmp_path)
    output = run("submit", plugin, "--benchmarks", BENCHMARK).stdout
    assert "NOT ISOLATED (Operation not permitted)" in output


def test_benchmarks_without_recordings_are_refused(sandbox, tmp_path):
    class Behaviour:
        identifier, compares = "behaviour", "labels"

    plugin = checked_submission(write_new_submission("my-net", tmp_path), _new(tmp_path / "copy"))
    with pytest.raises(BrainscoreMouseError, match="behaviour"):
        list(score_submission(sandbox, plugin, [Behaviour()], Limits()))


@cannot_run
@pytest.mark.real_data
@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"the real recordings are not in {RECORDINGS}")
def test_a_submission_on_the_real_recordings(sandbox, tmp_path):
    package_array_folder(RECORDINGS, "allen-mouse-npx", official=True)
    plugin = write_new_submission("my-net", tmp_path)
    benchmark = load_benchmark("allen-mouse-npx-VISp-rsa")
    (score,) = submit(sandbox, plugin, [benchmark], tmp_path / "copy")
    expected = score_model(directly(plugin, "direct"), benchmark)
    assert float(score) == pytest.approx(float(expected), abs=FLOAT32)
    assert score.attrs["n_stimuli"] == 118 and 0 < float(score) < 0.6
