"""MNIST-M's recipe: digits blended with photographs."""

import numpy as np

from ...data_packaging.photographs import photograph

PHOTOGRAPHS = (
    "china.jpg",
    "flower.jpg",
    "astronaut.png",
    "chelsea.png",
    "coffee.png",
    "rocket.jpg",
    "motorcycle_left.png",
)
"""Those in colour, at least 300 px on each side."""


def photo_blended(digits: np.ndarray, seed: int) -> np.ndarray:
    """Blend each digit with a patch of a photograph: the absolute difference of the two.

    Parameters
    ----------
    digits : np.ndarray of shape (n_images, height, width)
        uint8, bright strokes on black.
    seed : int
        Of the choice of photographs and patches.

    Returns
    -------
    np.ndarray of shape (n_images, height, width, 3)
        uint8.

    Notes
    -----
    Ganin et al. 2016, JMLR 17(59), section 4.1.3: ``|patch - digit|`` for each colour channel. Theirs are photographs
    of BSDS500, which cannot be shipped; these come with scikit-image and scikit-learn, so the numbers of papers that
    use the original MNIST-M are not expected to be met.
    """
    sources = [photograph(file) for file in PHOTOGRAPHS]
    blended = np.empty((*digits.shape, 3), np.uint8)
    height, width = digits.shape[1:]
    for index, digit in enumerate(digits):
        generator = np.random.default_rng([seed, index])
        source = sources[generator.integers(len(sources))]
        top = generator.integers(source.shape[0] - height + 1)
        left = generator.integers(source.shape[1] - width + 1)
        patch = source[top : top + height, left : left + width].astype(np.int16)
        blended[index] = np.abs(patch - digit[..., None].astype(np.int16))
    return blended
