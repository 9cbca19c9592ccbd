"""Submissions that several test files share: a small data set to score on, and ways to write plugins."""

import hashlib
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
from brainscore_mouse import Recipe, SubjectArrays, package_arrays
from PIL import Image

BENCHMARK = "tiny-lab-VISp-rsa"
N_STIMULI = 16

REGISTRY_LINE = "model_registry['hostile'] = lambda: get_model()"
PLUGIN_HEAD = "from brainscore_mouse import model_registry\n"
NETWORK = """
import torch
from torch import nn
from collections import OrderedDict
from brainscore_mouse import ImageModel, model_registry

def small(**layers):
    torch.manual_seed(0)
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 5, stride=4), **layers))

def image_model(network, layers=("conv",)):
    return ImageModel("hostile", network, list(layers), image_size=16)
"""


def package_tiny_lab(folder: Path) -> None:
    """Package two mice that agree on 16 stimuli as the data set 'tiny-lab'."""
    generator = np.random.default_rng(0)
    paths = []
    for number in range(N_STIMULI):
        paths.append(folder / f"scene_{number:02d}.png")
        Image.fromarray(generator.integers(0, 256, size=(20, 24), dtype=np.uint8)).save(paths[-1])
    signal = generator.normal(size=(N_STIMULI, 6))
    arrays = [
        SubjectArrays(
            "VISp",
            subject,
            signal + 0.3 * generator.normal(size=(6, N_STIMULI, 6)),
            pd.DataFrame({"neuroid_id": [f"{subject}-{number}" for number in range(6)]}),
        )
        for subject in ("m1", "m2")
    ]
    package_arrays(arrays, paths, "tiny-lab", Recipe("made up", (0, 1), "none", "made up", "none", "none"))


def write_plugin(folder: Path, body: str, head: str = NETWORK, registry: str = REGISTRY_LINE) -> Path:
    """Write a plugin whose __init__.py is all there is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text("\n".join([head, textwrap.dedent(body), registry, ""]), encoding="utf-8")
    return folder


def hash_of_folder(folder: Path) -> str:
    """Hash names, kinds and contents of all that is below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b"folder"
        digest.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
