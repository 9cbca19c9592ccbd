"""A network whose output depends on all that Python lets a forward pass depend on, and ways to change it."""

import ctypes
import functools
from dataclasses import dataclass, field

import torch
from brainscore_mouse.activations.image_model import ImageModel
from torch import nn
from torch.nn.utils import parametrize

SIZE = 16
N_UNITS = 8
LAYERS = ("early", "out")

NEUTRAL = torch.ones(N_UNITS)
# Silences, amplifies and inverts: no metric is blind to it.
EFFECT = torch.tensor([0.0, 3.0, 0.0, -1.0, 0.0, 2.0, 0.0, 1.0])

GLOBAL_GAIN = NEUTRAL


@dataclass
class Settings:
    gain: torch.Tensor = field(default_factory=NEUTRAL.clone)


def with_gain(x, gain):
    return x * gain


def rectified(x):
    return torch.relu(x)


def nearly_linear(x):
    return 0.1 * x + torch.sin(9 * x)


def with_closure():
    """Return a function, and one that changes what it has closed over."""
    gain = NEUTRAL

    def applied(x):
        return x * gain

    def change():
        nonlocal gain
        gain = EFFECT

    return applied, change


class Hidden(nn.Module):
    """Two of these print alike, and have the same state."""

    def __init__(self, gain=NEUTRAL):
        super().__init__()
        self.of_training = {"gain": NEUTRAL}
        self.gain = {"gain": gain}

    def forward(self, x):
        return x * self.gain["gain"] * (self.of_training["gain"] if self.training else 1)


class Changeable(nn.Module):
    """From images of 16 px to eight units."""

    def __init__(self):
        super().__init__()
        self.early = nn.Conv2d(3, 4, 5, stride=3)
        self.norm = nn.BatchNorm2d(4)
        self.late = nn.Linear(4 * 4 * 4, N_UNITS)
        self.hidden = Hidden()
        self.out = nn.Identity()
        self.register_buffer("mask", NEUTRAL.clone(), persistent=False)
        self.gain = NEUTRAL
        self.options = {"gain": NEUTRAL}
        self.settings = Settings()
        self.partial = functools.partial(with_gain, gain=NEUTRAL)
        self.closed, self.change_closure = with_closure()

    def forward(self, images):
        maps = rectified(self.norm(self.early(images)))
        units = self.late(maps.flatten(1)) * self.mask * self.gain * self.options["gain"] * self.settings.gain
        return self.out(self.hidden(self.closed(self.partial(units * GLOBAL_GAIN))))


def changeable_model(identifier="changeable", network=None):
    if network is None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network = Changeable().eval()
    return ImageModel(identifier, network, LAYERS, SIZE, region_layer_map={"VISp": "out"})


MUTATIONS = {}


def mutation(function):
    """Register a change: it is given the network and pytest's monkeypatch."""
    MUTATIONS[function.__name__.replace("_", " ")] = function
    return function


@mutation
def parameter_in_place(network, monkeypatch):
    with torch.no_grad():
        network.late.weight.mul_(EFFECT[:, None])


@mutation
def parameter_replaced(network, monkeypatch):
    network.late.weight = nn.Parameter(network.late.weight.detach() * EFFECT[:, None])


@mutation
def written_through_data(network, monkeypatch):
    network.late.weight.data[::2] = 0


@mutation
def set_to_another_storage(network, monkeypatch):
    with torch.no_grad():
        network.late.weight.set_(network.late.weight * EFFECT[:, None])


@mutation
def written_through_numpy(network, monkeypatch):
    network.late.weight.detach().numpy()[::2] = 0


@mutation
def written_through_a_pointer(network, monkeypatch):
    weight = network.late.weight
    ctypes.memset(weight.data_ptr(), 0, weight.numel() * weight.element_size() // 2)


@mutation
def buffer(network, monkeypatch):
    network.norm.running_mean += torch.tensor([0.0, 0.5, -0.5, 1.0])


@mutation
def buffer_that_is_not_saved(network, monkeypatch):
    network.mask = EFFECT.clone()


@mutation
def forward_hook(network, monkeypatch):
    network.late.register_forward_hook(lambda module, args, output: output * EFFECT)


@mutation
def forward_pre_hook(network, monkeypatch):
    network.out.register_forward_pre_hook(lambda module, args: (args[0] * EFFECT,))


@mutation
def forward_on_the_instance(network, monkeypatch):
    network.out.forward = lambda x: x * EFFECT


@mutation
def closure(network, monkeypatch):
    network.change_closure()


@mutation
def global_of_a_module(network, monkeypatch):
    monkeypatch.setitem(globals(), "GLOBAL_GAIN", EFFECT)


@mutation
def partial(network, monkeypatch):
    network.partial = functools.partial(with_gain, gain=EFFECT)


@mutation
def dataclass_attribute(network, monkeypatch):
    network.settings.gain = EFFECT


@mutation
def dict_attribute(network, monkeypatch):
    network.options["gain"] = EFFECT


@mutation
def tensor_attribute(network, monkeypatch):
    network.gain = EFFECT


@mutation
def code_of_a_called_function(network, monkeypatch):
    monkeypatch.setattr(rectified, "__code__", nearly_linear.__code__)


@mutation
def method_of_the_class(network, monkeypatch):
    monkeypatch.setattr(Hidden, "forward", lambda self, x: x * EFFECT)


@mutation
def submodule_that_prints_alike(network, monkeypatch):
    network.hidden = Hidden(EFFECT)


@mutation
def module_that_stays_in_training(network, monkeypatch):
    network.hidden.of_training["gain"] = EFFECT
    network.hidden.train = lambda mode=True: network.hidden
    network.hidden.training = True


def only_in_training(network, monkeypatch):
    """Change what only trainings see: it is not among `MUTATIONS`."""
    network.late.register_forward_hook(lambda module, args, output: output * EFFECT if module.training else output)


@mutation
def compiled_submodule(network, monkeypatch):
    network.hidden = torch.compile(Hidden(EFFECT), backend="eager")


@mutation
def parametrization(network, monkeypatch):
    class Scaled(nn.Module):
        def forward(self, weight):
            return weight * EFFECT[:, None]

    parametrize.register_parametrization(network.late, "weight", Scaled())


@mutation
def type_of_the_weights(network, monkeypatch):
    network.bfloat16()
