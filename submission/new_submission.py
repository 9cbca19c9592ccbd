"""The plugin that ``brainscore-mouse new-submission`` writes: a small network with random weights, to be replaced."""

import re
from pathlib import Path

from ..core.errors import SubmissionError
from ..core.files import folder_written_whole

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")

_FILES = {
    "__init__.py": '''"""The model plugin IDENTIFIER."""

from brainscore_mouse import model_registry

from .model import get_model

model_registry["IDENTIFIER"] = lambda: get_model("IDENTIFIER")
''',
    "model.py": '''"""EXAMPLE: a small convolutional network with random weights. Put your own in its place."""

from collections import OrderedDict

import torch
from torch import nn

SEED = 0
IMAGE_SIZE = 64


def get_model(identifier):
    """Return the model; images come in as (n_images, 3, IMAGE_SIZE, IMAGE_SIZE) with values in [0, 1]."""
    from brainscore_mouse import ImageModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        network = nn.Sequential(
            OrderedDict(
                conv1=nn.Conv2d(3, 16, kernel_size=7, stride=2, padding=3),
                relu1=nn.ReLU(),
                pool1=nn.MaxPool2d(2),
                conv2=nn.Conv2d(16, 32, kernel_size=3, padding=1),
                relu2=nn.ReLU(),
                pool2=nn.AdaptiveAvgPool2d(4),
                flatten=nn.Flatten(),
                fc=nn.Linear(32 * 4 * 4, 10),
            )
        )
    # Weights of your own: keep them as a file in this folder, and read them with
    # network.load_state_dict(torch.load(Path(__file__).parent / "weights.pth", weights_only=True))
    return ImageModel(identifier, network, layers=get_layers(identifier), image_size=IMAGE_SIZE)


def get_layers(identifier):
    """Return the candidate layers, from early to late."""
    return ["relu1", "pool1", "relu2", "pool2", "fc"]


def get_bibtex(identifier):
    """Return the citation of the model."""
    return ""
''',
    "test.py": '''"""Tests of the plugin: python -m pytest test.py."""

import importlib.util
from pathlib import Path

from brainscore_mouse import check_model


def load():
    """Import model.py from this folder, whatever the folder is called."""
    spec = importlib.util.spec_from_file_location("submitted_model_file", Path(__file__).parent / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_layers_exist():
    module = load()
    model = module.get_model("IDENTIFIER")
    assert list(model.layers) == module.get_layers("IDENTIFIER")


def test_the_model_passes_all_checks():
    check_model(load().get_model("IDENTIFIER"), load_again=lambda: load().get_model("IDENTIFIER"))
''',
    "requirements.txt": "torch\n",
    "metadata.yaml": """models:
  IDENTIFIER:
    architecture: DCNN
    model_family: example
    total_parameter_count: 12138
    trainable_parameter_count: 12138
    total_layers: 3
    trainable_layers: 3
    model_size_mb: 0.05
    training_dataset: null
    task_specialization: null
    brainscore_link: null
    huggingface_link: null
    extra_notes: EXAMPLE written by brainscore-mouse new-submission; random weights
    runnable: true
""",
}


def write_new_submission(identifier: str, folder: Path) -> Path:
    """Write a model plugin to start from; `submit` accepts it as it is.

    Parameters
    ----------
    identifier : str
        The model's name.
    folder : Path
        Where to put the plugin's folder, which is called like the model, with '_' for '-'.

    Returns
    -------
    Path
        The plugin's folder.

    Raises
    ------
    SubmissionError
        If a model cannot be called this, or the plugin's folder is there already.
    """
    if not _IDENTIFIER.fullmatch(identifier):
        raise SubmissionError(
            f"A model cannot be called {identifier!r}: use letters, digits, '_' and '-', beginning with a letter."
        )
    plugin = folder / identifier.replace("-", "_")
    if plugin.exists():
        raise SubmissionError(f"{plugin} is there already; choose another name or folder.")
    with folder_written_whole(plugin) as unfinished:
        for name, content in _FILES.items():
            (unfinished / name).write_text(content.replace("IDENTIFIER", identifier), encoding="utf-8")
    return plugin
