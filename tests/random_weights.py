"""Brain-Score's plugins without network: whatever they would download is replaced by seeded random weights."""

import contextlib
import sys
import types
import urllib.request
from pathlib import Path

import huggingface_hub
import pytest
import safetensors.torch
import timm.models._builder
import torch
from brainscore_core.supported_data_standards.brainio import s3
from torch import nn
from torch.nn.modules.module import _IncompatibleKeys
from torchvision.models import _api as torchvision_api

PLACEHOLDER = Path("random-weights.pth")


class RandomWeights(dict):
    """Stands for a checkpoint of any shape: each of its entries is another, and loading it changes nothing."""

    def __missing__(self, key):
        return self

    def get(self, key, default=None):
        return self


@contextlib.contextmanager
def random_weights(seed=0):
    """Let plugins be loaded with the weights that their networks are initialised with, under a seed."""
    load_state_dict, load, load_safetensors = nn.Module.load_state_dict, torch.load, safetensors.torch.load_file

    def load_unless_random(self, state_dict, *args, **options):
        # What is derived from a random checkpoint is empty; some plugins look at what is missing.
        return _IncompatibleKeys([], []) if not state_dict else load_state_dict(self, state_dict, *args, **options)

    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        patch.setattr(nn.Module, "load_state_dict", load_unless_random)
        patch.setattr(
            torch, "load", lambda file, *a, **o: RandomWeights() if is_placeholder(file) else load(file, *a, **o)
        )
        patch.setattr(torch.hub, "load_state_dict_from_url", lambda *a, **o: RandomWeights())
        patch.setattr(torchvision_api, "load_state_dict_from_url", lambda *a, **o: RandomWeights())
        patch.setattr(timm.models._builder, "load_pretrained", lambda *a, **o: None)
        patch.setattr(
            safetensors.torch,
            "load_file",
            lambda file, *a, **o: RandomWeights() if is_placeholder(file) else load_safetensors(file, *a, **o),
        )
        patch.setattr(huggingface_hub, "hf_hub_download", lambda *a, **o: str(PLACEHOLDER))
        patch.setattr(s3, "load_weight_file", lambda *a, **o: PLACEHOLDER)
        patch.setattr(s3, "load_file", lambda *a, **o: PLACEHOLDER)
        for name in ("gdown", "wget"):  # whatever they would write is not there
            patch.setitem(sys.modules, name, _downloader(name))
        patch.setattr(urllib.request, "urlretrieve", lambda *a, **o: (PLACEHOLDER, None))
        patch.setitem(sys.modules, "cornet", types.ModuleType("cornet"))
        patch.setitem(sys.modules, "cornet.cornet_s", _cornet_s())
        yield


def is_placeholder(file):
    return isinstance(file, str | Path) and not Path(file).exists()


class RecurrentArea(nn.Module):
    """An area that runs several times before it hands on."""

    def __init__(self, n_in, n_out, n_steps):
        super().__init__()
        self.entry = nn.Conv2d(n_in, n_out, 3, stride=8 if n_in == 3 else 2, padding=1)
        self.recurrent = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.output = nn.Identity()
        self.n_steps = n_steps

    def forward(self, images):
        entered = self.entry(images)
        state = torch.zeros_like(entered)
        for _ in range(self.n_steps):
            state = self.output(torch.relu(entered + self.recurrent(state)))
        return state


class Decoder(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(n_in, 10)

    def forward(self, images):
        return self.linear(self.avgpool(images).flatten(1))


def _downloader(name):
    module = types.ModuleType(name)
    module.download = lambda *arguments, **options: str(PLACEHOLDER)
    return module


def _cornet_s():
    """Stand in for the package `cornet`, which is on no index: areas and time steps are those of CORnet-S."""
    module = types.ModuleType("cornet.cornet_s")
    areas = {"V1": (3, 8, 1), "V2": (8, 16, 2), "V4": (16, 16, 4), "IT": (16, 32, 2)}

    def cornet_s():
        network = nn.Sequential()
        for name, sizes in areas.items():
            network.add_module(name, RecurrentArea(*sizes))
        network.add_module("decoder", Decoder(32))
        return network

    module.CORnet_S = cornet_s
    return module
