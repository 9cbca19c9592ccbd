"""Names of registered models: whatever load_model did not make, or what was changed since, needs another one."""

import copy
import re

import pytest
import torch
from brainscore_mouse import load_model, result_records, score_model
from brainscore_mouse.activations.extraction import Extraction
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.core.errors import ModelError
from brainscore_mouse.models import registered_names as module
from brainscore_mouse.models.model_name import ModelName
from brainscore_mouse.models.neurn.with_neurn import with_neurn, with_normalization
from brainscore_mouse.models.registered_names import check_name_is_free, is_registered, looks_of, registered_name
from brainscore_mouse.plugins.registries import model_registry
from small_models import FeatureModel, small_image_model
from torch import nn

BENCHMARK = "simulated-mouse-VISp-rsa"

# What an identifier is, or looks like: the registered model that it would be taken for.
TAKEN = {
    "pixels": "pixels",
    "Pixels": "pixels",
    "PIXELS ": "pixels",
    "pi\u200bxels": "pixels",  # with an invisible space
    "ｐｉｘｅｌｓ": "pixels",  # noqa: RUF001
    "рixеls": "pixels",  # noqa: RUF001  # with two Cyrillic letters
    "neurn\u2011pixels": "neurn-pixels",  # a hyphen that does not break
    "resnet18-random": "resnet18-random",
    "pixels+neurn": "pixels+neurn",
    "ResNet18-Random+NeuRN": "resnet18-random+neurn",
    "ResNet18-Random.3": "resnet18-random.3",
    "timm:resnet18": "timm:resnet18",
    "Timm:my-net": "Timm:my-net",
    "brainscore:anything": "brainscore:anything",
    "hf:my/net": "hf:my/net",
    "hf-hub:my/net": "hf-hub:my/net",
    "torchvision:mine": "torchvision:mine",
    "torch-file:mine.pt": "torch-file:mine.pt",
    "mouse-model:mine": "mouse-model:mine",
    "Mouse\u2011Model:mine": "Mouse\u2011Model:mine",
}
FREE = (
    "my-net",
    "pixels-v2",
    "timm-module:resnet18",
    "pixels+mine",
    "my-net+neurn",
    "resnet18_random",
    "+neurn",
    "+",
    "",
)


@pytest.fixture(autouse=True)
def without_brain_score(monkeypatch):
    monkeypatch.setattr(module, "brain_score_is_installed", lambda: False)


@pytest.mark.parametrize(("identifier", "name"), TAKEN.items())
def test_a_network_of_a_user_cannot_take_a_registered_name(identifier, name):
    assert registered_name(identifier) == name
    with pytest.raises(ModelError, match="load_model") as told:
        check_name_is_free(small_image_model(identifier))
    assert repr(name) in str(told.value)


@pytest.mark.parametrize("identifier", FREE)
def test_other_names_are_free(identifier):
    assert registered_name(identifier) is None
    check_name_is_free(small_image_model(identifier))


def test_what_is_registered_cannot_call_itself_by_the_prefix_of_a_source(monkeypatch):
    monkeypatch.setitem(model_registry, "my-net", lambda: small_image_model("timm:my-net"))
    with pytest.raises(ModelError, match=r"'my-net'.*'timm:my-net'"):
        load_model("my-net")


def test_no_two_registered_models_look_the_same():
    looks = [looks_of(name) for name in model_registry]
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize(
    "model", [small_image_model("Pixels"), FeatureModel("pixels", {})], ids=["ImageModel", "grams"]
)
def test_score_model_refuses_before_anything_is_loaded(home, model):
    with pytest.raises(ModelError, match="'pixels'"):
        score_model(model, BENCHMARK)
    assert not (home / "datasets").exists() and not list(result_records())


@pytest.mark.parametrize(
    "name", ["pixels", "pixels+neurn", "resnet18-random", "resnet18-random+neurn", "resnet18-random.3"]
)
@pytest.mark.slow
def test_what_load_model_made_may_have_its_name(name):
    model = load_model(name)
    check_name_is_free(model)
    assert model.identifier == ModelName.parse(name).canonical and is_registered(model)
    check_name_is_free(model.with_extraction(Extraction(batch_size=3)))
    check_name_is_free(model.with_layer(["VISp"], model.layers[0]))
    check_name_is_free(copy.copy(model))


def test_normalizations_of_a_registered_model_are_registered_ones():
    pixels = load_model("pixels")
    assert with_neurn(pixels).identifier == "pixels+neurn"
    for name in ("neurn", "contrast"):
        if name in module.registered_normalizations():
            check_name_is_free(with_normalization(pixels, name))
    with pytest.raises(ModelError, match=r"'pixels\+neurn'"):
        check_name_is_free(with_neurn(small_image_model("pixels")))


def scaled(model):
    with torch.no_grad():
        next(model.network.parameters()).mul_(2)


def renamed(model):
    model.identifier = "pixels"


def replaced(model):
    model.network = nn.Sequential(nn.Flatten(), nn.Linear(3, 2))


@pytest.mark.parametrize("change", [scaled, renamed, replaced])
def test_a_registered_model_that_was_changed_needs_another_name(change):
    model = load_model("resnet18-random.0")
    change(model)
    with pytest.raises(ModelError):
        check_name_is_free(model)
    model.identifier = "my-resnet"
    check_name_is_free(model)
    assert not is_registered(model)


def halved(model):
    next(model.network.children()).register_forward_hook(lambda module, given, output: output * 0.5)


def with_another_forward(model):
    first = next(model.network.children())
    original = first.forward
    first.forward = lambda x: original(x).neg()


def with_other_input(model):
    model.network.register_forward_pre_hook(lambda module, given: (given[0].flip(-1),))


def in_a_copy(model):
    model.network = copy.deepcopy(model.network)
    halved(model)


@pytest.mark.parametrize(
    ("change", "normalization"),
    [(halved, "+neurn"), (with_another_forward, ""), (with_other_input, ""), (in_a_copy, "")],
)
@pytest.mark.slow
def test_a_registered_model_that_does_something_else_is_refused_though_its_fingerprint_is_the_same(
    change, normalization, simulated_home, monkeypatch
):
    monkeypatch.setitem(model_registry, "plugin-net", lambda: small_image_model("plugin-net"))
    name = f"plugin-net{normalization}"
    model = load_model(name)
    change(model)
    assert is_registered(model)  # by the fingerprint
    with pytest.raises(ModelError, match=rf"{re.escape(repr(name))}.*changed"):
        score_model(model, BENCHMARK)
    assert not list(result_records())
    model.identifier = "my-net"
    changed = score_model(model, BENCHMARK)
    assert changed.attrs["is_registered"] is False and not changed.attrs["from_cache"]


@pytest.mark.slow
def test_a_stored_score_of_the_registered_model_hides_no_change(simulated_home, monkeypatch):
    monkeypatch.setitem(model_registry, "plugin-net", lambda: small_image_model("plugin-net"))
    score_model("plugin-net", BENCHMARK)
    model = load_model("plugin-net")
    unchanged = score_model(model, BENCHMARK)
    assert unchanged.attrs["is_registered"] is True and unchanged.attrs["from_cache"]
    halved(model)
    with pytest.raises(ModelError, match="changed"):
        score_model(model, BENCHMARK)


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
@pytest.mark.slow
def test_a_registered_model_is_confirmed_in_every_precision(precision, simulated_home, monkeypatch):
    monkeypatch.setitem(model_registry, "plugin-net", lambda: small_image_model("plugin-net"))
    model = load_model("plugin-net")
    extraction = Extraction(precision=precision, batch_size=5)
    score = score_model(model.with_layer(["VISp"], model.layers[0]), BENCHMARK, extraction=extraction)
    assert score.attrs["is_registered"] is True and "reference_behaviour" not in score.attrs


def test_a_plugin_that_is_another_network_each_time_is_not_confirmed(monkeypatch, simulated_home):
    made = []

    def make():
        made.append(small_image_model("plugin-net"))
        with torch.no_grad():
            next(made[-1].network.parameters()).add_(len(made))
        return made[-1]

    monkeypatch.setitem(model_registry, "plugin-net", make)
    score = score_model(load_model("plugin-net"), BENCHMARK)
    assert score.attrs["is_registered"] is False and "reference_behaviour" in score.attrs


def test_names_of_brain_score_are_taken_too(monkeypatch):
    monkeypatch.setattr(module, "brain_score_is_installed", lambda: True)
    monkeypatch.setattr(module, "registered_identifiers", lambda kind: {"alexnet": "alexnet", "cornet_s": "cornet"})
    names = {"cornet_s": "cornet_s", "CORnet_S": "cornet_s", "brainscore:cornet_s": "cornet_s", "AlexNet": "alexnet"}
    assert {identifier: registered_name(identifier) for identifier in names} == names
    assert registered_name("brainscore:AlexNet+neurn") == "brainscore:alexnet+neurn"
    assert registered_name("cornet_z") is None


def test_a_plugin_cannot_call_itself_as_another_model(monkeypatch):
    monkeypatch.setitem(model_registry, "plugin-net", lambda: small_image_model("pixels"))
    with pytest.raises(ModelError, match=r"'plugin-net'.*'pixels'"):
        load_model("plugin-net")
    monkeypatch.setitem(model_registry, "plugin-net", lambda: small_image_model("its-own"))
    assert load_model("plugin-net").identifier == "its-own"


@pytest.mark.slow
def test_scores_say_whether_the_model_is_registered(simulated_home):
    flat = ImageModel("my-pixels", nn.Sequential(nn.Flatten()), ["0"], 16)
    told = {
        model: score_model(model, BENCHMARK).attrs["is_registered"] for model in ("pixels", flat, load_model("pixels"))
    }
    assert list(told.values()) == [True, False, True]
    assert {record["model_identifier"]: record["is_registered"] for record in result_records()} == {
        "pixels": True,
        "my-pixels": False,
    }
