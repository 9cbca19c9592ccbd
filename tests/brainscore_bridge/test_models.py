"""Models of Brain-Score and of users, as models whose layers can be compared."""

import os
import sys
import types
from collections import OrderedDict

import brainscore_vision
import numpy as np
import pytest
import timm
import torch
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_mouse import ImageModel, candidate_layers, list_models, load_model, score_model, score_table, with_neurn
from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage
from brainscore_mouse.brainscore_bridge.as_neural_model import as_neural_model
from brainscore_mouse.brainscore_bridge.committed_model import ActivationsModel, CommittedNetwork
from brainscore_mouse.brainscore_bridge.input_probe import channel_scale, input_digests
from brainscore_mouse.core.errors import (
    InvalidParameterError,
    LayerNotFoundError,
    ModelError,
    ModelOutputError,
    UnknownIdentifierError,
    WeightsUnavailableError,
)
from brainscore_mouse.models import loading
from brainscore_mouse.models.neurn.normalization import NeuRN
from brainscore_vision.model_helpers.activations.core import ActivationsExtractorHelper
from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, disable_activation_caching
from small_commitment import LAYERS, SIZE, commitment, small_network, wrapper
from torch import nn

BENCHMARK = "simulated-mouse-VISp-ridge"
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.fixture(autouse=True)
def home(home_with_simulated_mouse, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(home_with_simulated_mouse))
    return home_with_simulated_mouse


@pytest.fixture
def stimuli():
    from brainscore_mouse import load_stimulus_set

    return load_stimulus_set("simulated-mouse").iloc[:6]


def brain_scores_own(model, stimulus_set, layers=LAYERS):
    """Activations by Brain-Score's whole path, uncached."""
    paths = [str(stimulus_set.get_stimulus(stimulus_id)) for stimulus_id in stimulus_set["stimulus_id"]]
    activations = model.activations_model(paths, layers=list(layers))
    return {layer: activations.sel(layer=layer).values for layer in layers}


class Counting:
    """A BrainModel with an activations model of its own kind: colour means as layers."""

    def __init__(self, output=None, layers=("mean", "contrast")):
        self.identifier = "counting"
        self.layers = list(layers)
        self.output = output

    def activations_model(self, stimuli, layers):
        (layer,) = layers
        if layer == "missing":
            raise KeyError(layer)
        rows = np.random.default_rng(len(layer)).normal(size=(len(stimuli), 4, 2))
        rows = rows if self.output is None else self.output(rows)
        order = np.arange(len(rows))[::-1]
        coords = {
            "stimulus_id": ("presentation", stimuli["stimulus_id"].values[: len(rows)][order]),
            "number": ("presentation", order),
            "neuroid_id": ("neuroid", np.arange(4)),
            "layer": ("neuroid", [layer] * 4),
            "time_bin_start": ("time_bin", [0, 50]),
            "time_bin_end": ("time_bin", [50, 100]),
        }
        return NeuroidAssembly(rows[order], coords=coords, dims=["presentation", "neuroid", "time_bin"])

    def visual_degrees(self):
        return 8

    def look_at(self, stimuli, number_of_trials=1):
        raise AssertionError("its layers are compared")


# --- ModelCommitments ---------------------------------------------------------------------------------------------


def test_activations_are_brain_scores_own(stimuli):
    model = commitment()
    ours = as_neural_model(model)
    assert isinstance(ours, CommittedNetwork) and ours.layers == tuple(LAYERS) and ours.identifier == "small"
    features = ours.features(stimuli)
    for layer, expected in brain_scores_own(model, stimuli).items():
        np.testing.assert_allclose(features[layer], expected, rtol=1e-5, atol=1e-5)
    assert ours.layer_grams(stimuli)["early"].n_features == features["early"].shape[1]


def test_half_precision_sees_half_precision(stimuli):
    network = small_network().to(torch.bfloat16)
    model = commitment(activations_model=wrapper(network=network))
    (early,) = as_neural_model(model).features(stimuli, ["early"]).values()
    images = torch.from_numpy(model.activations_model._extractor.preprocess(
        [str(stimuli.get_stimulus(key)) for key in stimuli["stimulus_id"]]
    ))  # fmt: skip
    expected = network.early(images.to(torch.bfloat16)).detach().float().flatten(1)
    np.testing.assert_allclose(early, expected, rtol=0.02, atol=0.02)


def test_the_users_object_is_left_as_it_is():
    model = commitment()
    network = model.activations_model._model.train()
    layer_map, committed = model.layer_model.region_layer_map, dict(model.layer_model.region_layer_map)
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    attributes = dict(vars(model)), dict(vars(model.activations_model)), dict(vars(model.activations_model._extractor))
    score = score_model(model, BENCHMARK)
    score_model(with_neurn(model), BENCHMARK)
    score_model(model, BENCHMARK, layer="late")
    assert score.attrs["layer"] in LAYERS
    assert model.layer_model.region_layer_map is layer_map and layer_map == committed
    after = dict(vars(model)), dict(vars(model.activations_model)), dict(vars(model.activations_model._extractor))
    assert attributes == after
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())
    assert network.training and not any(module._forward_hooks for module in network.modules())


def test_a_committed_layer_is_respected_and_layer_wins():
    committed = score_model(commitment(VISp="middle"), BENCHMARK)
    assert committed.attrs["layer_scores"].keys() == {"middle"}
    assert score_model(commitment(VISp=["middle"]), BENCHMARK).attrs["from_cache"]
    chosen = score_model(commitment(VISp="middle"), BENCHMARK, layer="late")
    assert chosen.attrs["layer_scores"].keys() == {"late"}
    with pytest.raises(ModelError, match="commits 2 layers to VISp"):
        score_model(commitment(VISp=["early", "late"]), BENCHMARK)
    with pytest.raises(LayerNotFoundError, match="'nope'"):
        score_model(commitment(), BENCHMARK, layer="nope")


def test_visual_degrees_are_the_models_own_and_the_whole_scene_fills_them():
    small, large = commitment(visual_degrees=8), commitment(visual_degrees=120)
    assert as_neural_model(small).visual_degrees() == 8 and as_neural_model(large).visual_degrees() == 120
    assert float(score_model(small, BENCHMARK)) == float(score_model(large, BENCHMARK))


def test_scores_are_stored_by_content():
    first = score_model(commitment(), BENCHMARK)
    assert score_model(commitment(), BENCHMARK).attrs["from_cache"]
    others = [
        commitment(activations_model=wrapper(network=small_network(seed=1))),
        commitment(activations_model=wrapper(normalize_mean=(0, 0, 0))),
    ]
    for other in others:
        score = score_model(other, BENCHMARK)
        assert not score.attrs["from_cache"] and float(score) != float(first)


def test_layers_that_brain_scores_extraction_cannot_mix_are_recorded(stimuli):
    """A tuple, tokens and a feature map in one call: Brain-Score's own extraction fails and leaves its hooks behind."""

    class Tokens(nn.Module):
        def forward(self, images):
            return images.flatten(2).transpose(1, 2)

    class Pair(nn.Module):
        def forward(self, tokens):
            return tokens.mean(dim=1), tokens

    class First(nn.Module):
        def forward(self, pair):
            return pair[0]

    steps = OrderedDict(conv=nn.Conv2d(3, 4, 5, 4), tokens=Tokens(), pair=Pair(), first=First(), fc=nn.Linear(4, 3))
    layers = ["conv", "tokens", "pair", "fc"]
    model = commitment(activations_model=wrapper(network=nn.Sequential(steps)), layers=layers)
    features = as_neural_model(model).features(stimuli)
    assert [features[layer].shape[1] for layer in layers] == [4 * 7 * 7, 4 * 7 * 7, 4, 3]


# --- other activations models -------------------------------------------------------------------------------------


def test_wrappers_that_record_in_their_own_way_are_asked_for_each_layer(stimuli):
    class Doubling(PytorchWrapper):
        def get_activations(self, images, layer_names):
            recorded = super().get_activations(images, layer_names)
            return OrderedDict((layer, 2 * values) for layer, values in recorded.items())

    plain = commitment()
    doubled = commitment(activations_model=Doubling(small_network(), wrapper()._extractor.preprocess, identifier="x"))
    ours = as_neural_model(doubled)
    assert isinstance(ours, ActivationsModel) and not hasattr(ours, "fingerprint")
    for layer, values in ours.features(stimuli).items():
        np.testing.assert_allclose(values, 2 * as_neural_model(plain).features(stimuli)[layer], rtol=1e-4, atol=1e-5)
    assert float(score_model(doubled, BENCHMARK)) == pytest.approx(float(score_model(plain, BENCHMARK)), abs=1e-3)
    assert score_model(doubled, BENCHMARK, layer="late").attrs["layer_scores"].keys() == {"late"}


def test_its_caches_are_neither_read_nor_written(stimuli, tmp_path, monkeypatch):
    calls = []

    class Counted(PytorchWrapper):
        def get_activations(self, images, layer_names):
            calls.append(layer_names)
            assert os.environ["RESULTCACHING_DISABLE"] == "1"
            return super().get_activations(images, layer_names)

    monkeypatch.delenv("RESULTCACHING_DISABLE", raising=False)
    model = as_neural_model(commitment(activations_model=Counted(small_network(), wrapper()._extractor.preprocess)))
    for _ in range(2):
        model.features(stimuli, ["early"])
    assert len(calls) == 2 and "RESULTCACHING_DISABLE" not in os.environ


def test_no_commitment_at_all_is_compared_by_its_layers(stimuli):
    ours = as_neural_model(Counting())
    features = ours.features(stimuli)
    expected = np.random.default_rng(len("mean")).normal(size=(6, 4, 2)).mean(axis=2)  # over time
    np.testing.assert_allclose(features["mean"], expected)  # and in the order of the stimuli
    assert score_model(Counting(), BENCHMARK).attrs["layer"] in ("mean", "contrast")


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (
            Counting(layers=["missing"]),
            LayerNotFoundError,
            "counting gave no activations of its layer 'missing': KeyError",
        ),
        (Counting(output=lambda rows: rows[:5]), ModelOutputError, "'mean' of counting returned 5 presentations for 6"),
        (Counting(output=lambda rows: rows * np.nan), ModelOutputError, "'mean' of counting returned NaN"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(model, error, message, stimuli):
    with pytest.raises(error, match=message):
        as_neural_model(model).features(stimuli)


def test_hooks_that_a_failing_wrapper_leaves_behind_are_removed(stimuli):
    class Pair(nn.Module):
        def forward(self, images):
            return images, images

    class Subclass(PytorchWrapper):
        def get_activations(self, images, layer_names):
            return super().get_activations(images, layer_names)

    network = nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 2, 3), pair=Pair()))
    model = commitment(activations_model=Subclass(network, wrapper()._extractor.preprocess), layers=["pair"])
    with pytest.raises(LayerNotFoundError, match="'tuple' object has no attribute 'cpu'"):
        as_neural_model(model).features(stimuli)
    assert not network.pair._forward_hooks


class Recorded:
    """A BrainModel that hides its layers."""

    identifier = "hidden"

    def __init__(self, fails_in=None):
        self.fails_in = fails_in
        self.calls = []

    def _called(self, name):
        self.calls.append(name)
        if name == self.fails_in:
            raise KeyError("VISp")

    def start_task(self, task):
        self._called(f"start_task {task}")

    def start_recording(self, region, time_bins):
        self._called("start_recording")

    def look_at(self, stimuli, number_of_trials=1):
        self._called("look_at")
        coords = {
            "stimulus_id": ("presentation", stimuli["stimulus_id"].values),
            "number": ("presentation", np.arange(len(stimuli))),
            "neuroid_id": ("neuroid", np.arange(5)),
            "layer": ("neuroid", ["x"] * 5),
        }
        rows = np.random.default_rng(0).normal(size=(len(stimuli), 5))
        return NeuroidAssembly(rows, coords=coords, dims=["presentation", "neuroid"])


def test_a_model_that_hides_its_layers_is_recorded_from_after_passive_viewing():
    model = Recorded()
    assert abs(float(score_model(model, BENCHMARK))) < 1
    assert model.calls == ["start_task passive", "start_recording", "look_at"]
    with pytest.raises(ModelError, match="a Recorded decides itself what its VISp is"):
        score_model(model, BENCHMARK, layer="x")


@pytest.mark.parametrize("step", ["start_recording", "look_at"])
def test_a_model_that_cannot_be_recorded_from_is_refused_by_name(step):
    with pytest.raises(ModelError, match=rf"hidden is a Recorded.*VISp: {step}.*KeyError.*What is missing.*layers"):
        score_model(Recorded(fails_in=step), BENCHMARK)


# --- load_model -----------------------------------------------------------------------------------------------------


@pytest.fixture
def registered(monkeypatch):
    """Plugins of brainscore_vision, without folders."""
    made = {"alexnet": lambda: commitment("alexnet"), "small:/one": lambda: commitment("small:/one")}

    def broken():
        print("a plugin prints")
        raise ModuleNotFoundError("No module named 'cornet'")

    made["cornet_s"] = broken
    monkeypatch.setattr(loading, "registered_identifiers", lambda kind: dict.fromkeys(made, "cornet_s"))
    monkeypatch.setattr(brainscore_vision, "load_model", lambda identifier: made[identifier]())
    return made


def test_ours_come_first_and_the_prefix_reaches_brain_scores(registered):
    assert isinstance(load_model("alexnet-random"), ImageModel)
    theirs = load_model("brainscore:alexnet")
    assert isinstance(theirs, CommittedNetwork) and theirs.identifier == "brainscore:alexnet"
    assert theirs.brain_model.identifier == "alexnet"
    # One model has one name, however it is reached.
    assert load_model("small:/one").identifier == load_model("brainscore:small:/one").identifier == "small:/one"


def test_their_scores_are_stored_under_their_own_names(registered, home):
    score_model("brainscore:alexnet", BENCHMARK)
    score_model("small:/one", BENCHMARK)
    assert {"brainscore%3Aalexnet", "small%3A%2Fone"} <= {path.name for path in (home / "results").iterdir()}
    assert score_model("small:/one", BENCHMARK).attrs["from_cache"]


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
    with pytest.raises(
        ModelError, match=r"'cornet_s' cannot be loaded: .*'cornet'.*requirements.txt; nothing was inst"
    ):
        load_model("cornet_s")
    captured = capsys.readouterr()
    assert captured.out == "" and "a plugin prints" in captured.err


def test_without_brainscore_vision_ours_still_load(monkeypatch):
    monkeypatch.setattr(loading, "brain_score_is_installed", lambda: False)
    assert load_model("pixels").identifier == "pixels"
    with pytest.raises(UnknownIdentifierError, match="No model is called 'resnet50_tutorial'"):
        load_model("resnet50_tutorial")


def test_the_real_registry_is_found_without_importing_any_plugin():
    loading.ModelName.parse("resnet50_tutorial")
    loading.ModelName.parse("brainscore:CORnet-S+neurn")
    assert "resnet50_tutorial" not in list_models()
    assert not any(name.startswith("brainscore_vision.models.resnet50_tutorial") for name in sys.modules)


# --- NeuRN ----------------------------------------------------------------------------------------------------------


def test_neurn_sees_image_values_before_a_wrappers_normalization(stimuli):
    """The same as our own model whose normalization is a module behind NeuRN."""
    theirs = with_neurn(commitment())
    assert theirs.identifier == "small+neurn" and theirs.fingerprint != as_neural_model(commitment()).fingerprint
    network = WithInputStage(ChannelNormalization(IMAGENET_MEAN, IMAGENET_STD), small_network())
    ours = with_neurn(ImageModel("small", network, LAYERS, image_size=SIZE))
    for layer, expected in ours.features(stimuli).items():
        np.testing.assert_allclose(theirs.features(stimuli)[layer], expected, rtol=1e-4, atol=1e-4)


def test_neurn_scores_are_stored_apart():
    plain, neurn = (score_model(model, BENCHMARK) for model in (commitment("apart"), with_neurn(commitment("apart"))))
    assert neurn.attrs["model_identifier"] == "apart+neurn" and float(plain) != float(neurn)
    assert score_model(with_neurn(commitment("apart")), BENCHMARK).attrs["from_cache"]


def test_neurn_in_front_of_a_wrapper_of_another_kind(stimuli):
    class Subclass(PytorchWrapper):
        def get_activations(self, images, layer_names):
            return super().get_activations(images, layer_names)

    theirs = with_neurn(commitment(activations_model=Subclass(small_network(), wrapper()._extractor.preprocess)))
    assert isinstance(theirs, ActivationsModel)
    expected = with_neurn(commitment()).features(stimuli)
    for layer, values in theirs.features(stimuli).items():
        np.testing.assert_allclose(values, expected[layer], rtol=1e-4, atol=1e-4)


def test_the_suffix_and_the_registered_name_are_the_same_model():
    by_suffix, registered = load_model("efficientnet-lite0+neurn"), load_model("efficientnet-lite0-neurn")
    assert by_suffix.identifier == registered.identifier == "efficientnet-lite0-neurn"
    assert by_suffix.fingerprint == registered.fingerprint
    assert load_model("resnet18-random+neurn").identifier == "resnet18-random+neurn"


def _reader(function):
    def read_stimuli(paths):
        from PIL import Image

        return torch.stack([function(torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1) / 255)
                            for path in paths])  # fmt: skip

    return read_stimuli


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_the_scale_of_a_normalization_is_found(order):
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
    offset, scale = channel_scale(_reader(lambda image: (image[order] - mean) / std), "x")
    torch.testing.assert_close(offset, -mean / std, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(scale, 1 / std, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda image: image.mean(dim=0, keepdim=True).expand(3, -1, -1), "mixes the colours"),
        (lambda image: image**2, "not grow in proportion"),
        (lambda image: (image - image.mean()) / (image.std() + 1e-6), "does not become channels of one value"),
        (lambda image: nn.functional.pad(image, (9, 9, 9, 9)), "does not become channels of one value"),
        (lambda image: image[:1], "gives the shape"),
        (lambda image: image.nope, "fails for an image"),
    ],
)
def test_neurn_is_refused_by_name_where_the_scale_cannot_be_told(function, reason):
    with pytest.raises(ModelError, match=f"NeuRN cannot be put in front of strange: .*{reason}"):
        channel_scale(_reader(function), "strange")


def test_neurn_in_front_of_what_hides_its_input_is_refused():
    with pytest.raises(ModelError, match="in front of hidden: a Recorded hides its input"):
        with_neurn(Recorded())
    with pytest.raises(ModelError, match="counting does not tell its preprocessing"):
        with_neurn(Counting())


def test_whatever_reading_depends_on_shows_in_its_digests():
    plain = input_digests(_reader(lambda image: image[:, :100, :100]))
    assert plain == input_digests(_reader(lambda image: image[:, :100, :100])) and len(set(plain)) == 3
    for other in (lambda image: image[:, :100, 1:101], lambda image: image[:, :100, :100] * 1.0001):
        assert not set(plain) & set(input_digests(_reader(other)))
    assert input_digests(_reader(lambda image: image.nope)) == ["AttributeError"] * 3


# --- modules of users -------------------------------------------------------------------------------------------


def test_a_bare_module_is_refused_with_the_line_to_write():
    with pytest.raises(ModelError, match=r"ImageModel\('my-network', network, layers=candidate_layers\(network, 224\)"):
        score_model(nn.Linear(2, 2), BENCHMARK)
    with pytest.raises(ModelError, match="A dict is neither"):
        score_model({}, BENCHMARK)


def test_candidate_layers_are_the_steps_of_a_network_in_running_order():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 4, 3, padding=1)

        def forward(self, images):
            return images + self.conv(images)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(4 * 64, 3))
            self.stages = nn.ModuleList([Block(), nn.Sequential(Block(), Block())])
            self.stem = nn.Conv2d(3, 4, 3, padding=1)
            self.unused = nn.Linear(2, 2)

        def forward(self, images):
            images = self.stem(images)
            for stage in self.stages:
                images = stage(images)
            return self.head(images)

    network = Network()
    assert candidate_layers(network, 8) == ["stem", "stages.0", "stages.1.0", "stages.1.1", "head.2"]
    assert candidate_layers(WithInputStage(NeuRN(), network), 8)[0] == "stem"
    # Blocks are taken apart only where there would be too few steps.
    assert candidate_layers(nn.Sequential(nn.Conv2d(3, 4, 1), Block()), 8) == ["0", "1.conv"]
    with pytest.raises(ModelError, match="fails for images of 9 x 9 px"):
        candidate_layers(network, 9)
    with pytest.raises(ModelError, match="No layer of this Flatten"):
        candidate_layers(nn.Flatten(), 8)


def test_a_timm_module_is_scored_by_its_own_settings(stimuli):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = timm.create_model("resnet10t", num_classes=10)
    model = ImageModel.from_timm(module)
    settings = timm.data.resolve_model_data_config(module)
    assert model.identifier == "timm:resnet10t" and model.interpolation == settings["interpolation"] == "bicubic"
    assert (model.image_size,) * 2 == settings["input_size"][1:]
    assert "layer1.0" in model.layers
    # timm's own transform, told not to crop: the whole scene is the field of view.
    transform = timm.data.create_transform(**settings | {"crop_pct": 1.0, "crop_mode": "squash"}, is_training=False)
    from PIL import Image

    paths = [stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]]
    images = torch.stack([transform(Image.open(path).convert("RGB")) for path in paths])
    with torch.no_grad():
        expected = module.eval().conv1(images).flatten(1).numpy()
    np.testing.assert_allclose(model.features(stimuli, ["conv1"])["conv1"], expected, rtol=1e-4, atol=1e-4)
    assert as_neural_model(module).fingerprint == model.fingerprint


def test_what_timm_cannot_give_is_said(monkeypatch):
    with pytest.raises(InvalidParameterError, match="timm has no model 'resnt18'"):
        ImageModel.from_timm("resnt18")

    def offline(*args, **options):
        raise OSError("no network")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(
        WeightsUnavailableError, match=r"resnet18 .*no network.*timm.create_model\('resnet18'\) yourself"
    ):
        ImageModel.from_timm("resnet18")


def test_a_wrapper_with_disabled_caching_is_the_wrapper(stimuli):
    model = commitment(activations_model=disable_activation_caching(wrapper()))
    assert isinstance(as_neural_model(model), CommittedNetwork)
    assert isinstance(with_neurn(model), CommittedNetwork)


def test_an_extractor_alone_is_asked_for_its_layers(stimuli):
    """As Brain-Score's own `pixels`: no network, and a preprocessing that hands on paths."""
    holder = types.SimpleNamespace()

    def colours(paths, layer_names):
        return OrderedDict(first=np.array([[len(path), path.count("0")] for path in paths], float))

    holder._extractor = ActivationsExtractorHelper(colours, None, identifier="paths")
    holder._extractor.insert_attrs(holder)

    class Model:
        def __init__(self):
            self._extractor = holder._extractor

        def __call__(self, *args, **options):
            return self._extractor(*args, **options)

    model = commitment(activations_model=Model(), layers=["first"])
    assert as_neural_model(model).features(stimuli)["first"].shape == (6, 2)
    with pytest.raises(ModelError, match="NeuRN cannot be put in front of small"):
        with_neurn(model)
