"""A brainscore_vision of one's own: a tree of links to the installed one, which tests may write to."""

import importlib.util
import os
import sys
from pathlib import Path

import torch
import torchvision
from places import REPOSITORY

_WRITTEN_TO = ("benchmarks", "metrics", "data")


def installed_folder():
    return Path(importlib.util.find_spec("brainscore_vision").origin).parent


def private_copy(folder):
    """Make ``folder/brainscore_vision``; what is in its benchmarks, metrics and data are links."""
    copy = folder / "brainscore_vision"
    for inner in ("", *_WRITTEN_TO):
        (copy / inner).mkdir(parents=True)
        for path in (installed_folder() / inner).iterdir():
            if path.name not in (*_WRITTEN_TO, "__pycache__"):
                (copy / inner / path.name).symlink_to(path)
    return copy


def listing(folder):
    """Return every file below a folder with its size, short of what Python compiles."""
    return {
        str(path.relative_to(folder)): path.lstat().st_size if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }


def environment(private, home, torch_home):
    """Return the environment of a process that imports the private copy, with folders of its own."""
    repository = REPOSITORY
    named = home / "named"
    if not named.exists():
        named.mkdir(parents=True)
        (named / "brainscore_mouse").symlink_to(repository)
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(private.parent), str(named)]),
        "BRAINSCORE_MOUSE_HOME": str(home),
        "TORCH_HOME": str(torch_home),
        "RESULTCACHING_HOME": str(home / "result_caching"),
        "PYTHONWARNINGS": "ignore",
        "PYTHON": sys.executable,
    }


def seed_torchvision(torch_home, *names):
    """Put random weights where torch hub would put torchvision's pretrained ones."""
    for name in names:
        builder = getattr(torchvision.models, name)
        weights = torchvision.models.get_model_weights(builder).IMAGENET1K_V1
        path = torch_home / "hub" / "checkpoints" / weights.url.rpartition("/")[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            torch.save(builder(weights=None).state_dict(), path)
