"""Shipped models pass, and each way to be wrong is found by the check that is named after it."""

import itertools

import numpy as np
import pytest
import torch
from brainscore_mouse import check_model, list_models
from brainscore_mouse.core.errors import ConformanceError, ModelError, UnknownIdentifierError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from PIL import Image
from small_models import small_image_model, small_network
from torch import nn

QUICK = ("pixels", "neurn-pixels", "efficientnet-lite0")


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.slow
def test_shipped_models_pass(name):
    check_model(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in list_models() if name.endswith("-random") and name not in QUICK])
def test_all_architectures_pass(name):
    check_model(name)


def test_models_of_users_pass():
    check_model(small_image_model(), load_again=small_image_model)
    check_model(small_image_model("committed", region_layer_map={"VISp": "middle"}))


class Brightness:
    """A user's object with features of its own: the mean of each quarter of the image."""

    identifier = "brightness"
    layers = ("quarters", "halves")
    fingerprint = None

    def features(self, stimulus_set, layers=None):
        quarters = []
        for key in stimulus_set["stimulus_id"]:
            with Image.open(stimulus_set.get_stimulus(key)) as image:
                pixels = np.asarray(image.convert("L"), dtype=float)
            quarters.append(pixels.reshape(2, pixels.shape[0] // 2, 2, -1).mean(axis=(1, 3)).ravel())
        found = {"quarters": np.array(quarters), "halves": np.array(quarters) @ np.kron(np.eye(2), np.ones((2, 1)))}
        return {layer: found[layer] for layer in layers or self.layers}

    def layer_grams(self, stimulus_set, layers=None):
        features = self.features(stimulus_set, layers)
        return {layer: self.gram(matrix) for layer, matrix in features.items()}

    def gram(self, matrix):
        return FeatureGram.of_features(matrix)


def test_an_object_with_gram_matrices_passes():
    check_model(Brightness(), load_again=Brightness)


class BatchCentred(nn.Module):
    def forward(self, activations):
        return activations - activations.mean(dim=0, keepdim=True)


class Counting(nn.Module):
    """Gives something else at each call, without telling its state."""

    calls = itertools.count()

    def forward(self, activations):
        return activations + next(self.calls) * torch.linspace(0, 1, activations[0].numel()).view(activations[0].shape)


class Silent(nn.Module):
    def forward(self, activations):
        return 0 * activations


def with_stage(stage):
    network = small_network()
    network[0] = nn.Sequential(network[0], stage)
    return small_image_model("staged", network=network.eval())


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (lambda: with_stage(BatchCentred()), {"alone"}),
        (lambda: with_stage(Counting()), {"deterministic"}),
        (lambda: with_stage(Silent()), {"grams"}),
        (lambda: small_image_model("two words"), {"identifier"}),
        (lambda: small_image_model("../up"), {"identifier"}),
    ],
)
def test_what_is_wrong_with_a_network_is_found(model, names):
    with pytest.raises(ConformanceError) as found:
        check_model(model())
    assert names <= found.value.violations.keys()


def altered(**changes):
    return type("Altered", (Brightness,), changes)()


def all_layers(self, stimulus_set, layers=None):
    return Brightness.layer_grams(self, stimulus_set)


def the_same_whatever_is_shown(self, stimulus_set, layers=None):
    rows = np.random.default_rng(0).normal(size=(len(stimulus_set), 5))
    return {layer: FeatureGram.of_features(rows) for layer in layers or self.layers}


def plus(addition):
    def gram(self, matrix):
        gram = FeatureGram.of_features(matrix)
        n = len(matrix)
        return FeatureGram(gram.row_centred + addition(n) * gram.row_centred.max(), gram.row_means, gram.n_features)

    return gram


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"layer_grams": all_layers}, {"layers"}),
        ({"layers": ("quarters", "quarters")}, {"layers"}),
        ({"layer_grams": the_same_whatever_is_shown}, {"order-of-stimuli", "alone"}),
        ({"gram": plus(lambda n: np.triu(np.ones((n, n)), 1))}, {"grams"}),
        ({"gram": plus(lambda n: -3 * np.eye(n))}, {"grams"}),
        ({"gram": plus(lambda n: np.full((n, n), np.nan))}, {"grams"}),
        ({"fingerprint": property(lambda self: str(next(Counting.calls)))}, {"fingerprint"}),
    ],
)
def test_what_is_wrong_with_an_object_is_found(changes, names):
    with pytest.raises(ConformanceError) as found:
        check_model(altered(**changes))
    assert names <= found.value.violations.keys()


def test_other_weights_in_a_second_load_are_found():
    seeds = itertools.count()
    with pytest.raises(ConformanceError) as found:
        check_model(small_image_model(), load_again=lambda: small_image_model(network=small_network(1 + next(seeds))))
    assert set(found.value.violations) == {"second-load"}
    assert any("fingerprint" in text for text in found.value.violations["second-load"])


def test_what_is_not_a_model_is_refused_as_elsewhere():
    with pytest.raises(UnknownIdentifierError):
        check_model("no-such-model")
    with pytest.raises(ModelError):
        check_model(object())
