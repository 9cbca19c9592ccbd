"""Labelled stimuli in all kinds and severities of corruption, one set after the other."""

import hashlib
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from PIL import Image

from ...core.image_loading import load_image_batch
from .corrupt import KINDS, SEVERITIES, corrupt

UNCORRUPTED = "uncorrupted"


class Corruption(NamedTuple):
    """What is done to images: a key of `KINDS` and a severity, or `UNCORRUPTED` and 0."""

    kind: str
    severity: int


CORRUPTIONS = (Corruption(UNCORRUPTED, 0), *(Corruption(kind, severity) for kind in KINDS for severity in SEVERITIES))
"""All of them, the uncorrupted images first."""


def corrupted_sets(
    stimuli: StimulusSet, image_size: int, seed: int
) -> Generator[tuple[Corruption, StimulusSet], None, None]:
    """Make the sets of `CORRUPTIONS`, one after the other.

    The images are squashed to a square before they are corrupted, also where nothing else is done to them, and rounded
    to 8 bits, without compression. A corrupted image depends on the image's id, the corruption and the seed alone.

    Parameters
    ----------
    stimuli : StimulusSet
        Named by their content.
    image_size : int
        Side length in pixels, at least 32. The strengths are those published for 224 px.
    seed : int
        Of what is random in corruptions.

    Yields
    ------
    corruption : Corruption
    corrupted : StimulusSet
        In the order of `stimuli` and with their columns; other ids. Its files are removed when the next set is made.
    """
    ids = stimuli["stimulus_id"].tolist()
    images = load_image_batch([Path(stimuli.get_stimulus(key)) for key in ids], image_size)
    for corruption in CORRUPTIONS:
        values = images
        if corruption.kind != UNCORRUPTED:
            seeds = [_seed_of(key, corruption, seed) for key in ids]
            values = corrupt(images, corruption.kind, corruption.severity, seeds)
        pixels = (values * 255).round().byte().permute(0, 2, 3, 1).numpy()
        with tempfile.TemporaryDirectory(prefix="corrupted-") as folder:
            yield corruption, _written(pixels, stimuli, f"{corruption.kind}-{corruption.severity}-{seed}", Path(folder))


def _seed_of(stimulus_id: str, corruption: Corruption, seed: int) -> int:
    text = f"{stimulus_id} {corruption.kind} {corruption.severity} {seed}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _written(pixels: np.ndarray, stimuli: StimulusSet, name: str, folder: Path) -> StimulusSet:
    ids = [f"{key}-{name}" for key in stimuli["stimulus_id"]]
    # Not a copy: its get_stimulus would be that of `stimuli`.
    corrupted = StimulusSet({column: stimuli[column].to_numpy() for column in stimuli} | {"stimulus_id": ids})
    corrupted.stimulus_paths = {key: folder / f"{key}.bmp" for key in ids}
    corrupted.identifier = f"{stimuli.identifier}-{name}"
    for image, path in zip(pixels, corrupted.stimulus_paths.values(), strict=True):
        Image.fromarray(image).save(path)
    return corrupted
