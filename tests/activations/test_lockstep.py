"""Gram matrices from interleaved forward passes: equal to those of ordinary passes, or refused."""

import gc
from collections import OrderedDict

import numpy as np
import pytest
import torch
from brainscore_mouse.activations.extract_features import extract_features
from brainscore_mouse.activations.extraction import Extraction
from brainscore_mouse.activations.lockstep import LockstepImpossibleError, lockstep_grams
from brainscore_mouse.core.errors import ModelOutputError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from greenlet import greenlet
from torch import nn

N_STIMULI = 11
IDS = [f"s{index}" for index in range(N_STIMULI)]


def images(seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random((N_STIMULI, 3, 16, 16), dtype=np.float32))


def seeded(network):
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / parameter[0].numel() ** 0.5
    return network


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.conv(self.relu(x)) + x)  # the ReLU runs twice, in place


def convolutional():
    return seeded(
        nn.Sequential(
            OrderedDict(
                stem=nn.Conv2d(3, 8, 3), norm=nn.BatchNorm2d(8), block=Residual(8), pool=nn.AvgPool2d(2),
                flat=nn.Flatten(), head=nn.Linear(392, 5),
            )
        )
    )  # fmt: skip


CONVOLUTIONAL_LAYERS = ["pool", "block", "stem", "norm", "block.relu", "block.conv", "head"]


def of_ordinary_pass(network, layers, extraction=None):
    features = extract_features(network, [images()], layers, IDS, extraction=extraction)
    return {layer: FeatureGram.of_features(features[layer].astype(np.float64)) for layer in layers}


def assert_same(grams, expected, tolerance=1e-6):
    assert set(grams) == set(expected)
    for layer, gram in grams.items():
        assert gram.n_features == expected[layer].n_features
        norm = np.trace(expected[layer].row_centred) / N_STIMULI
        np.testing.assert_allclose(
            gram.row_centred, expected[layer].row_centred, rtol=0, atol=tolerance * norm, err_msg=layer
        )
        np.testing.assert_allclose(gram.row_means, expected[layer].row_means, rtol=1e-5, atol=tolerance * 10)


@pytest.fixture
def n_walking():
    """Return a function that counts the passes that have begun and not ended: each is a greenlet."""

    def count():
        return sum(issubclass(type(found), greenlet) and bool(found) for found in gc.get_objects()) - n_before

    n_before = 0
    n_before = count()
    return count


@pytest.mark.parametrize("batch_size", [1, 3, 4, 11, 50])
def test_grams_equal_those_of_an_ordinary_pass(batch_size):
    network = convolutional()
    extraction = Extraction(device="cpu")
    grams = lockstep_grams(network, images().split(batch_size), CONVOLUTIONAL_LAYERS, IDS, extraction)
    # In the order of running; the block's own end is that of its ReLU.
    assert list(grams) == ["stem", "norm", "block.conv", "block.relu", "block", "pool", "head"]
    assert_same(grams, of_ordinary_pass(network, CONVOLUTIONAL_LAYERS))


def test_a_layer_before_an_inplace_operation_is_recorded_as_it_was():
    network = nn.Sequential(OrderedDict(norm=nn.BatchNorm2d(3), relu=nn.ReLU(inplace=True)))
    network.norm.bias.data -= 0.5
    grams = lockstep_grams(network, images().split(4), ["norm", "relu"], IDS, Extraction(device="cpu"))
    shifted = (images() / (1 + 1e-5) ** 0.5 - 0.5).flatten(1).double().numpy()
    expected = {"norm": FeatureGram.of_features(shifted), "relu": FeatureGram.of_features(shifted.clip(min=0))}
    assert_same(grams, expected)


def test_networks_that_view_activations_in_the_usual_memory_format_are_run_in_it():
    class Viewing(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.head = nn.Linear(784, 5)

        def forward(self, x):
            x = self.conv(x)
            return self.head(x.view(len(x), -1))

    network = seeded(Viewing())
    grams = lockstep_grams(network, images().split(4), ["conv", "head"], IDS, Extraction(device="cpu"))
    assert_same(grams, of_ordinary_pass(network, ["conv", "head"]))


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-6), ("bfloat16", 0.02), ("float16", 0.003)])
def test_precision(precision, tolerance):
    network = convolutional()
    extraction = Extraction(device="cpu", precision=precision)
    grams = lockstep_grams(network, images().split(4), ["stem", "head"], IDS, extraction)
    assert next(network.parameters()).dtype == torch.float32
    expected = of_ordinary_pass(network, ["stem", "head"])
    assert_same(grams, expected, tolerance)
    differs = np.abs(grams["head"].row_centred - expected["head"].row_centred).max() > 0
    assert differs


class Remembering(nn.Module):
    """Keeps the images in a module attribute until after the layer, as some recurrent networks keep their state."""

    def __init__(self):
        super().__init__()
        self.first = nn.Identity()
        self.second = nn.Identity()

    def forward(self, x):
        self.state = x
        self.first(x)
        return self.second(self.state * 2)


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.noise = nn.Identity()

    def forward(self, x):
        return self.noise(x + torch.randn_like(x))


class CachingShape(nn.Module):
    """Fails when another batch has passed in between."""

    def __init__(self):
        super().__init__()
        self.first = nn.Identity()
        self.second = nn.Identity()

    def forward(self, x):
        self.state = x
        return self.second(self.first(x) + self.state)


@pytest.mark.parametrize(
    ("network", "layers"),
    [(Remembering(), ["first", "second"]), (Noisy(), ["noise"]), (CachingShape(), ["first", "second"])],
)
def test_passes_that_influence_each_other_are_noticed(network, layers, n_walking):
    with pytest.raises(LockstepImpossibleError):
        lockstep_grams(network, images().split(4), layers, IDS, Extraction(device="cpu"))
    assert n_walking() == 0
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("bad_value", [float("nan"), float("inf")])
@pytest.mark.parametrize("stimulus", [0, 7])
def test_non_finite_activations_name_layer_and_stimulus(bad_value, stimulus):
    stimuli = images()
    stimuli[stimulus, 0, 0, 0] = bad_value
    with pytest.raises(ModelOutputError, match=rf"net.*'conv'.*'s{stimulus}'"):
        lockstep_grams(
            nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 3))), stimuli.split(4), ["conv"], IDS,
            Extraction(device="cpu"), "net",
        )  # fmt: skip


def test_a_layer_that_does_not_run_is_refused_before_the_other_batches_are_read():
    class Batches(list):
        def __iter__(self):
            yield self[0]
            raise AssertionError("a second batch was read")

    network = convolutional()
    network.unused = nn.Identity()
    network.forward = lambda x: network.stem(x)
    with pytest.raises(ModelOutputError, match="'unused'"):
        lockstep_grams(network, Batches(images().split(4)), ["stem", "unused"], IDS, Extraction(device="cpu"))


def test_an_interrupted_pass_leaves_no_walk_and_no_hook(n_walking):
    network = convolutional().train()
    pool = network.pool.forward
    n_walking_then = []

    def interrupted(x):
        if len(x) == 3:  # of the last batch
            n_walking_then.append(n_walking())
            raise KeyboardInterrupt
        return pool(x)

    network.pool.forward = interrupted
    with pytest.raises(KeyboardInterrupt):
        lockstep_grams(network, images().split(4), ["stem", "pool"], IDS, Extraction(device="cpu"))
    assert n_walking_then == [3]
    assert n_walking() == 0
    assert not any(module._forward_hooks for module in network.modules())
    assert network.training


def test_squares_beyond_float32_are_no_infinity():
    class Huge(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Identity()

        def forward(self, x):
            return self.layer(x * 1e30)

    gram = lockstep_grams(Huge(), images().split(4), ["layer"], IDS, Extraction(device="cpu"))["layer"]
    expected = FeatureGram.of_features(images().flatten(1).double().numpy())
    np.testing.assert_allclose(gram.row_centred / 1e60, expected.row_centred, rtol=0, atol=5e-5)
