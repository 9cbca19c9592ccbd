"""Models by names with a prefix: of timm, torchvision, transformers, and in files; all without network."""

import json
import socket

import huggingface_hub
import numpy as np
import pytest
import timm
import torch
import torchvision
from brainscore_mouse import load_model, score_model
from brainscore_mouse.activations.layer_outputs import LayerLayout
from brainscore_mouse.core.errors import ModelError, UnknownIdentifierError, WeightsUnavailableError
from brainscore_mouse.models.loading import needed_file
from brainscore_mouse.models.model_name import ModelName
from brainscore_mouse.models.sources import names_matching
from brainscore_mouse.models.torch_files.file_source import TRUST_VARIABLE
from brainscore_mouse.models.torchvision_networks import by_name
from brainscore_mouse.models.torchvision_networks import weights as torchvision_weights
from torch import nn

BENCHMARK = "simulated-mouse-VISp-ridge"
COMMIT = "0" * 40


@pytest.fixture(autouse=True)
def empty_caches(tmp_path, monkeypatch):
    """Give both libraries' caches an empty folder, and no network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    def no_network(*arguments, **options):
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    return tmp_path


def cached_repository(folder, name):
    """Return the folder of a repository's files in the cache of huggingface.co, as its library lays it out."""
    repository = folder / "hub" / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    files = repository / "snapshots" / COMMIT
    files.mkdir(parents=True)
    return files


def test_timm_names_have_one_canonical_form_with_the_weights():
    assert ModelName.parse("timm:resnet18").canonical == "timm:resnet18.a1_in1k"
    assert ModelName.parse("timm:resnet18.a1_in1k+neurn").canonical == "timm:resnet18.a1_in1k+neurn"
    assert ModelName.parse("timm:resnet18-random").canonical == "timm:resnet18-random"


@pytest.mark.parametrize(
    "name", ["timm:resnt18", "timm:resnet18.nope", "torchvision:resnet18.NOPE", "torchvision:fcn_resnet50"]
)
def test_names_that_a_library_does_not_have_are_refused_with_the_closest(name):
    with pytest.raises(UnknownIdentifierError, match=f"{name.partition(':')[0]}:resnet"):
        ModelName.parse(name)


def test_names_without_weights_point_to_the_untrained_network():
    with_weights = {name.partition(".")[0] for name in timm.list_pretrained()}
    without = next(name for name in timm.list_models() if name not in with_weights)
    with pytest.raises(UnknownIdentifierError, match=f"timm:{without}-random"):
        ModelName.parse(f"timm:{without}")
    assert ModelName.parse(f"timm:{without}-random").is_mean_over_seeds


def test_patterns_are_compared_with_the_list_of_the_library():
    assert names_matching("torchvision", "resnet18*") == ["torchvision:resnet18.IMAGENET1K_V1"]
    assert names_matching("torchvision", "resnet18-random.3") == ["torchvision:resnet18-random.3"]
    assert len(names_matching("timm", "*")) == len(timm.list_pretrained())
    assert len(names_matching("timm", "*-random")) == len(timm.list_models())
    dino = names_matching("timm", "*dinov2*")
    assert dino and all("dinov2" in name for name in dino)
    for prefix, pattern in (("timm", "*no such*"), ("hf", "*")):
        with pytest.raises(UnknownIdentifierError):
            names_matching(prefix, pattern)


def test_every_classification_network_and_weights_of_torchvision_has_a_name():
    listed = [model.name for model in by_name.TorchvisionSource().listed()]
    expected = {
        f"{builder}.{weights.name}"
        for builder in torchvision.models.list_models(module=torchvision.models)
        for weights in torchvision.models.get_model_weights(builder)
    }
    assert set(listed) == expected and len(listed) == len(expected) > 100
    assert all(by_name.TorchvisionSource().canonical(name) == name for name in listed)


def test_missing_weights_name_file_cache_and_remedy(empty_caches):
    for name, parts in {
        "timm:resnet18": ["model.safetensors", "timm/resnet18.a1_in1k", str(empty_caches / "hub"), "models fetch"],
        "hf:org/net": ["config.json", "org/net", str(empty_caches / "hub"), "models fetch"],
        "hf-hub:org/net": ["config.json", "org/net", str(empty_caches / "hub"), "models fetch"],
        "torchvision:resnet18": ["resnet18-f37072fd.pth", str(empty_caches / "torch")],
    }.items():
        with pytest.raises(WeightsUnavailableError) as raised:
            load_model(name)
        needed = needed_file(ModelName.parse(name))
        for part in parts:
            assert part in str(raised.value)
            assert part in needed.remedy
        assert needed.path is None


@pytest.mark.usefixtures("simulated_home")
@pytest.mark.slow
def test_weights_of_timm_in_the_cache_are_read_without_network(empty_caches):
    module = timm.create_model("test_vit")
    name = timm.get_pretrained_cfg("test_vit").hf_hub_id
    files = cached_repository(empty_caches, name)
    timm.models.save_for_hf(module, files, safe_serialization=True)
    model = load_model("timm:test_vit")
    assert model.identifier == "timm:test_vit.r160_in1k"
    assert torch.equal(model.network.network.cls_token, module.cls_token)
    assert needed_file(ModelName.parse("timm:test_vit")).path == files / "model.safetensors"
    settings = timm.data.resolve_model_data_config(module)
    assert model.image_size == settings["input_size"][1] and model.interpolation == settings["interpolation"]
    assert model.resized_size == int(model.image_size / settings["crop_pct"])
    score = score_model("timm:test_vit", BENCHMARK)
    assert score.attrs["is_registered"] and score.attrs["layer"].startswith("blocks.")
    assert score_model("timm:test_vit", BENCHMARK).attrs["from_cache"]


def test_a_timm_repository_of_the_hub_is_read_from_the_cache(empty_caches):
    module = timm.create_model("test_vit", num_classes=3)
    timm.models.save_for_hf(module, cached_repository(empty_caches, "lab/mouse-vit"), model_config={"num_classes": 3})
    model = load_model("hf-hub:lab/mouse-vit")
    assert torch.equal(model.network.network.head.weight, module.head.weight)
    assert model.identifier == "hf-hub:lab/mouse-vit"
    assert load_model("hf-hub:lab/mouse-vit-random.1").fingerprint != model.fingerprint


def test_weights_of_torchvision_are_read_and_cropped_as_they_say(empty_caches, monkeypatch):
    network = torchvision.models.squeezenet1_1()
    path = empty_caches / "weights.pth"
    torch.save(network.state_dict(), path)
    monkeypatch.setattr(torchvision_weights, "_weights_file", lambda identifier, url: path)
    model = load_model("torchvision:squeezenet1_1")
    assert model.identifier == "torchvision:squeezenet1_1.IMAGENET1K_V1"
    assert (model.image_size, model.resized_size) == (224, 256)
    for name, tensor in network.state_dict().items():
        assert torch.equal(model.network.network.state_dict()[name], tensor)


def test_inception_networks_rescale_their_input_as_their_weights_need(monkeypatch):
    monkeypatch.setattr(nn.init, "trunc_normal_", lambda tensor, *arguments, **options: tensor)
    for name in ("googlenet", "inception_v3"):
        assert by_name._network(name, torchvision.models.get_model_weights(name).DEFAULT).transform_input


@pytest.mark.slow
def test_transformers_of_torchvision_are_made_for_the_size_of_their_weights():
    sizes = {}
    for builder in ("vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14"):
        for weights in torchvision.models.get_model_weights(builder):
            with torch.device("meta"):  # without memory for weights
                network = by_name._network(f"{builder}.{weights.name}", weights)
                shape = network(torch.zeros(1, 3, *2 * weights.transforms().crop_size)).shape
            assert shape == (1, 1000)
            sizes[f"{builder}.{weights.name}"] = network.image_size
    assert sizes["vit_b_16.IMAGENET1K_V1"] == 224 and sizes["vit_b_16.IMAGENET1K_SWAG_E2E_V1"] == 384
    assert sizes["vit_h_14.IMAGENET1K_SWAG_E2E_V1"] == 518


def test_channels_of_torchvisions_transformers_leave_out_the_class_token():
    vit, swin = torchvision.models.vit_b_32(), torchvision.models.swin_t()
    layouts = by_name.layouts_of(vit, ["conv_proj", "encoder.layers.encoder_layer_0"])
    assert layouts == {"encoder.layers.encoder_layer_0": LayerLayout(n_prefix_tokens=1)}
    assert by_name.layouts_of(swin, ["features.1"]) == {"features.1": LayerLayout(is_channels_last=True)}


def tiny_vision_model(folder, kind, **settings):
    """Save a tiny model of transformers in the cache, in the library's own format."""
    transformers = pytest.importorskip("transformers")
    sizes = {"hidden_size": 12, "num_hidden_layers": 5, "num_attention_heads": 2, "image_size": 32, "patch_size": 8}
    torch.manual_seed(0)
    network = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**sizes, **settings)).eval()
    files = cached_repository(folder, "lab/tiny")
    network.save_pretrained(files)
    processor = {"do_resize": True, "size": {"shortest_edge": 40}, "do_center_crop": True, "resample": 3}
    processor |= {
        "crop_size": {"height": 32, "width": 32},
        "image_mean": [0.4, 0.5, 0.6],
        "image_std": [0.2, 0.25, 0.3],
    }
    (files / "preprocessor_config.json").write_text(
        json.dumps(processor | {"image_processor_type": "BitImageProcessor"})
    )
    return network


@pytest.mark.parametrize(
    ("kind", "n_prefix_tokens", "settings"),
    [("ViT", 1, {"intermediate_size": 16}), ("Dinov2WithRegisters", 5, {"num_register_tokens": 4})],
)
def test_a_vision_model_of_transformers_sees_what_its_processor_says(empty_caches, kind, n_prefix_tokens, settings):
    network = tiny_vision_model(empty_caches, kind, **settings)
    model = load_model("hf:lab/tiny")
    assert (model.image_size, model.resized_size, model.interpolation) == (32, 40, "bicubic")
    blocks = [layer for layer in model.layers if layer.rpartition(".")[2].isdigit()]
    assert len(blocks) == 5 and {model.layouts[layer] for layer in blocks} == {LayerLayout(n_prefix_tokens)}
    images = torch.rand((2, 3, 32, 32))
    normalized = (images - torch.tensor([0.4, 0.5, 0.6]).view(3, 1, 1)) / torch.tensor([0.2, 0.25, 0.3]).view(3, 1, 1)
    with torch.no_grad():
        expected, found = network(normalized).last_hidden_state, model.network.cpu().eval()(images).last_hidden_state
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_untrained_models_of_transformers_need_the_configuration_only(empty_caches):
    network = tiny_vision_model(empty_caches, "ViT", intermediate_size=16)
    (empty_caches / "hub" / "models--lab--tiny" / "snapshots" / COMMIT / "model.safetensors").unlink()
    random = load_model("hf:lab/tiny-random.2")
    assert random.identifier == "hf:lab/tiny-random.2"
    assert (
        random.fingerprint
        == load_model("hf:lab/tiny-random.2").fingerprint
        != load_model("hf:lab/tiny-random.3").fingerprint
    )
    weights = random.network.network.state_dict()["embeddings.cls_token"]
    assert not torch.equal(weights, network.state_dict()["embeddings.cls_token"])
    with pytest.raises(WeightsUnavailableError, match=r"model\.safetensors"):
        load_model("hf:lab/tiny")


def own_network(width=4):
    return nn.Sequential(
        nn.Conv2d(3, width, 5, 2), nn.ReLU(), nn.Conv2d(width, 8, 3, 2), nn.Flatten(), nn.Linear(288, 7)
    )


@pytest.fixture
def own_files(tmp_path):
    """A state dict beside a factory, the same network as an exported program, and one of torchvision."""
    torch.manual_seed(0)
    network = own_network().eval()
    torch.save(network.state_dict(), tmp_path / "own.pt")
    (tmp_path / "own.json").write_text(
        json.dumps({"network": "own.py:make", "options": {"width": 4}, "image_size": 32})
    )
    (tmp_path / "own.py").write_text(
        "from torch import nn\n"
        "def make(width):\n"
        "    return nn.Sequential(nn.Conv2d(3, width, 5, 2), nn.ReLU(), nn.Conv2d(width, 8, 3, 2), nn.Flatten(), "
        "nn.Linear(288, 7))\n"
    )
    dynamic = ({0: torch.export.Dim("n_images")},)
    torch.export.save(
        torch.export.export(network, (torch.rand(2, 3, 32, 32),), dynamic_shapes=dynamic), tmp_path / "own.pt2"
    )
    squeezed = torchvision.models.squeezenet1_1(num_classes=3)
    torch.save(squeezed.state_dict(), tmp_path / "squeezed.pt")
    described = {
        "network": "torchvision:squeezenet1_1",
        "options": {"num_classes": 3},
        "image_size": 64,
        "mean": [0.5] * 3,
    }
    (tmp_path / "squeezed.json").write_text(json.dumps(described))
    return tmp_path


@pytest.mark.usefixtures("simulated_home")
@pytest.mark.slow
def test_a_file_of_weights_and_the_exported_program_are_the_same_network(own_files, monkeypatch):
    monkeypatch.setenv(TRUST_VARIABLE, str(own_files))
    by_factory, exported = (score_model(f"torch-file:{own_files / name}", BENCHMARK) for name in ("own.pt", "own.pt2"))
    assert float(by_factory) == pytest.approx(float(exported), abs=1e-4)
    assert by_factory.attrs["layer_scores"].keys() <= {"0", "1", "2", "3", "4"}


def test_no_code_of_a_file_is_run_unless_its_folder_is_trusted(own_files, monkeypatch):
    (own_files / "own.py").write_text("raise SystemExit('code was run')\n")
    for folders in ("", str(own_files / "elsewhere")):
        monkeypatch.setenv(TRUST_VARIABLE, folders)
        for name in ("own.pt", "own.pt2"):
            with pytest.raises(ModelError, match=f"export {TRUST_VARIABLE}={own_files}"):
                load_model(f"torch-file:{own_files / name}")
    assert load_model(f"torch-file:{own_files / 'squeezed.pt'}").image_size == 64  # no code of others


def test_files_that_are_no_state_dict_or_lack_a_description_are_refused(own_files):
    (own_files / "alone.pt").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"alone\.json"):
        load_model(f"torch-file:{own_files / 'alone.pt'}")
    (own_files / "alone.json").write_text(json.dumps({"network": "torchvision:squeezenet1_1", "image_size": 64}))
    with pytest.raises(WeightsUnavailableError):
        load_model(f"torch-file:{own_files / 'alone.pt'}")
    with pytest.raises(UnknownIdentifierError):
        load_model(f"torch-file:{own_files / 'nowhere.pt'}")
    (own_files / "alone.json").write_text(json.dumps({"network": "torchvision:squeezenet1_1", "size": 64}))
    with pytest.raises(ModelError, match="size"):
        load_model(f"torch-file:{own_files / 'alone.pt'}")
