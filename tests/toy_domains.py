"""Made-up domains whose classes are bright quadrants."""

import numpy as np
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_arrays

N_CLASSES = 4


def blobs(n, seed, style="plain"):
    """Images in which the class is a bright quadrant; styles change everything else."""
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % N_CLASSES
    images = generator.normal(60, 30, size=(n, 16, 16, 3))
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 2)
        image[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] += 140
    if style == "inverted":
        images = 255 - images
    return np.clip(np.rint(images), 0, 255).astype(np.uint8), [f"class{label}" for label in labels]


def toy_domains(n=200):
    """Three domains: the source, another draw of the same kind, and an inverted one."""
    return {
        "source": stimuli_of_arrays("toy-source", *blobs(n, 0)),
        "same": stimuli_of_arrays("toy-same", *blobs(n, 1)),
        "inverted": stimuli_of_arrays("toy-inverted", *blobs(n, 2, "inverted")),
    }
