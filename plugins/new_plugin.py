"""The plugins of one file that ``new-model``, ``new-metric`` and ``new-dataset`` write, each with a test."""

import re
from pathlib import Path
from typing import Literal

from ..core.errors import PluginError
from ..core.files import written_whole

Kind = Literal["model", "metric", "dataset"]

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")

_PLUGINS: dict[Kind, str] = {
    "model": '''"""EXAMPLE: a small network with random weights. Put your own in its place."""

import torch
from brainscore_mouse import ImageModel, register_model
from torch import nn


@register_model("IDENTIFIER")
def NAME():
    """Return the model: a network that takes images (n, 3, 64, 64) with values in [0, 1], and its layers to compare."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 16, 7, stride=2), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.ReLU())
    # Weights of your own: network.load_state_dict(torch.load("/where/they/are.pt", weights_only=True))
    return ImageModel("IDENTIFIER", network, layers=["1", "3"], image_size=64)
''',
    "metric": '''"""EXAMPLE: the correlation of two Gram matrices. Put your own similarity in its place."""

import numpy as np
from brainscore_mouse import SimilarityMetric, register_metric


@register_metric("IDENTIFIER")
class CLASS(SimilarityMetric):
    """Pearson correlation between the inner products of pairs of stimuli, in a layer and in a population."""

    ceiling = "split-half"  # a score is divided by what two halves of the repetitions share; "none": it is not

    exponent: float = 1.0  # an option: load_metric("IDENTIFIER", exponent=0.5)

    def similarity(self, model_gram, neural_gram):
        """Compare two Gram matrices of the same stimuli; centred() has the mean over stimuli removed."""
        model, neural = model_gram.centred(), neural_gram.centred()
        pairs = np.triu_indices(len(neural), 1)
        return np.corrcoef(np.sign(model[pairs]) * np.abs(model[pairs]) ** self.exponent, neural[pairs])[0, 1]
''',
    "dataset": '''"""EXAMPLE: made-up recordings of two mice. Put your own in their place."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from brainscore_mouse import Recipe, SubjectArrays, register_dataset
from PIL import Image


@register_dataset("IDENTIFIER", areas=["VISp"])
def NAME():
    """Return the recordings, the images in their order, and how the responses came to be.

    A folder of arrays will do as well: return "/data/my-recordings" (docs/data.md says what must be in it).
    """
    generator = np.random.default_rng(0)
    patches = generator.uniform(0, 255, size=(48, 6, 6))
    folder = Path(tempfile.mkdtemp())
    images = [folder / f"patches_{number:02d}.png" for number in range(len(patches))]
    for path, patch in zip(images, patches, strict=True):
        Image.fromarray(patch.astype(np.uint8)).resize((96, 96)).save(path)
    mice = []
    for mouse in ("mouse1", "mouse2"):
        rates = patches.reshape(48, -1) @ generator.exponential(size=(36, 30)) ** 2
        trials = rates + rates.std(axis=0) * generator.normal(size=(10, 48, 30))  # repetition x stimulus x neuroid
        neuroids = pd.DataFrame({"neuroid_id": [f"{mouse}-{number}" for number in range(30)]})
        mice.append(SubjectArrays("VISp", mouse, trials, neuroids))  # area, subject, responses, neuroids
    recipe = Recipe("made-up rate", (50, 250), "no filters", "made up", "nothing to cite", "no licence")
    return mice, images, recipe
''',
}

_TESTS: dict[Kind, str] = {
    "model": '''"""Test of IDENTIFIER: python -m pytest TEST_FILE."""

from pathlib import Path

from brainscore_mouse import check_model, load_plugin


def test_the_model_does_what_all_models_must_do():
    load_plugin(Path(__file__).with_name("NAME.py"))
    check_model("IDENTIFIER")
''',
    "metric": '''"""Test of IDENTIFIER: python -m pytest TEST_FILE."""

from pathlib import Path

from brainscore_mouse import check_metric, load_metric, load_plugin


def test_the_metric_does_what_all_metrics_must_do():
    load_plugin(Path(__file__).with_name("NAME.py"))
    check_metric(load_metric("IDENTIFIER"))
''',
    "dataset": '''"""Test of IDENTIFIER: python -m pytest TEST_FILE."""

from pathlib import Path

from brainscore_mouse import check_benchmark, load_plugin


def test_the_benchmark_does_what_all_benchmarks_must_do(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path))
    load_plugin(Path(__file__).with_name("NAME.py"))
    check_benchmark("IDENTIFIER-VISp-rsa")
''',
}

_TRY: dict[Kind, str] = {
    "model": "score IDENTIFIER simulated-mouse-VISp-rsa",
    "metric": "score pixels simulated-mouse-VISp-IDENTIFIER",
    "dataset": "score pixels IDENTIFIER-VISp-rsa",
}


def write_new_plugin(kind: Kind, identifier: str, folder: Path) -> tuple[Path, Path, str]:
    """Write a plugin of one file, and a test that runs the check of its kind; both work as they are.

    Parameters
    ----------
    kind : {'model', 'metric', 'dataset'}
        What it registers.
    identifier : str
        Under which name: letters, digits, '_' and '-', beginning with a letter.
    folder : Path
        Where to put the files, ``<name>.py`` and ``test_<name>.py`` with '_' for '-'.

    Returns
    -------
    plugin, test : Path
        The files.
    try_it : str
        The arguments of a command that uses the plugin.

    Raises
    ------
    PluginError
        If nothing can be called this, or one of the files is there already.
    """
    if not _IDENTIFIER.fullmatch(identifier):
        raise PluginError(
            f"A {kind} cannot be called {identifier!r}: use letters, digits, '_' and '-', beginning with a letter."
        )
    name = identifier.replace("-", "_")
    plugin, test = folder / f"{name}.py", folder / f"test_{name}.py"
    for path, text in ((plugin, _PLUGINS[kind]), (test, _TESTS[kind])):
        if path.exists():
            raise PluginError(f"{path} is there already; choose another name or folder.")
        text = text.replace("IDENTIFIER", identifier).replace("TEST_FILE", test.name).replace("NAME", name)
        text = text.replace("CLASS", "".join(word.capitalize() for word in re.split("[-_]", identifier)))
        with written_whole(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    return plugin, test, _TRY[kind].replace("IDENTIFIER", identifier)
