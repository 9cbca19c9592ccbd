"""Models by name: ours, Brain-Score's, and with a normalization."""

import sys

import brainscore_vision
import pytest
from brainscore_mouse import ImageModel, list_models, load_model, score_model, score_table
from brainscore_mouse.brainscore_bridge.committed_model import CommittedNetwork
from brainscore_mouse.core.errors import ModelError, UnknownIdentifierError
from brainscore_mouse.models import loading, model_name
from small_commitment import commitment

pytestmark = pytest.mark.usefixtures("simulated_home")


BENCHMARK = "simulated-mouse-VISp-ridge"


@pytest.fixture
def registered(monkeypatch):
    """Plugins of brainscore_vision, without folders."""
    made = {"alexnet": lambda: commitment("alexnet"), "small:/one": lambda: commitment("small:/one")}

    def broken():
        print("a plugin prints")
        raise ModuleNotFoundError("No module named 'cornet'")

    made["cornet_s"] = broken
    for module in (loading, model_name):
        monkeypatch.setattr(module, "registered_identifiers", lambda kind: dict.fromkeys(made, "cornet_s"))
    monkeypatch.setattr(brainscore_vision, "load_model", lambda identifier: made[identifier]())
    return made


def test_ours_come_first_and_the_prefix_reaches_brain_scores(registered):
    assert isinstance(load_model("alexnet-random.0"), ImageModel)
    theirs = load_model("brainscore:alexnet")
    assert isinstance(theirs, CommittedNetwork) and theirs.identifier == "brainscore:alexnet"
    assert theirs.brain_model.identifier == "alexnet"
    # One model has one name, however it is reached.
    assert load_model("small:/one").identifier == load_model("brainscore:small:/one").identifier == "small:/one"


@pytest.mark.slow
def test_their_scores_are_stored_under_their_own_names(registered, home):
    score_model("brainscore:alexnet", BENCHMARK)
    score_model("small:/one", BENCHMARK)
    assert {"brainscore%3Aalexnet", "small%3A%2Fone"} <= {path.name for path in (home / "results").iterdir()}
    assert score_model("small:/one", BENCHMARK).attrs["from_cache"]


@pytest.mark.slow
def test_unknown_names_are_refused_with_the_closest_of_both(registered):
    with pytest.raises(UnknownIdentifierError, match="small:/one"):
        load_model("small:one")
    for unknown in ("brainscore:resnet50-random", "nope+neurn", "alexnet+neurn+neurn"):
        with pytest.raises(UnknownIdentifierError):
            load_model(unknown)
    with pytest.raises(UnknownIdentifierError):
        score_table(["pixels", "nope"], [BENCHMARK])
    table = score_table(["small:/one", "small:/one+neurn"], [BENCHMARK])
    assert list(table["model"]) == ["small:/one", "small:/one+neurn"]


def test_a_plugin_that_cannot_be_loaded_is_refused_by_name(registered, capsys):
    with pytest.raises(ModelError, match=r"'cornet_s'.*'cornet'.*requirements\.txt"):
        load_model("cornet_s")
    captured = capsys.readouterr()
    assert captured.out == "" and "a plugin prints" in captured.err


def test_without_brainscore_vision_ours_still_load(monkeypatch):
    monkeypatch.setattr(model_name, "brain_score_is_installed", lambda: False)
    assert load_model("pixels").identifier == "pixels"
    with pytest.raises(UnknownIdentifierError, match="'resnet50_tutorial'"):
        load_model("resnet50_tutorial")


def test_the_real_registry_is_found_without_importing_any_plugin():
    model_name.ModelName.parse("resnet50_tutorial")
    model_name.ModelName.parse("brainscore:CORnet-S+neurn")
    assert "resnet50_tutorial" not in list_models()
    assert not any(name.startswith("brainscore_vision.models.resnet50_tutorial") for name in sys.modules)


@pytest.mark.slow
def test_the_suffix_and_the_registered_name_are_the_same_model():
    by_suffix, registered = load_model("efficientnet-lite0+neurn"), load_model("efficientnet-lite0-neurn")
    assert by_suffix.identifier == registered.identifier == "efficientnet-lite0-neurn"
    assert by_suffix.fingerprint == registered.fingerprint
    assert load_model("resnet18-random+neurn").identifier == "resnet18-random+neurn"
