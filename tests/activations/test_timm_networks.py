"""Networks of timm, run with their own settings."""

import numpy as np
import pytest
import timm
import torch
from brainscore_mouse import ImageModel, load_stimulus_set
from brainscore_mouse.activations.layer_outputs import LayerLayout
from brainscore_mouse.brainscore_bridge.as_neural_model import as_neural_model
from brainscore_mouse.core.errors import ModelError
from PIL import Image

pytestmark = pytest.mark.usefixtures("simulated_home")


@pytest.fixture
def stimuli():
    return load_stimulus_set("simulated-mouse").iloc[:6]


def test_a_timm_module_is_scored_by_its_own_settings(stimuli):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = timm.create_model("resnet10t", num_classes=10)
    model = ImageModel.from_timm(module)
    settings = timm.data.resolve_model_data_config(module)
    assert model.identifier == "timm-module:resnet10t" and model.interpolation == settings["interpolation"] == "bicubic"
    assert (model.image_size,) * 2 == settings["input_size"][1:]
    assert list(model.layers) == ["act1", "layer1", "layer2", "layer3", "layer4"]  # its feature_info
    assert model.resized_size > model.image_size  # crop_pct is 0.95
    # timm's own transform, told to squash the scene to a square before it takes the centre.
    transform = timm.data.create_transform(**settings | {"crop_mode": "squash"}, is_training=False)
    paths = [stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]]
    images = torch.stack([transform(Image.open(path).convert("RGB")) for path in paths])
    with torch.no_grad():
        expected = module.eval().conv1(images).flatten(1).numpy()
    np.testing.assert_allclose(model.features(stimuli, ["conv1"])["conv1"], expected, rtol=1e-4, atol=1e-4)
    assert as_neural_model(module).fingerprint == model.fingerprint


@pytest.mark.parametrize(
    ("architecture", "n_prefix_tokens", "is_channels_last"),
    [
        ("test_vit", 1, False),
        ("test_vit4", 1, False),
        ("test_efficientnet", 0, False),
        ("swin_tiny_patch4_window7_224", 0, True),
    ],
)
@pytest.mark.slow
def test_channels_are_the_means_of_what_timm_returns_as_intermediate_features(
    stimuli, architecture, n_prefix_tokens, is_channels_last
):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = timm.create_model(architecture).eval()
    model = ImageModel.from_timm(module)
    paths = [stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]][:2]
    with torch.no_grad():
        images = model.network.input_stage(model._read_stimuli(paths))
        intermediates = module.forward_intermediates(images, output_fmt="NCHW", intermediates_only=True)
    channels = model.layer_channels(stimuli.iloc[:2])
    assert len(channels) == len(intermediates)
    for found, expected in zip(channels.values(), intermediates, strict=True):
        np.testing.assert_allclose(found, expected.mean(dim=(2, 3)).numpy(), rtol=1e-3, atol=1e-4)
    layouts = {model.layouts.get(layer, LayerLayout()) for layer in model.layers}
    assert layouts == {LayerLayout(n_prefix_tokens, is_channels_last)}


def test_a_network_whose_input_is_not_square_is_shown_what_timm_shows_it(stimuli):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = timm.create_model("test_vit", img_size=(96, 64)).eval()
    module.pretrained_cfg["input_size"] = (3, 96, 64)
    model = ImageModel.from_timm(module)
    settings = timm.data.resolve_model_data_config(module)
    assert model.image_size == (96, 64) and model.resized_size == (101, 67)  # crop_pct is 0.95
    transform = timm.data.create_transform(**settings | {"crop_mode": "squash"}, is_training=False)
    paths = [stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]]
    images = torch.stack([transform(Image.open(path).convert("RGB")) for path in paths])
    with torch.no_grad():
        expected = module.patch_embed(images).flatten(1).numpy()
    features = model.features(stimuli, ["patch_embed"])["patch_embed"]
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4)
    assert all(layout.n_prefix_tokens == 1 for layout in model.layouts.values())


@pytest.mark.parametrize(("n_channels", "told"), [(1, "n_channels=1"), (5, "5 channels")])
def test_a_network_for_other_than_three_channels_is_refused(n_channels, told):
    module = timm.create_model("test_resnet", in_chans=n_channels)
    with pytest.raises(ModelError, match=f"ResNet.*{told}"):
        ImageModel.from_timm(module)
    module.pretrained_cfg["input_size"] = (n_channels, 160, 160)
    with pytest.raises(ModelError, match=f"test_resnet.* {n_channels} "):
        ImageModel.from_timm(module)


def test_a_network_whose_blocks_do_not_give_its_features_is_searched():
    module = timm.create_model("tnt_s_legacy_patch16_224", depth=2)
    model = ImageModel.from_timm(module)
    assert not any(layer.startswith("blocks.") for layer in model.layers)  # its blocks return two tensors
