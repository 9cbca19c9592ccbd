"""What a network does with a few images, in numbers: sensitive to any change, and blind to rounding."""

import numpy as np
import pytest
import timm
import torch
from brainscore_mouse.activations.extraction import Extraction
from brainscore_mouse.activations.probe import Probe, numbers_of_rows
from brainscore_mouse.core.behaviour import Behaviour, probe_rows
from brainscore_mouse.core.threads import one_thread
from small_models import LAYERS, SIZE, small_network


def images(n=2, size=SIZE, seed=0):
    return torch.rand((n, 3, size, size), generator=torch.Generator().manual_seed(seed))


def behaviour_of_rows(rows, rounding=1e-4):
    return Behaviour(numbers_of_rows(rows).numpy(), rounding)


def largest_difference(first, second):
    """Return it relative to the norms, as `agrees_with` takes it."""
    return (np.abs(first.numbers - second.numbers)[..., 1:].max(axis=-1) / first.numbers[..., 1]).max()


NETWORKS = {
    "small": (small_network, LAYERS, SIZE),
    "resnet": (lambda: timm.create_model("test_resnet", pretrained=False), ("layer1.0", "layer3.0", "fc"), 64),
    "transformer": (lambda: timm.create_model("test_vit", pretrained=False), ("blocks.0", "blocks.3", "norm"), 160),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_rounding_of_batches_threads_and_memory_is_far_less_than_tolerated(name):
    make, layers, size = NETWORKS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = make().eval()
    shown = images(size=size)
    whole = Probe(network, Extraction(device="cpu"), shown, "net").behaviour(layers)
    assert whole.numbers.shape[:2] == (len(layers), 2) and whole.rounding == 1e-4
    one_by_one = Probe(network, Extraction(device="cpu", batch_size=1), shown, "net").behaviour(layers)
    in_other_memory = Probe(
        network, Extraction(device="cpu"), shown.contiguous(memory_format=torch.channels_last), "net"
    ).behaviour(layers)
    with one_thread():
        on_one_thread = Probe(network, Extraction(device="cpu"), shown, "net").behaviour(layers)
    for other in (one_by_one, in_other_memory, on_one_thread):
        assert largest_difference(whole, other) < whole.rounding / 20
        assert whole.agrees_with(other) and other.agrees_with(whole)


@pytest.mark.parametrize("precision", ["float64", "bfloat16", "float16"])
def test_rounding_of_other_precisions_is_tolerated_and_no_other_network(precision):
    network, extraction = small_network(), Extraction(device="cpu", precision=precision)
    whole = Probe(network, extraction, images(), "net").behaviour(LAYERS)
    alone = Probe(network, Extraction("cpu", 1, precision), images(), "net").behaviour(LAYERS)
    assert whole.agrees_with(alone)
    other = Probe(small_network(seed=1), extraction, images(), "net").behaviour(LAYERS)
    assert not whole.agrees_with(other)


def rotation(n, seed=0):
    orthogonal, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))
    return torch.from_numpy(orthogonal.astype(np.float32))


CHANGES = {
    "a rotation, which no Gram matrix shows": lambda rows: rows @ rotation(rows.shape[1]),
    "another order of units": lambda rows: rows[:, torch.randperm(rows.shape[1], generator=torch.Generator())],
    "two units exchanged": lambda rows: torch.cat([rows[:, 1:2], rows[:, :1], rows[:, 2:]], dim=1),
    "one unit silenced": lambda rows: torch.cat([0 * rows[:, :1], rows[:, 1:]], dim=1),
    "the sign": lambda rows: -rows,
    "the scale by a thousandth": lambda rows: rows * 1.001,
    "one more unit, silent": lambda rows: torch.cat([rows, 0 * rows[:, :1]], dim=1),
    "the images exchanged": lambda rows: rows.flip(0),
    "not a number": lambda rows: rows * float("nan"),
    "infinity": lambda rows: rows * float("inf"),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
def test_changes_are_seen_at_any_scale(name, scale):
    rows = torch.randn((2, 300), generator=torch.Generator().manual_seed(0))
    assert behaviour_of_rows(rows * scale).agrees_with(behaviour_of_rows(rows * scale * (1 + 1e-6)))
    assert not behaviour_of_rows(rows * scale).agrees_with(behaviour_of_rows(CHANGES[name](rows) * scale))


def test_what_is_not_a_number_agrees_with_nothing():
    rows = torch.full((2, 5), float("nan"))
    assert not behaviour_of_rows(rows).agrees_with(behaviour_of_rows(rows))


def test_silent_layers_agree():
    assert behaviour_of_rows(torch.zeros(2, 5)).agrees_with(behaviour_of_rows(torch.zeros(2, 5)))
    assert not behaviour_of_rows(torch.zeros(2, 5)).agrees_with(behaviour_of_rows(torch.full((2, 5), 1e-30)))


@pytest.mark.parametrize("n_features", [1, 3, 4, 65_537, 200_000])
def test_numbers_are_those_of_numpy(n_features):
    rows = torch.randn((3, n_features), generator=torch.Generator().manual_seed(0))
    numbers = numbers_of_rows(rows).numpy()
    np.testing.assert_array_equal(numbers[:, 0], n_features)
    np.testing.assert_allclose(numbers[:, 1], np.linalg.norm(rows.double().numpy(), axis=1), rtol=1e-5)
    np.testing.assert_allclose(numbers_of_rows(3 * rows)[:, 2:], 3 * numbers[:, 2:], rtol=1e-4, atol=1e-4)


def test_a_behaviour_is_read_back_to_the_last_bit():
    behaviour = behaviour_of_rows(torch.rand(2, 7))
    again = Behaviour.of_json(behaviour.as_json())
    np.testing.assert_array_equal(again.numbers, behaviour.numbers)
    assert (again.suffix, again.rounding) == (behaviour.suffix, behaviour.rounding)


@pytest.mark.parametrize(("n", "rows"), [(1, [0]), (2, [0, 1]), (118, [0, 117])])
def test_the_first_and_the_last_stimulus_show_what_a_network_does(n, rows):
    assert probe_rows(n) == rows
