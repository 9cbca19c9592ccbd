"""An area: simulated responses of dLGN."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from brainscore_mouse import Recipe, SubjectArrays
from PIL import Image

AREA = "LGd"
SEED = 0
_N_STIMULI, _N_REPETITIONS, _N_NEUROIDS = 48, 10, 30
_PATCHES = 6


def recordings() -> tuple[list[SubjectArrays], list[Path], Recipe]:
    """Simulate three mice whose neuroids follow the brightness of image patches."""
    generator = np.random.default_rng(SEED)
    patches = generator.uniform(0, 255, size=(_N_STIMULI, _PATCHES, _PATCHES))
    subjects = []
    for subject in ("simulated-1", "simulated-2", "simulated-3"):
        weights = generator.exponential(size=(_PATCHES**2, _N_NEUROIDS)) ** 2
        rates = patches.reshape(_N_STIMULI, -1) / 255 @ weights
        noise = rates.std(axis=0) * generator.normal(size=(_N_REPETITIONS, _N_STIMULI, _N_NEUROIDS))
        neuroids = pd.DataFrame({"neuroid_id": [f"{subject}-{number}" for number in range(_N_NEUROIDS)]})
        subjects.append(SubjectArrays(AREA, subject, rates + noise, neuroids))
    recipe = Recipe(
        response="SIMULATED rate, arbitrary unit",
        window_ms=(50, 250),
        filters="none",
        source="simulated by the package brainscore-mouse-example",
        citation="none: simulated",
        licence="MIT",
    )
    folder = Path(tempfile.mkdtemp())
    stimuli = []
    for number, image in enumerate(patches):
        stimuli.append(folder / f"patches_{number:02d}.png")
        Image.fromarray(image.astype(np.uint8)).resize((96, 96), Image.Resampling.BICUBIC).save(stimuli[-1])
    return subjects, stimuli, recipe
