"""Models of Brain-Score and of users, as models whose layers can be compared."""

import os
import types
from collections import OrderedDict

import numpy as np
import pytest
import torch
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_mouse import ImageModel, load_stimulus_set, score_model, with_neurn
from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage
from brainscore_mouse.brainscore_bridge.as_neural_model import as_neural_model
from brainscore_mouse.brainscore_bridge.committed_model import ActivationsModel, CommittedNetwork
from brainscore_mouse.core.errors import LayerNotFoundError, ModelError, ModelOutputError
from brainscore_vision.model_helpers.activations.core import ActivationsExtractorHelper
from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, disable_activation_caching
from small_commitment import commitment, wrapper
from small_models import LAYERS, SIZE, small_network
from torch import nn

pytestmark = pytest.mark.usefixtures("simulated_home")

BENCHMARK = "simulated-mouse-VISp-ridge"
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.fixture
def stimuli():
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_committed_layer_is_respected_and_layer_wins():
    committed = score_model(commitment(VISp="middle"), BENCHMARK)
    assert committed.attrs["layer_scores"].keys() == {"middle"}
    assert score_model(commitment(VISp=["middle"]), BENCHMARK).attrs["from_cache"]
    chosen = score_model(commitment(VISp="middle"), BENCHMARK, layer="late")
    assert chosen.attrs["layer_scores"].keys() == {"late"}
    with pytest.raises(ModelError, match=r"\b2\b.*VISp"):
        score_model(commitment(VISp=["early", "late"]), BENCHMARK)
    with pytest.raises(LayerNotFoundError, match="'nope'"):
        score_model(commitment(), BENCHMARK, layer="nope")


def test_visual_degrees_are_the_models_own_and_the_whole_scene_fills_them():
    small, large = commitment(visual_degrees=8), commitment(visual_degrees=120)
    assert as_neural_model(small).visual_degrees() == 8 and as_neural_model(large).visual_degrees() == 120
    assert float(score_model(small, BENCHMARK)) == pytest.approx(float(score_model(large, BENCHMARK)), abs=1e-6)


@pytest.mark.slow
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


@pytest.mark.slow
def test_wrappers_that_record_in_their_own_way_are_asked_for_each_layer(stimuli):
    class Doubling(PytorchWrapper):
        def get_activations(self, images, layer_names):
            recorded = super().get_activations(images, layer_names)
            return OrderedDict((layer, 2 * values) for layer, values in recorded.items())

    plain = commitment()
    doubled = commitment(activations_model=Doubling(small_network(), wrapper()._extractor.preprocess, identifier="x"))
    ours = as_neural_model(doubled)
    assert isinstance(ours, ActivationsModel) and ours.fingerprint is None
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
            "counting.*'missing'.*KeyError",
        ),
        (Counting(output=lambda rows: rows[:5]), ModelOutputError, r"'mean'.*counting.*\b5\b.*\b6\b"),
        (Counting(output=lambda rows: rows * np.nan), ModelOutputError, "'mean'.*counting"),
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
    with pytest.raises(LayerNotFoundError, match="'pair'"):
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
    with pytest.raises(ModelError, match=r"hidden.*Recorded"):
        score_model(model, BENCHMARK, layer="x")


@pytest.mark.parametrize("step", ["start_recording", "look_at"])
def test_a_model_that_cannot_be_recorded_from_is_refused_by_name(step):
    with pytest.raises(ModelError, match=rf"hidden.*Recorded.*VISp.*{step}.*KeyError"):
        score_model(Recorded(fails_in=step), BENCHMARK)


# --- NeuRN ----------------------------------------------------------------------------------------------------------


def test_neurn_sees_image_values_before_a_wrappers_normalization(stimuli):
    """The same as our own model whose normalization is a module behind NeuRN."""
    theirs = with_neurn(commitment())
    assert theirs.identifier == "small+neurn" and theirs.fingerprint != as_neural_model(commitment()).fingerprint
    network = WithInputStage(ChannelNormalization(IMAGENET_MEAN, IMAGENET_STD), small_network())
    ours = with_neurn(ImageModel("small", network, LAYERS, image_size=SIZE))
    for layer, expected in ours.features(stimuli).items():
        np.testing.assert_allclose(theirs.features(stimuli)[layer], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
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


def test_neurn_in_front_of_what_hides_its_input_is_refused():
    with pytest.raises(ModelError, match="hidden"):
        with_neurn(Recorded())
    with pytest.raises(ModelError, match="counting"):
        with_neurn(Counting())


# --- modules of users -------------------------------------------------------------------------------------------


def test_a_bare_module_is_refused_with_the_line_to_write():
    with pytest.raises(ModelError, match=r"ImageModel\('a-name-of-its-own', network, image_size=224\)"):
        score_model(nn.Linear(2, 2), BENCHMARK)
    with pytest.raises(ModelError, match="dict"):
        score_model({}, BENCHMARK)


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
    with pytest.raises(ModelError, match="small"):
        with_neurn(model)
