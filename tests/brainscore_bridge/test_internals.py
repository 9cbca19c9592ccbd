"""What brainscore_bridge/internals.py expects of each internal name of Brain-Score, with the installed versions."""

import importlib.metadata
import inspect
import os
import time
from collections import OrderedDict
from pathlib import Path

import brainscore_vision
import numpy as np
import pytest
import torch
from brainscore_core.plugin_management import conda_score, import_plugin
from brainscore_mouse.brainscore_bridge import internals as private
from brainscore_mouse.core.errors import BrainscoreMouseError
from brainscore_vision.model_helpers.activations import pytorch as activations_pytorch
from brainscore_vision.model_helpers.activations.core import ActivationsExtractorHelper
from PIL import Image
from places import REPOSITORY
from private_brainscore import installed_folder
from small_commitment import commitment, wrapper
from small_models import LAYERS, SIZE, small_network
from torch import nn

KINDS = ("benchmark", "metric", "data", "stimulus_set", "model")


def parameters(function):
    return list(inspect.signature(function).parameters)


@pytest.fixture
def image_path(tmp_path):
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)).save(path)
    return str(path)


def test_the_tested_versions_are_installed_and_pinned():
    pins = (REPOSITORY / "pyproject.toml").read_text()
    for package, version in private.TESTED_VERSIONS.items():
        assert importlib.metadata.version(package) == version
        assert f'"{package}=={version}"' in pins


@pytest.mark.parametrize("package", sorted(private.TESTED_VERSIONS))
def test_another_version_is_refused_with_the_command_that_helps(package, monkeypatch):
    version = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "9.9.9" if name == package else version(name))
    for use in (private.vision_folder, private.vision, lambda: private.registered_identifiers("model")):
        with pytest.raises(BrainscoreMouseError, match=rf"{package} 9\.9\.9.*pip install '{package}=="):
            use()


def test_without_brainscore_vision_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not private.brain_score_is_installed()
    with pytest.raises(BrainscoreMouseError, match=r"pip install 'brainscore-mouse\[vision\]'"):
        private.vision_folder()


def test_vision_folder_is_where_brain_score_looks_for_plugins():
    assert private.vision_folder() == Path(brainscore_vision.__file__).parent == installed_folder()
    search = import_plugin.ImportPlugin("brainscore_vision", "benchmarks", "MajajHong2015public.IT-pls")
    assert search.plugins_dir == private.plugins_folder("benchmark")
    assert search.plugin_dirname == private.registered_identifiers("benchmark")["MajajHong2015public.IT-pls"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_registries_and_plugin_folders_exist_and_are_read_as_text(kind):
    assert isinstance(private.registry(kind), dict)
    assert private.registry(kind) is getattr(brainscore_vision, f"{kind}_registry")
    assert private.plugins_folder(kind).is_dir()
    identifiers = private.registered_identifiers(kind)
    assert len(identifiers) > 10
    assert all((private.plugins_folder(kind) / folder).is_dir() for folder in identifiers.values())


def test_registered_identifiers_are_those_that_brain_score_finds():
    identifiers = private.registered_identifiers("metric")
    assert {"rdm", "pls", "ridge", "cka", "predictor_consistency"} <= identifiers.keys()  # one in double quotes
    for identifier, folder in identifiers.items():
        if identifier not in ("linear_predictivity_cv", "neuron_to_neuron_cv", "pls_cv", "ridge_cv", "reverse_pls_cv"):
            assert import_plugin.ImportPlugin("brainscore_vision", "metrics", identifier).plugin_dirname == folder
    assert len(private.registered_identifiers("model")) > 700


def test_what_is_registered_while_the_process_runs_is_read_too(tmp_path, monkeypatch):
    monkeypatch.setattr(private, "plugins_folder", lambda kind: tmp_path)
    plugin = tmp_path / "theirs" / "__init__.py"
    plugin.parent.mkdir()
    for identifiers in (["one"], ["one", "another"], ["once"], ["more"]):
        plugin.write_text("".join(f'model_registry["{name}"] = None\n' for name in identifiers))
        time.sleep(0.02)  # longer than the steps of a file system's clock
        assert private.registered_identifiers("model") == dict.fromkeys(identifiers, "theirs")
    plugin.unlink()
    assert private.registered_identifiers("model") == {}


def test_import_plugin_is_a_global_that_the_loaders_call(monkeypatch):
    assert parameters(private.current_import_plugin()) == [
        "library_root", "plugin_type", "identifier", "registry_prefix"
    ]  # fmt: skip
    calls = []
    original = private.current_import_plugin()
    monkeypatch.setattr(brainscore_vision, "import_plugin", original)  # put back afterwards
    private.set_import_plugin(lambda *args, **options: calls.append((args, options)))
    for load in ("load_benchmark", "load_metric", "load_dataset", "load_model", "load_stimulus_set"):
        with pytest.raises(KeyError):  # after the search, the registry is asked
            getattr(brainscore_vision, load)("no-such-thing")
    types = ["benchmarks", "metrics", "data", "models"]
    assert [args for args, _ in calls] == [("brainscore_vision", t, "no-such-thing") for t in [*types, "data"]]
    assert [options for _, options in calls] == [{}, {}, {}, {}, {"registry_prefix": "stimulus_set"}]
    assert [private.kind_of_import(args[1], options.get("registry_prefix")) for args, options in calls] == [
        "benchmark", "metric", "data", "model", "stimulus_set"
    ]  # fmt: skip


def test_save_score_is_what_wrap_score_writes_with(tmp_path, monkeypatch):
    assert parameters(private.current_save_score()) == ["score", "library_path", "env_name"]
    monkeypatch.setattr(conda_score.CondaScore, "save_score", staticmethod(private.current_save_score()))
    library = tmp_path / "library" / "__init__.py"

    def score():
        return conda_score.wrap_score(str(library), "m", "b", lambda model, benchmark: "a score", False)

    assert score() == "a score"
    assert [path.name for path in tmp_path.iterdir()] == ["conda_score--m_b.pkl"]
    (tmp_path / "conda_score--m_b.pkl").unlink()
    calls = []
    private.set_save_score(lambda *args: calls.append(args))
    assert score() == "a score"
    assert calls == [("a score", library, "m_b")] and list(tmp_path.iterdir()) == []


def test_scores_are_read_back_in_environments_of_their_own_only(monkeypatch):
    for value, expected in (("yes", False), ("no", False), ("newenv", True)):
        monkeypatch.setenv(private.INSTALL_VARIABLE, value)
        assert private.scores_are_read_back() is expected


def test_installs_nothing_unless_asked_to(monkeypatch):
    monkeypatch.delenv(private.INSTALL_VARIABLE, raising=False)
    with private.installs_nothing():
        assert import_plugin.installation_preference() == "no"
    assert private.INSTALL_VARIABLE not in os.environ
    monkeypatch.setenv(private.INSTALL_VARIABLE, "yes")
    with private.installs_nothing():
        assert import_plugin.installation_preference() == "yes"


def test_activation_caching_is_disabled_for_a_while(tmp_path, monkeypatch, image_path):
    monkeypatch.delenv("RESULTCACHING_DISABLE", raising=False)
    stored = ActivationsExtractorHelper._from_paths_stored
    storage = inspect.getclosurevars(stored).nonlocals["self"]
    monkeypatch.setattr(storage, "_storage_directory", str(tmp_path / "result_caching"))
    model = wrapper()
    with private.activation_caching_disabled():
        model([image_path], layers=["early"], stimuli_identifier="x")
    assert not (tmp_path / "result_caching").exists() and "RESULTCACHING_DISABLE" not in os.environ
    model([image_path], layers=["early"], stimuli_identifier="x")
    assert list((tmp_path / "result_caching").rglob("*.pkl"))


def test_commitments_are_a_dict_that_commits_on_demand():
    model = commitment(VISp="middle")
    assert private.committed_layers(model) == {"V1": "early", "IT": "late", "VISp": "middle"}
    private.committed_layers(model)["VISp"] = "late"
    assert model.layer_model.region_layer_map["VISp"] == "middle"
    assert private.committed_layers(object()) == {}


def test_a_plain_wrapper_shows_its_network_what_its_preprocessing_makes(image_path):
    network = small_network()
    model = wrapper(network=network)
    assert private.torch_network(model) is network and private.is_plain_wrapper(model)
    images = private.preprocessing(model)([image_path])
    assert np.asarray(images).shape == (1, 3, SIZE, SIZE)
    recorded = model.get_activations(images, LAYERS)
    assert isinstance(recorded, OrderedDict)
    np.testing.assert_allclose(
        recorded["early"], network.early(torch.from_numpy(images)).detach(), rtol=1e-6, atol=1e-6
    )
    unhooked = activations_pytorch.disable_activation_caching(model)
    assert private.torch_network(unhooked) is network and private.is_plain_wrapper(unhooked)


def test_what_records_in_its_own_way_is_no_plain_wrapper():
    class Temporal(activations_pytorch.PytorchWrapper):
        def get_activations(self, images, layer_names):
            return super().get_activations(images, layer_names)

    class OwnHook(activations_pytorch.PytorchWrapper):
        def register_hook(self, layer, layer_name, target_dict):
            return super().register_hook(layer, layer_name, target_dict)

    class Extractor(ActivationsExtractorHelper):
        pass

    class OwnExtractor(activations_pytorch.PytorchWrapper):
        def _build_extractor(self, *args, **options):
            return Extractor(*args, **options)

    preprocess = wrapper()._extractor.preprocess
    for subclass in (Temporal, OwnHook, OwnExtractor):
        assert not private.is_plain_wrapper(subclass(small_network(), preprocess))
    hooked, with_stimulus_hook, with_kwargs, patched = wrapper(), wrapper(), wrapper(), wrapper()
    hooked.register_batch_activations_hook(lambda activations: activations)
    with_stimulus_hook.register_stimulus_set_hook(lambda stimuli: stimuli)
    with_kwargs._forward_kwargs = {"output_hidden_states": True}
    patched.get_layer = lambda name: None
    assert not any(map(private.is_plain_wrapper, (hooked, with_stimulus_hook, with_kwargs, patched)))
    assert not private.is_plain_wrapper(object()) and private.torch_network(object()) is None
    assert private.preprocessing(object()) is None


def test_preprocessing_is_replaced_in_a_copy(image_path, monkeypatch):
    monkeypatch.setenv("RESULTCACHING_DISABLE", "1")
    model = wrapper()
    before = model([image_path], layers=["early"])
    zeros = private.with_preprocessing(model, lambda paths: np.zeros((len(paths), 3, SIZE, SIZE), np.float32))
    after = zeros([image_path], layers=["early"])
    bias = private.torch_network(model).early.bias.detach().numpy()
    np.testing.assert_allclose(np.unique(after.values.round(5)), np.unique(bias.round(5)), atol=1e-5)
    np.testing.assert_allclose(model([image_path], layers=["early"]).values, before.values, rtol=1e-6, atol=1e-6)
    assert zeros.from_paths.__self__ is zeros._extractor is not model._extractor


def test_training_flags_and_names_of_a_pytorch_wrapper():
    """The hooks that stay behind where a layer gives a tuple are why activations are recorded by us."""

    class Tuple(nn.Module):
        def forward(self, images):
            return images, images

    network = nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 2, 3), tuple=Tuple()))
    model = wrapper(network=network)
    with pytest.raises(AttributeError):
        model.get_activations([np.zeros((3, 8, 8), np.float32)], ["tuple"])
    assert len(network.tuple._forward_hooks) == 1
