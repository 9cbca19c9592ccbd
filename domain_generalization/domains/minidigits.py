"""The embedded domains: scikit-learn's handwritten digits as source, targets made of other digits on the spot."""

from collections.abc import Callable
from functools import cache

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from PIL import Image, ImageFilter
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from .photo_blend import photo_blended
from .rendered_digits import digit_masks
from .stimuli import stimuli_of_arrays

SOURCE = "handwritten"
IMAGE_SIZE = 32
N_TARGET_DIGITS = 600
_SEED = 0
_NOISE_SD = 64.0  # of 255
_BLUR_SD = 2.0  # px
_CONTRAST = 0.2


def load_minidigits(domain: str) -> StimulusSet:
    """Make one of `DOMAINS`.

    The source has 1197 digits of the UCI set. The targets show the 600 others, transformed (or, as 'rendered',
    drawn again, with as many of each class): no digit is in the source and in a target.

    Parameters
    ----------
    domain : str
        A key of `DOMAINS`.

    Returns
    -------
    StimulusSet
        Images of 32 x 32 px.
    """
    images, labels = DOMAINS[domain]()
    return stimuli_of_arrays(f"minidigits-{domain}", images, labels)


@cache
def _digits(part: str) -> tuple[np.ndarray, list[str]]:
    images, targets = load_digits(return_X_y=True)
    source, target = train_test_split(
        np.arange(len(images)), test_size=N_TARGET_DIGITS, stratify=targets, random_state=_SEED
    )
    rows = {"source": source, "target": target}[part]
    small = np.rint(images[rows].reshape(-1, 8, 8) / 16 * 255).astype(np.uint8)
    large = [Image.fromarray(image).resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC) for image in small]
    return np.stack([np.asarray(image) for image in large]), [str(label) for label in targets[rows]]


def _handwritten() -> tuple[np.ndarray, list[str]]:
    return _digits("source")


def _rendered() -> tuple[np.ndarray, list[str]]:
    _, labels = _digits("target")
    return digit_masks(labels, IMAGE_SIZE, _SEED), labels


def _photo_blended() -> tuple[np.ndarray, list[str]]:
    digits, labels = _digits("target")
    return photo_blended(digits, _SEED), labels


def _inverted() -> tuple[np.ndarray, list[str]]:
    digits, labels = _digits("target")
    return 255 - digits, labels


def _low_contrast() -> tuple[np.ndarray, list[str]]:
    digits, labels = _digits("target")
    return np.rint(127.5 + _CONTRAST * (digits - 127.5)).astype(np.uint8), labels


def _noisy() -> tuple[np.ndarray, list[str]]:
    digits, labels = _digits("target")
    noise = np.random.default_rng(_SEED).normal(scale=_NOISE_SD, size=digits.shape)
    return np.clip(np.rint(digits + noise), 0, 255).astype(np.uint8), labels


def _blurred() -> tuple[np.ndarray, list[str]]:
    digits, labels = _digits("target")
    blurred = [np.asarray(Image.fromarray(digit).filter(ImageFilter.GaussianBlur(_BLUR_SD))) for digit in digits]
    return np.stack(blurred), labels


DOMAINS: dict[str, Callable[[], tuple[np.ndarray, list[str]]]] = {
    SOURCE: _handwritten,
    "rendered": _rendered,
    "photo-blended": _photo_blended,
    "inverted": _inverted,
    "low-contrast": _low_contrast,
    "noisy": _noisy,
    "blurred": _blurred,
}
