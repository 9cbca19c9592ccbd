"""Each image gives the same activations, whatever is beside it and however often it is seen; or it is an error."""

import functools
import itertools
import random

import numpy as np
import pytest
import torch
from brainscore_mouse.activations.extraction import Extraction
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.core.errors import ModelError
from brainscore_mouse.core.image_loading import load_image_batch
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_arrays
from torch import nn
from toy_domains import blobs


class Stage(nn.Module):
    """Some function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Mixing(Stage):
    """The same, by a name to be found in an error."""


def cached_of_network(home):
    """Return what is cached, but for the images, which are the same for all networks."""
    return [path for path in (home / "cache").rglob("*.npz") if path.parent.name != "images"]


@pytest.fixture
def stimuli(home):
    return stimuli_of_arrays("toy", *blobs(9, 0))


def model_of(*stages, **options):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 4, 5, stride=2), *stages, nn.Flatten())
    return ImageModel("mine", network, [str(len(stages))], 16, **options)


def grams_of(model, stimuli):
    return model.layer_grams(stimuli)[model.layers[0]].row_centred


INFLUENCES = {
    "batch normalization without statistics": lambda: nn.BatchNorm2d(4, track_running_stats=False),
    "batch mean": lambda: Mixing(lambda x: x - x.mean(dim=0)),
    "batch maximum": lambda: Mixing(lambda x: x / x.abs().max()),
    "attention over the batch": lambda: Mixing(lambda x: torch.softmax(x, dim=0)),
    "sorted by brightness": lambda: Mixing(lambda x: x[x.mean(dim=(1, 2, 3)).argsort()]),
    "reversed": lambda: Mixing(lambda x: x.flip(0)),
    "one image to the next": lambda: Mixing(lambda x: x + x.roll(1, 0)),
}


@pytest.mark.parametrize("name", INFLUENCES)
@pytest.mark.parametrize("batch_size", [2, 9])
def test_images_that_influence_one_another_are_refused_with_the_module(stimuli, name, batch_size, home):
    model = model_of(nn.ReLU(), INFLUENCES[name](), extraction=Extraction(batch_size=batch_size))
    for show in (model.layer_grams, model.layer_channels, lambda stimuli: model.readout_features(stimuli, "2")):
        with pytest.raises(ModelError, match=r"mine .*'2', a (Mixing|BatchNorm2d).*batch_size=1"):
            show(stimuli)
    assert not cached_of_network(home)


def only_among_more_than(n):
    return lambda x: x - x.mean(dim=0) if len(x) > n else x


def with_frames_of_four(x):
    if len(x) < 4:
        return x
    films = x[: len(x) // 4 * 4].unflatten(0, (-1, 4))
    return torch.cat([(films - films.mean(dim=1, keepdim=True)).flatten(0, 1), x[len(films) * 4 :]])


def with_six_places(x):
    return torch.cat([x[:6], torch.zeros_like(x[6:])])


def with_statistics_of_the_last(x):
    return torch.cat([x[:4], x[4:] - x[4:].mean(dim=0)]) if len(x) > 4 else x


def tired_after(n_batches):
    calls = itertools.count()
    return lambda x: x / 2 if next(calls) > n_batches else x


IN_LARGE_BATCHES = {
    "more than two": lambda: only_among_more_than(2),
    "more than eight": lambda: only_among_more_than(8),
    "frames of a film": lambda: with_frames_of_four,
    "places at experts": lambda: with_six_places,
    "the last ones": lambda: with_statistics_of_the_last,
}


@pytest.mark.parametrize("name", IN_LARGE_BATCHES)
@pytest.mark.parametrize("kind", ["layer_grams", "layer_channels", "readout_features"])
def test_images_that_influence_one_another_in_large_batches_only_are_refused(stimuli, name, kind, home):
    model = model_of(Mixing(IN_LARGE_BATCHES[name]()), extraction=Extraction(batch_size=9))
    with pytest.raises(ModelError, match=r"mine .*within a whole batch.*batch_size=1"):
        getattr(model, kind)(stimuli, *["1"] * (kind == "readout_features"))
    assert not cached_of_network(home)
    assert grams_of(model.with_extraction(Extraction(batch_size=1)), stimuli).shape == (9, 9)


def test_what_changes_after_many_images_is_refused(stimuli):
    model = model_of(Mixing(tired_after(8)), extraction=Extraction(batch_size=1))
    with pytest.raises(ModelError, match="after it has seen others"):
        model.layer_channels(stimuli)


def test_where_images_are_seen_one_by_one_they_cannot_influence_one_another(stimuli):
    alone = Extraction(batch_size=1)
    batch = model_of(nn.BatchNorm2d(4, track_running_stats=False), extraction=alone)
    instance = model_of(nn.InstanceNorm2d(4))  # the same, of each image
    np.testing.assert_allclose(grams_of(batch, stimuli), grams_of(instance, stimuli), rtol=1e-4, atol=1e-3)
    with pytest.raises(ModelError, match="influence one another"):
        grams_of(batch.with_extraction(Extraction(batch_size=4)), stimuli)  # what is stored is of another network


def counting():
    calls = itertools.count()
    return lambda x: x * (1 + next(calls) % 5)


def remembering():
    last = [torch.zeros(())]

    def forward(x):
        before, last[0] = last[0], x.mean()
        return x + before

    return forward


CHANGES_EACH_TIME = {
    "numpy's noise": lambda: lambda x: x + torch.from_numpy(np.random.default_rng().normal(size=x.shape)).to(x),
    "faint noise": lambda: lambda x: x * (1 + 0.004 * torch.from_numpy(np.random.default_rng().normal(size=x.shape))),
    "python's noise": lambda: lambda x: x * random.random(),  # noqa: S311
    "a counter": counting,
    "the last batch": remembering,
}


@pytest.mark.parametrize("name", CHANGES_EACH_TIME)
@pytest.mark.parametrize("batch_size", [1, 4])
def test_what_changes_each_time_is_refused_with_the_module(stimuli, name, batch_size):
    model = model_of(Mixing(CHANGES_EACH_TIME[name]()), extraction=Extraction(batch_size=batch_size))
    module = "" if name == "the last batch" else r" \(in its module '1', a Mixing\)"  # it hides where it is shown twice
    with pytest.raises(ModelError, match=rf"mine gives other activations each time.*{module}"):
        model.layer_grams(stimuli)


class ActiveDropout(nn.Dropout):
    def forward(self, x):
        return nn.functional.dropout(x, self.p, training=True)


@pytest.mark.parametrize("stage", [ActiveDropout(0.3), Stage(lambda x: x + torch.randn_like(x))])
def test_noise_of_torch_is_the_same_each_time(stimuli, stage):
    first = grams_of(model_of(stage), stimuli)
    np.testing.assert_array_equal(grams_of(model_of(stage, extraction=Extraction(precision="float32")), stimuli), first)
    assert np.abs(first - grams_of(model_of(nn.Identity()), stimuli)).max() > 0.1


@pytest.mark.parametrize(
    "stage", [nn.GroupNorm(2, 4), nn.BatchNorm2d(4), nn.InstanceNorm2d(4), nn.LayerNorm(6), nn.Dropout(0.5)]
)
def test_what_treats_each_image_by_itself_is_taken(stimuli, stage):
    model = model_of(stage)
    small, large = (grams_of(model.with_extraction(Extraction(batch_size=size)), stimuli) for size in (2, 9))
    np.testing.assert_allclose(small, large, rtol=1e-6)


class Settling(nn.Module):
    """Runs its layer until all images of the batch have settled; what has settled stays."""

    def __init__(self, step, has_settled):
        super().__init__()
        self.layer = Stage(step)
        self.has_settled = has_settled
        self.head = nn.Identity()

    def forward(self, images):
        x = images
        while True:
            before, x = x, self.layer(x)
            if self.has_settled(before, x):
                return self.head(x)


SETTLING = {
    "halved until small": (
        lambda x: torch.where(x > 0.05, x / 2, x),
        lambda before, x: bool((before == x).all()),
        lambda images: images / 2 ** np.maximum(np.ceil(np.log2(np.maximum(images, 1e-9) / np.float32(0.05))), 0),
    ),
    "square root by Newton's steps": (
        lambda x: x,  # replaced below: it needs the images
        None,
        np.sqrt,
    ),
    "counted down": (
        lambda x: torch.where(x > 0.1, x - 0.0625, x),
        lambda before, x: bool((before == x).all()),
        lambda images: functools.reduce(lambda x, _: np.where(x > np.float32(0.1), x - 0.0625, x), range(20), images),
    ),
}


class Newton(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Identity()
        self.head = nn.Identity()

    def forward(self, images):
        wanted = images + 1e-3
        x = torch.ones_like(images) * 64
        while True:
            before, x = x, self.layer((x + wanted / x) / 2)
            if (before - x).abs().max() < 1e-6:
                return self.head(x)


@pytest.mark.parametrize("name", SETTLING)
@pytest.mark.parametrize("batch_size", [1, 2, 4])
def test_of_a_layer_that_runs_until_it_has_settled_the_last_output_is_taken(name, batch_size, home):
    images, labels = blobs(8, 0)
    images[:4] //= 8  # dark ones need fewer steps; which come first depends on their hashes
    stimuli = stimuli_of_arrays("toy", images, labels)
    step, has_settled, settled = SETTLING[name]
    network = Newton() if has_settled is None else Settling(step, has_settled)
    model = ImageModel("settling", network, ["layer", "head"], 16, extraction=Extraction(batch_size=batch_size))
    shown = load_image_batch([stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]], 16).numpy()
    truth = settled(shown + (1e-3 if has_settled is None else 0)).reshape(8, -1).astype(np.float64)
    centred = truth - truth.mean(axis=1, keepdims=True)
    for layer, gram in model.layer_grams(stimuli).items():
        np.testing.assert_allclose(gram.row_centred, centred @ centred.T, rtol=0, atol=1e-4, err_msg=layer)
        np.testing.assert_allclose(model.readout_features(stimuli, layer), truth, rtol=0, atol=1e-5)
