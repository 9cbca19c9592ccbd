"""ImageModel: image loading, Brain-Score's interface, Gram matrices and their cache."""

import re
import warnings

import numpy as np
import pytest
import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse.activations import recorded_network as recorded_network_module
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage
from brainscore_mouse.core.errors import DataError, InvalidParameterError, LayerNotFoundError, ModelError
from brainscore_mouse.core.image_loading import load_image, load_image_batch
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.models.neurn.normalization import neural_response_normalization
from brainscore_mouse.models.neurn.with_neurn import with_neurn
from PIL import Image
from small_models import small_image_model, small_network
from torch import nn

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def small_model(seed=0, **changes):
    network = WithInputStage(ChannelNormalization(MEAN, STD), small_network(seed))
    return small_image_model(**({"network": network, "layers": ["early", "middle"]} | changes))


@pytest.fixture
def stimulus_set(tmp_path):
    return save_stimuli(tmp_path / "stimuli")


def save_stimuli(folder, n=20, seed=0, mode="RGB"):
    folder.mkdir()
    rng = np.random.default_rng(seed)
    paths = {}
    for index in range(n):
        path = folder / f"image_{index}.png"
        Image.fromarray(rng.integers(0, 256, (50, 70, 4), dtype=np.uint8), "RGBA").convert(mode).save(path)
        paths[f"s{index}"] = path
    stimuli = StimulusSet({"stimulus_id": list(paths), "kind": ["even", "odd"] * (n // 2)})
    stimuli.stimulus_paths = paths
    stimuli.identifier = "noise"
    return stimuli


@pytest.mark.filterwarnings("ignore:Palette images with Transparency")
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_images_equal_those_of_brainscore(tmp_path, mode):
    from brainscore_vision.model_helpers.activations.pytorch import load_preprocess_images

    stimuli = save_stimuli(tmp_path / "stimuli", n=2, mode=mode)
    if mode == "1":  # Brain-Score leaves binary images as one channel; here they are gray
        Image.open(stimuli.get_stimulus("s0")).convert("L").save(tmp_path / "gray.png")
        expected = load_image(tmp_path / "gray.png", 32)
    else:
        images = load_preprocess_images([stimuli.get_stimulus("s0")], image_size=32)
        expected = torch.from_numpy(images[0]) * torch.tensor(STD).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)
    image = load_image(stimuli.get_stimulus("s0"), 32)
    assert image.shape == (3, 32, 32)
    torch.testing.assert_close(image, expected, rtol=0, atol=1e-6)


def test_images_that_cannot_be_shown_are_refused(tmp_path):
    Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(tmp_path / "deep.png")
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(DataError, match=r"deep\.png has the mode 'I;16'.*--image-range"):
        load_image(tmp_path / "deep.png", 8)
    with pytest.raises(DataError, match=r"text\.png cannot be read"):
        load_image(tmp_path / "text.png", 8)
    with pytest.raises(DataError, match=r"none\.png"):
        load_image(tmp_path / "none.png", 8)


def test_activations_equal_those_of_pytorch_wrapper(stimulus_set, monkeypatch):
    from functools import partial

    from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images

    monkeypatch.setenv("RESULTCACHING_DISABLE", "1")
    wrapper = PytorchWrapper(
        small_network(), partial(load_preprocess_images, image_size=32), identifier="small", batch_size=8
    )
    expected = wrapper([str(path) for path in stimulus_set.stimulus_paths.values()], layers=["early", "middle"])
    features = small_model().features(stimulus_set)
    for layer in ["early", "middle"]:
        np.testing.assert_allclose(features[layer], expected.sel(layer=layer).values, rtol=1e-5, atol=1e-5)


def test_look_at_gives_an_assembly_that_brainscore_can_score(stimulus_set):
    model = small_model(region_layer_map={"VISp": "middle"})
    model.start_task("passive")
    model.start_recording("VISp", time_bins=[(0, 250), (250, 500)])
    assembly = model.look_at(stimulus_set, number_of_trials=5)
    n_features = 6 * 6 * 6  # channels x positions: 32 px are 14 after the first convolution, 6 after the second
    assert assembly.dims == ("presentation", "neuroid", "time_bin")
    assert assembly.shape == (20, n_features, 2)
    assert assembly["stimulus_id"].values.tolist() == [f"s{index}" for index in range(20)]
    assert assembly["kind"].values.tolist() == ["even", "odd"] * 10
    assert set(assembly["layer"].values) == {"middle"}
    assert set(assembly["region"].values) == {"VISp"}
    assert set(assembly["model"].values) == {"small"}
    assert len(set(assembly["neuroid_id"].values)) == n_features
    assert assembly["time_bin_end"].values.tolist() == [250, 500]
    expected = model.features(stimulus_set)["middle"]
    for time_bin in range(2):
        np.testing.assert_allclose(assembly.values[:, :, time_bin], expected, rtol=1e-6, atol=1e-6)


def test_look_at_without_time_bins_can_be_averaged_by_brainscore(stimulus_set):
    from brainscore_vision.metric_helpers.xarray_utils import Defaults

    model = small_model(region_layer_map={"VISp": "early"})
    model.start_recording("VISp")
    assembly = model.look_at(stimulus_set[["stimulus_id"]])
    assert assembly.dims == ("presentation", "neuroid")
    averaged = assembly.multi_groupby([Defaults.stimulus_coord, "stimulus_num"]).mean(dim="presentation")
    assert averaged.dims == ("presentation", "neuroid")


def test_recording_needs_a_committed_layer_and_a_region(stimulus_set):
    model = small_model(region_layer_map={"VISl": "early"})
    with pytest.raises(ModelError, match=r"'VISp'.*VISl.*score_model"):
        model.start_recording("VISp")
    with pytest.raises(ModelError, match="start_recording"):
        model.look_at(stimulus_set)
    with pytest.raises(ModelError, match="'label'"):
        model.start_task("label")
    assert model.visual_degrees() == 8


def test_impossible_models_are_refused():
    with pytest.raises(InvalidParameterError, match=r"'early', 'early'"):
        small_model(layers=["early", "early"])
    with pytest.raises(InvalidParameterError, match=r"\[\]"):
        small_model(layers=[])
    with pytest.raises(InvalidParameterError, match=r"\b0\b"):
        small_model(image_size=0)
    with pytest.raises(LayerNotFoundError, match=r"'earl'.*early"):
        small_model(layers=["earl"])
    with pytest.raises(LayerNotFoundError, match="'polo'"):
        small_model(region_layer_map={"VISp": "polo"})


def assert_same_grams(actual, expected):
    assert list(actual) == list(expected)
    for layer in expected:
        norm = np.trace(expected[layer].row_centred) / len(expected[layer].row_centred)
        np.testing.assert_allclose(actual[layer].row_centred, expected[layer].row_centred, atol=2e-6 * norm)
        np.testing.assert_allclose(actual[layer].row_means, expected[layer].row_means, rtol=1e-5, atol=1e-6)
        assert actual[layer].n_features == expected[layer].n_features


def grams_of_features(model, stimulus_set):
    return {layer: FeatureGram.of_features(features) for layer, features in model.features(stimulus_set).items()}


@pytest.fixture
def passes(monkeypatch):
    """Record the layers of each pass over all stimuli."""
    calls = []
    lockstep_grams = recorded_network_module.lockstep_grams

    def counted(network, batches, layers, *rest):
        calls.append(list(layers))
        return lockstep_grams(network, batches, layers, *rest)

    monkeypatch.setattr(recorded_network_module, "lockstep_grams", counted)
    return calls


def test_grams_are_those_of_the_features_and_come_from_one_pass(stimulus_set, passes):
    model = small_model()
    grams = model.layer_grams(stimulus_set)
    assert passes == [["early", "middle"]]
    assert_same_grams(grams, grams_of_features(model, stimulus_set))


def test_grams_are_cached_over_instances_and_only_missing_layers_are_computed(stimulus_set, passes, home):
    first = small_model().layer_grams(stimulus_set, ["middle"])
    both = small_model(identifier="another name").layer_grams(stimulus_set)
    again = small_model().layer_grams(stimulus_set)
    assert passes == [["middle"], ["early"]]
    np.testing.assert_array_equal(both["middle"].row_centred, first["middle"].row_centred)
    np.testing.assert_array_equal(again["early"].row_centred, both["early"].row_centred)
    assert len(list((home / "cache" / "grams").iterdir())) == 2


def test_cached_grams_are_not_taken_for_other_content(tmp_path, stimulus_set, passes):
    small_model().layer_grams(stimulus_set, ["early"])
    small_model(seed=1).layer_grams(stimulus_set, ["early"])
    small_model(image_size=31).layer_grams(stimulus_set, ["early"])
    with_neurn(small_model()).layer_grams(stimulus_set, ["early"])
    small_model().layer_grams(stimulus_set.iloc[::-1].pipe(with_paths, stimulus_set), ["early"])
    other_pixels = save_stimuli(tmp_path / "other", seed=1)
    small_model().layer_grams(other_pixels, ["early"])
    assert len(passes) == 6


def with_paths(subset, stimulus_set):
    subset.stimulus_paths = stimulus_set.stimulus_paths
    return subset


def test_stimuli_overwritten_in_place_are_noticed(stimulus_set, passes):
    model = small_model()
    before = model.layer_grams(stimulus_set, ["early"])["early"]
    Image.new("RGB", (50, 70), "red").save(stimulus_set.get_stimulus("s0"))
    after = model.layer_grams(stimulus_set, ["early"])["early"]
    assert len(passes) == 2
    assert not np.allclose(before.row_centred[0], after.row_centred[0])
    np.testing.assert_allclose(before.row_centred[1:, 1:], after.row_centred[1:, 1:], rtol=1e-5, atol=1e-5)


def test_weights_trained_in_place_are_noticed(stimulus_set, passes):
    model = small_model()
    model.layer_grams(stimulus_set, ["early"])
    with torch.no_grad():
        model.network.network.early.weight.add_(1)
    grams = model.layer_grams(stimulus_set)
    assert passes == [["early"], ["early", "middle"]]
    assert_same_grams(grams, grams_of_features(model, stimulus_set))


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[: len(whole) // 2], lambda whole: b"", lambda whole: b"\x00" * len(whole)]
)
def test_damaged_cache_file_is_computed_again_with_a_warning(stimulus_set, passes, home, damage):
    expected = small_model().layer_grams(stimulus_set, ["early"])
    (cache_file,) = (home / "cache" / "grams").iterdir()
    cache_file.write_bytes(damage(cache_file.read_bytes()))
    with pytest.warns(UserWarning, match=re.escape(str(cache_file))):
        recomputed = small_model().layer_grams(stimulus_set, ["early"])
    assert_same_grams(recomputed, expected)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small_model().layer_grams(stimulus_set, ["early"])
    assert len(passes) == 2


def test_grams_of_impossible_requests_are_refused(tmp_path, stimulus_set):
    model = small_model()
    with pytest.raises(LayerNotFoundError, match="'earl'"):
        model.layer_grams(stimulus_set, ["earl"])
    with pytest.raises(DataError):
        model.layer_grams(with_paths(stimulus_set.iloc[:0], stimulus_set))
    stimulus_set.stimulus_paths["s3"] = tmp_path / "gone.png"
    with pytest.raises(DataError, match=r"gone\.png"):
        model.layer_grams(stimulus_set)


def test_fingerprint_covers_weights_architecture_and_image_size_but_not_the_name():
    base = small_model().fingerprint
    assert len(base) == 64
    assert small_model(identifier="another name").fingerprint == base
    assert small_model(seed=1).fingerprint != base
    assert small_model(image_size=31).fingerprint != base
    assert small_model(network=small_network()).fingerprint != base
    network = small_network()
    network.middle.stride = (1, 1)
    assert small_model(network=network).fingerprint != small_model(network=small_network()).fingerprint


def test_fingerprint_covers_the_code_of_modules():
    def network(sign):
        source = f"class Sign(nn.Module):\n    def forward(self, x):\n        return {sign}"
        namespace = {"nn": nn, "__name__": "user_network"}
        exec(source, namespace)  # noqa: S102 - as in a notebook, where a class is defined once more
        return nn.Sequential(namespace["Sign"]())

    prints = [ImageModel("m", network(sign), ["0"], 8).fingerprint for sign in ("x", "x", "-x", "x in {'a', 'b'}")]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_neurn_stands_before_the_normalization_and_leaves_the_given_model_alone(stimulus_set):
    model = small_model(region_layer_map={"VISp": "early"})
    fingerprint, printed = model.fingerprint, repr(model.network)
    before = model.features(stimulus_set)["early"]
    neurn = with_neurn(model)
    images = load_image_batch(list(stimulus_set.stimulus_paths.values()), 32)
    normalized = (neural_response_normalization(images) - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(
        3, 1, 1
    )
    with torch.no_grad():
        expected = small_network().early(normalized).flatten(1)
    np.testing.assert_allclose(neurn.features(stimulus_set)["early"], expected, rtol=1e-4, atol=1e-5)
    assert neurn.identifier == "small+neurn"
    assert (neurn.layers, neurn.image_size, neurn.region_layer_map) == (("early", "middle"), 32, {"VISp": "early"})
    assert neurn.fingerprint != fingerprint
    neurn.region_layer_map["VISl"] = "middle"
    assert model.region_layer_map == {"VISp": "early"}
    assert (model.fingerprint, repr(model.network)) == (fingerprint, printed)
    np.testing.assert_allclose(model.features(stimulus_set)["early"], before, rtol=1e-6, atol=1e-6)


class Wave(nn.Module):
    """A module whose setting is neither a parameter nor printed."""

    def __init__(self, frequency):
        super().__init__()
        self.frequency = frequency

    def forward(self, images):
        return torch.cos(self.frequency * images)


def test_fingerprint_covers_plain_attributes():
    models = [ImageModel("wave", nn.Sequential(Wave(frequency)), ["0"], 8) for frequency in (1, 40)]
    before = models[0].fingerprint
    assert before != models[1].fingerprint
    models[0].network[0].frequency = 40  # changed in place
    assert models[0].fingerprint == models[1].fingerprint


def test_an_image_may_be_no_square(tmp_path):
    path = tmp_path / "image.png"
    pixels = np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    expected = np.asarray(Image.fromarray(pixels).resize((20, 12), Image.Resampling.BILINEAR))
    assert np.array_equal((load_image(path, (12, 20)).permute(1, 2, 0) * 255).round().numpy(), expected)
    seen = []
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten())
    network.register_forward_pre_hook(lambda module, args: seen.append(tuple(args[0].shape)))
    model = ImageModel("wide", network, image_size=(12, 20))
    assert model.image_size == (12, 20) and {shape[1:] for shape in seen} == {(3, 12, 20)}
    assert ImageModel("square", network, image_size=(12, 12)).image_size == 12


def test_layers_that_are_not_named_are_searched():
    assert ImageModel("small", small_network(), image_size=32).layers == ("early", "relu", "middle", "late")


def test_mean_and_standard_deviation_are_applied_before_the_network():
    images = torch.rand(2, 3, 32, 32)
    mean, std = [0.4, 0.5, 0.6], [0.1, 0.2, 0.3]
    model = small_image_model(mean=mean, std=std)
    normalized = (images - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    with torch.no_grad():
        assert torch.allclose(model.network(images), small_network()(normalized), atol=1e-5)
    assert model.fingerprint != small_image_model().fingerprint


@pytest.mark.parametrize(
    "options",
    [{"mean": [0.5] * 3}, {"mean": [0.5], "std": [0.5]}, {"mean": [0.5] * 3, "std": [0.5, 0, 0.5]}, {"n_channels": 2},
     {"image_size": (32,)}, {"image_size": None}, {"image_size": 0}, {"image_size": 31.5}, {"layers": []}],
)  # fmt: skip
def test_input_options_that_make_no_sense_are_refused(options):
    with pytest.raises(InvalidParameterError):
        small_image_model(**options)


def test_a_network_of_one_channel_sees_gray_images_on_request():
    network = nn.Sequential(nn.Conv2d(1, 2, 5), nn.Flatten())
    with pytest.raises(ModelError, match="n_channels=1"):
        ImageModel("gray", network, image_size=32)
    model = ImageModel("gray", network, image_size=32, n_channels=1, mean=[0.5], std=[0.25])
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        expected = network((images.mean(dim=1, keepdim=True) - 0.5) / 0.25)
        assert torch.allclose(model.network(images), expected, atol=1e-5)
