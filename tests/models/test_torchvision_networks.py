"""Networks of torchvision: their weights, layers, and what they compute."""

import hashlib
import re
import urllib.error
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from brainscore_mouse.activations.extract_features import extract_features
from brainscore_mouse.activations.network_input import named_layers
from brainscore_mouse.core.errors import WeightsUnavailableError
from brainscore_mouse.models.torchvision_networks import weights as torchvision_weights
from brainscore_mouse.models.torchvision_networks.architectures import ARCHITECTURES
from brainscore_mouse.plugins.registries import model_registry


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


@pytest.mark.parametrize("identifier", ARCHITECTURES)
def test_all_layers_of_an_architecture_run_in_the_order_of_their_listing(identifier, monkeypatch):
    # Shapes alone matter here: drawing VGG's weights and running it would take seconds.
    for name in ["kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "uniform_"]:
        monkeypatch.setattr(torch.nn.init, name, lambda tensor, *args, **kwargs: tensor)
    model = model_registry[f"{identifier}-random"]().member(0)
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
    model = model_registry[f"{identifier}-random"]().member(0)
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
    first = model_registry["squeezenet1-1-random"]().member(3)
    assert torch.equal(torch.rand(4), expected)
    second = model_registry["squeezenet1-1-random"]().member(3)
    assert first.fingerprint == second.fingerprint
    with torch.random.fork_rng():
        torch.manual_seed(3)
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
