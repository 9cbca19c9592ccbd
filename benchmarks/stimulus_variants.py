"""Other pictures for models than the mice saw, under other identifiers: as a mouse may see them, or as a control.

By default the whole scene is a model's field of view. A variant is asked for by name, as in
``allen-mouse-VISp-rsa@64px``. A score on a control is what is left of it without what the control takes away.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from PIL import Image

from ..core.cache import cached_folder
from ..core.errors import DataError, UnknownIdentifierError
from ..core.files import sha256_of_file
from ..core.home import cache_folder
from ..core.image_file import read_image
from ..core.terminal.progress import progress
from .variant_descriptions import ACUITY_CYCLES_PER_DEGREE

# To be raised when a variant changes its pixels.
_FORMAT_VERSION = 1


@dataclass(frozen=True)
class StimulusVariant:
    """A way to change pictures; `VARIANT_DESCRIPTIONS` says what each does.

    Attributes
    ----------
    change : callable, optional
        From an image, uint8 of shape (height, width, 3), and pixels per degree (vertical, horizontal), to an image.
    needs_degrees : bool
        Whether it can only be made where the size in the visual field is known.
    order : callable, optional
        From the number of stimuli to the index of the picture that takes the place of each.
    """

    change: Callable[[np.ndarray, tuple[float, float]], np.ndarray] | None = None
    needs_degrees: bool = False
    order: Callable[[int], np.ndarray] | None = None


def low_passed(image: np.ndarray, pixels_per_degree: tuple[float, float]) -> np.ndarray:
    """Blur an image so that a grating at the mouse's acuity keeps half of its contrast.

    Parameters
    ----------
    image : uint8 array of shape (height, width, 3)
    pixels_per_degree : (float, float)
        Vertical and horizontal.

    Returns
    -------
    uint8 array of the same shape
    """
    from scipy.ndimage import gaussian_filter  # takes half a second, which no other variant needs

    # A Gaussian of width s passes the frequency f by exp(-2 (pi s f)^2).
    width_degrees = np.sqrt(np.log(2) / 2) / (np.pi * ACUITY_CYCLES_PER_DEGREE)
    sigma = [width_degrees * scale for scale in pixels_per_degree]
    blurred = gaussian_filter(image.astype(np.float64), [*sigma, 0], mode="nearest")
    return np.rint(blurred).astype(np.uint8)


def central(image: np.ndarray, pixels_per_degree: tuple[float, float], degrees: float) -> np.ndarray:
    """Cut out the central square of a visual angle, or as much of it as the image has.

    Parameters
    ----------
    image : uint8 array of shape (height, width, 3)
    pixels_per_degree : (float, float)
        Vertical and horizontal.
    degrees : float
        Side length of the square.

    Returns
    -------
    uint8 array of shape (cut_height, cut_width, 3)
    """
    for axis, scale in enumerate(pixels_per_degree):
        size = image.shape[axis]
        kept = min(size, round(degrees * scale))
        start = (size - kept) // 2
        image = np.take(image, range(start, start + kept), axis=axis)
    return image


def _small(image: np.ndarray, pixels_per_degree: tuple[float, float], pixels: int) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((pixels, pixels), Image.Resampling.BILINEAR))


def phase_scrambled(image: np.ndarray, pixels_per_degree: tuple[float, float]) -> np.ndarray:
    """Shift the phase of each spatial frequency at random, by the same in all colours; amplitudes stay.

    What is left is the image's spectrum without its edges and objects, but for the clipping to 0..255. The phases are
    those of white noise, drawn with a seed made of the image's pixels.

    Parameters
    ----------
    image : uint8 array of shape (height, width, 3)
    pixels_per_degree : (float, float)
        Not used.

    Returns
    -------
    uint8 array of the same shape
    """
    seed = int.from_bytes(hashlib.sha256(image.tobytes()).digest()[:8], "big")
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal(image.shape[:2]))
    phases = noise / np.abs(noise)
    phases[0, 0] = 1  # the mean
    spectrum = np.fft.rfft2(image.astype(np.float64), axes=(0, 1)) * phases[..., None]
    return np.rint(np.fft.irfft2(spectrum, s=image.shape[:2], axes=(0, 1)).clip(0, 255)).astype(np.uint8)


def none_in_its_place(n_stimuli: int) -> np.ndarray:
    """Return indices that give each stimulus another one's picture: a cycle through all, in a fixed random order.

    Returns
    -------
    array of int, shape (n_stimuli,)
    """
    cycle = np.random.default_rng(0).permutation(n_stimuli)
    order = np.empty(n_stimuli, dtype=np.int64)
    order[cycle] = np.roll(cycle, -1)
    return order


STIMULUS_VARIANTS: dict[str, StimulusVariant] = {
    "64px": StimulusVariant(partial(_small, pixels=64)),
    "acuity": StimulusVariant(low_passed, needs_degrees=True),
    "center-60deg": StimulusVariant(partial(central, degrees=60), needs_degrees=True),
    "center-30deg": StimulusVariant(partial(central, degrees=30), needs_degrees=True),
    "phase-scrambled": StimulusVariant(phase_scrambled),
    "shuffled": StimulusVariant(order=none_in_its_place),
}


def check_stimulus_variant(name: str) -> None:
    """Raise UnknownIdentifierError, with the known ones, unless there is such a variant."""
    if name not in STIMULUS_VARIANTS:
        raise UnknownIdentifierError(f"No stimulus variant {name!r}; there are {', '.join(STIMULUS_VARIANTS)}.")


def stimulus_variant(stimulus_set: StimulusSet, name: str, display: Mapping[str, float] | None) -> StimulusSet:
    """Make a variant of stimuli, or take it from the cache.

    Parameters
    ----------
    stimulus_set : StimulusSet
        The stimuli as shown.
    name : str
        Of `STIMULUS_VARIANTS`.
    display : mapping, optional
        ``width_degrees`` and ``height_degrees`` of the stimuli in the visual field, where known.

    Returns
    -------
    StimulusSet
        The same table, other pictures, and the identifier ``<identifier>@<name>``.

    Raises
    ------
    UnknownIdentifierError
        If there is no such variant.
    DataError
        If it needs a size in degrees that is not known.
    """
    check_stimulus_variant(name)
    variant = STIMULUS_VARIANTS[name]
    if variant.needs_degrees and not {"width_degrees", "height_degrees"} <= set(display or ()):
        raise DataError(
            f"The variant {name!r} of {stimulus_set.identifier} needs the size of the stimuli in the visual field, "
            "which this dataset does not record."
        )
    stimulus_ids = list(stimulus_set["stimulus_id"])
    sources = [Path(stimulus_set.get_stimulus(key)) for key in stimulus_ids]
    if variant.order is not None:
        sources = [sources[index] for index in variant.order(len(sources))]
    size = [display["height_degrees"], display["width_degrees"]] if variant.needs_degrees and display else None
    # Not a copy: that would keep looking up the files of the original.
    changed = StimulusSet(pd.DataFrame(stimulus_set))
    changed.stimulus_paths = dict(zip(stimulus_ids, _changed_pictures(sources, name, size), strict=True))
    changed.identifier = f"{stimulus_set.identifier}@{name}"
    return changed


def _changed_pictures(sources: Sequence[Path], name: str, size: Sequence[float] | None) -> list[Path]:
    """Change pictures of a size in degrees (height, width), or take them from the cache; return their files."""
    change = STIMULUS_VARIANTS[name].change
    if change is None:
        return list(sources)
    content = [_FORMAT_VERSION, name, size, [sha256_of_file(path) for path in sources]]
    folder = cache_folder() / "stimuli" / hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def write(temporary: Path) -> None:
        for number, source in enumerate(progress(sources, desc=f"stimuli @{name}", unit="image", leave=False)):
            image = read_image(source)
            per_degree = (image.shape[0] / size[0], image.shape[1] / size[1]) if size else (1.0, 1.0)
            Image.fromarray(change(image, per_degree)).save(temporary / f"{number:05d}.png")

    folder = cached_folder(folder, write)
    return [folder / f"{number:05d}.png" for number in range(len(sources))]
