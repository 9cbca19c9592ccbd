"""An area: simulated responses of dLGN, packaged when they are first needed."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from brainscore_mouse import Recipe, SubjectArrays, list_datasets, load_metric, package_arrays
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from PIL import Image

DATASET = "example-mouse"
REGION = "LGd"
SEED = 0
_N_STIMULI, _N_REPETITIONS, _N_NEUROIDS = 48, 10, 30
_PATCHES = 6


def benchmark() -> MouseNeuralBenchmark:
    """Return the benchmark; the data set is made if it is not on this machine."""
    if DATASET not in list_datasets():
        package()
    identifier = f"{DATASET}-{REGION}-example-rsa-pearson"
    return MouseNeuralBenchmark(identifier, DATASET, REGION, load_metric("example-rsa-pearson"))


def package() -> Path:
    """Simulate three mice whose neuroids follow the brightness of image patches, and package them."""
    generator = np.random.default_rng(SEED)
    patches = generator.uniform(0, 255, size=(_N_STIMULI, _PATCHES, _PATCHES))
    subjects = []
    for subject in ("simulated-1", "simulated-2", "simulated-3"):
        weights = generator.exponential(size=(_PATCHES**2, _N_NEUROIDS)) ** 2
        rates = patches.reshape(_N_STIMULI, -1) / 255 @ weights
        noise = rates.std(axis=0) * generator.normal(size=(_N_REPETITIONS, _N_STIMULI, _N_NEUROIDS))
        neuroids = pd.DataFrame({"neuroid_id": [f"{subject}-{number}" for number in range(_N_NEUROIDS)]})
        subjects.append(SubjectArrays(REGION, subject, rates + noise, neuroids))
    recipe = Recipe(
        response="SIMULATED rate, arbitrary unit",
        window_ms=(50, 250),
        filters="none",
        source="simulated by the package brainscore-mouse-example",
        citation="none: simulated",
        licence="MIT",
    )
    with tempfile.TemporaryDirectory() as folder:
        stimuli = []
        for number, image in enumerate(patches):
            stimuli.append(Path(folder) / f"patches_{number:02d}.png")
            Image.fromarray(image.astype(np.uint8)).resize((96, 96), Image.Resampling.BICUBIC).save(stimuli[-1])
        return package_arrays(subjects, stimuli, DATASET, recipe)
