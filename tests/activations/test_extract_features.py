"""Extraction of activations: copies, odd outputs, errors, and the network's state afterwards."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from brainscore_mouse.activations.extract_features import extract_features
from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage
from brainscore_mouse.core.errors import InvalidParameterError, LayerNotFoundError, ModelOutputError
from brainscore_mouse.core.host import default_device
from torch import nn

IDS = [f"s{index}" for index in range(5)]


def images(n=5, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random((n, 3, 8, 8), dtype=np.float32))


def normalized_network():
    generator = torch.Generator().manual_seed(0)
    network = nn.Sequential(
        OrderedDict(conv=nn.Conv2d(3, 4, 3), norm=nn.BatchNorm2d(4), relu=nn.ReLU(inplace=True), pool=nn.AvgPool2d(2))
    )
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return network


class Odd(nn.Module):
    """A network of one layer whose output is whatever `of` makes of the images."""

    def __init__(self, of):
        super().__init__()
        self.layer = nn.Identity()
        self.unused = nn.Identity()
        self.of = of

    def forward(self, x):
        self.layer(self.of(x))
        return x


def test_features_equal_manual_computation_also_before_an_inplace_operation():
    network, stimuli = normalized_network(), images()
    features = extract_features(network, stimuli.split(2), ["norm", "conv", "pool"], IDS)
    network.eval().cpu()
    with torch.no_grad():
        conv = network.conv(stimuli)
        norm = network.norm(conv)
        pool = network.pool(norm.clamp(min=0))
    assert list(features) == ["norm", "conv", "pool"]
    for layer, expected in [("conv", conv), ("norm", norm), ("pool", pool)]:
        assert features[layer].dtype == np.float32
        np.testing.assert_allclose(features[layer], expected.flatten(1).numpy(), rtol=1e-5, atol=1e-6)
    assert features["norm"].min() < 0  # an aliased output would show what the ReLU left of it


@pytest.mark.parametrize(
    "of",
    [
        lambda x: x,
        lambda x: (x, x + 1),
        lambda x: [None, x],
        lambda x: {"name": "x", "features": (x, x + 1)},
        lambda x: x.to(torch.float16).to(torch.float64),
    ],
    ids=["tensor", "tuple", "list", "dict", "float64"],
)
def test_first_tensor_of_an_output_is_taken(of):
    features = extract_features(Odd(of), [images()], ["layer"], IDS)["layer"]
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, images().flatten(1), rtol=1e-3)


def test_tokens_are_flattened():
    features = extract_features(Odd(lambda x: x.flatten(2).mT), [images()], ["layer"], IDS)["layer"]
    assert features.shape == (5, 64 * 3)


def test_last_call_of_a_repeated_layer_is_kept():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(self.relu(x) - 0.5)

    features = extract_features(Twice(), [images()], ["relu"], IDS)["relu"]
    np.testing.assert_array_equal(features, (images() - 0.5).clamp(min=0).flatten(1))


def test_layers_behind_input_stages_keep_their_names():
    network = normalized_network()
    staged = WithInputStage(nn.Identity(), WithInputStage(ChannelNormalization([0.5] * 3, [0.25] * 3), network))
    features = extract_features(staged, [images()], ["conv"], IDS)["conv"]
    expected = extract_features(network, [(images() - 0.5) / 0.25], ["conv"], IDS)["conv"]
    np.testing.assert_allclose(features, expected, rtol=1e-6)


def test_unknown_layer_is_refused_before_any_pass_with_the_closest_names():
    def never():
        raise AssertionError("a batch was asked for")
        yield

    with pytest.raises(LayerNotFoundError, match=r"'konv'.*conv"):
        extract_features(normalized_network(), never(), ["norm", "konv"], IDS)


@pytest.mark.parametrize("bad_value", [float("nan"), float("inf")])
def test_non_finite_activations_name_layer_and_stimulus(bad_value):
    stimuli = images()
    stimuli[3, 0, 0, 0] = bad_value
    with pytest.raises(ModelOutputError, match=r"net.*'layer'.*'s3'"):
        extract_features(Odd(lambda x: x), stimuli.split(2), ["layer"], IDS, "net")


@pytest.mark.parametrize("n_ids", [3, 4, 6])
def test_images_and_stimulus_ids_must_match(n_ids):
    with pytest.raises(InvalidParameterError, match=rf"\b{n_ids}\b"):
        extract_features(Odd(lambda x: x), images().split(2), ["layer"], ["s"] * n_ids)


@pytest.mark.parametrize(
    ("of", "layer", "message"),
    [
        (lambda x: x, "unused", "'unused'"),
        (lambda x: "text", "layer", "'layer'"),
        (lambda x: x.flatten(0, 1), "layer", r"\(15, 8, 8\).*\b5\b"),
        (lambda x: x.sum(), "layer", r"\(\).*\b5\b"),
    ],
)
def test_outputs_without_a_row_per_stimulus_are_refused(of, layer, message):
    with pytest.raises(ModelOutputError, match=message):
        extract_features(Odd(of), [images()], [layer], IDS)


@pytest.mark.parametrize("fails", [False, True])
def test_hooks_are_removed_and_training_flags_put_back(fails):
    network = normalized_network().train()
    network.norm.eval()  # e.g. frozen while the rest trains
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    stimuli = images() * (float("nan") if fails else 1)
    if fails:
        with pytest.raises(ModelOutputError):
            extract_features(network, [stimuli], ["conv", "norm"], IDS)
    else:
        extract_features(network, [stimuli], ["conv", "norm"], IDS)
    assert [network.training, network.conv.training, network.norm.training] == [True, True, False]
    assert not any(module._forward_hooks for module in network.modules())
    for name, buffer in network.named_buffers():
        torch.testing.assert_close(buffer.cpu(), before[name])


def test_batch_normalization_is_not_updated_by_a_training_network():
    network = normalized_network().train()
    extract_features(network, [images()], ["pool"], IDS)
    assert network.norm.num_batches_tracked == 0


@pytest.mark.parametrize(("available", "expected"), [(True, "cuda"), (False, "cpu")])
def test_device_is_cuda_only_where_there_is_one(monkeypatch, available, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert default_device().type == expected
