"""The dataset ``simulated-mouse``: six visual areas of six mice that were never alive, with known noise.

For machines that have neither recordings nor network. The stimuli are crops of photographs that the wheels
of scikit-image and scikit-learn carry. The filters are quadrature pairs of Gabor-like filters, whose
energies are divisively normalized by the energy of all filters nearby (Heeger 1992, Visual Neuroscience
9:181). A channel of an area pools them over a receptive field, and is squared and divisively normalized by
its area's other channels; the areas differ in spatial frequency and in the size of their receptive fields.
A neuroid is a non-negative mixture of its area's channels, plus Gaussian noise on each trial. What the
neuroids would do without noise is known for any image, and so is the reliability of each.

The parameters were chosen by hand among 12 settings, for areas of several dimensions whose RDMs are reliable and
differ. In settings with weaker normalization one dimension carried most of an area, and the split-half ceiling of
the RSA was above what the noise-free RDM itself reaches (VISpm: .68 against .42). That the two agree here (within
.02) is therefore a property of this dataset, not evidence that the ceiling is unbiased on every dataset.
"""

import contextlib
import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ..core.errors import CorruptDatasetError, InvalidParameterError, UnknownIdentifierError
from ..core.home import datasets_folder
from ..core.visual_areas import VISUAL_AREAS
from .on_disk.manifest import SIMULATED_MOUSE, read_manifest_of
from .packaged_dataset import Recipe, write_dataset
from .photographs import photograph
from .recordings import Recordings

STIMULUS_SHAPE = (156, 200)
"""Height and width of a stimulus, in pixels."""

DISPLAY = {"width_degrees": 120.0, "height_degrees": 93.6}
"""As if the stimuli had been shown as wide as the Allen Brain Observatory's scenes."""

N_STIMULI = 118
N_REPETITIONS = 20
SUBJECTS = tuple(f"simulated-mouse-{number}" for number in range(1, 7))

RECIPE = Recipe(
    response="simulated firing rate in spikes/s, with Gaussian noise on each trial (it may be negative)",
    window_ms=(0.0, 250.0),
    filters="none",
    source="simulated by brainscore_mouse.data_packaging.simulated_mouse, version 1",
    citation="none: simulated",
    licence="photographs: see the README files of skimage/data and sklearn/datasets/images",
)
"""Raise the version with every change of the simulated numbers: files of another version are replaced."""

_SEED = 118
_PHOTOGRAPHS = (
    "china.jpg",
    "flower.jpg",
    "astronaut.png",
    "brick.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "motorcycle_left.png",
    "rocket.jpg",
)

# Filters, in cycles per pixel of the image at half its resolution: one octave apart, four orientations.
_FREQUENCIES = 0.03 * 2.0 ** np.arange(4)
_N_ORIENTATIONS = 4
_FREQUENCY_BANDWIDTH_OCTAVES = 0.45  # standard deviation
_ORIENTATION_BANDWIDTH = np.pi / 7  # standard deviation
_SEMISATURATION = 0.03  # contrast energy at which normalization sets in
_NORMALIZATION_RADIUS_PIXELS = 8.0
# The visual field is read out at these positions (rows, columns).
_POSITIONS = (4, 5)
_N_CHANNELS_PER_AREA = 10
_CHANNEL_SEMISATURATION = 0.3  # as a fraction of a channel's mean over the stimuli


@dataclass(frozen=True)
class _Area:
    preferred_octave: float
    """In octaves above the lowest filter frequency."""

    receptive_field: float
    """Standard deviation, as a fraction of the image's height."""


_AREAS = dict(
    zip(
        VISUAL_AREAS,
        (
            _Area(preferred_octave=2.2, receptive_field=0.08),
            _Area(preferred_octave=2.8, receptive_field=0.16),
            _Area(preferred_octave=0.2, receptive_field=0.16),
            _Area(preferred_octave=3.0, receptive_field=0.40),
            _Area(preferred_octave=0.8, receptive_field=0.35),
            _Area(preferred_octave=0.0, receptive_field=0.50),
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class SimulatedMouse:
    """Stimuli, recordings, and the truth behind them.

    Attributes
    ----------
    stimuli : uint8 array of shape (n_stimuli, height, width)
        Gray levels.
    recordings : dict of region to Recordings
        The trials, with noise.
    noise_free : dict of region to array of shape (n_stimuli, n_neuroids)
        The mean response over infinitely many trials.
    noise_sd : dict of region to array of shape (n_neuroids,)
        The standard deviation of the noise on a single trial, which is independent between trials, stimuli
        and neuroids. The reliability of a neuroid's mean over R trials is therefore
        ``noise_free.var(axis=0) / (noise_free.var(axis=0) + noise_sd**2 / R)``.
    """

    stimuli: np.ndarray
    recordings: dict[str, Recordings]
    noise_free: dict[str, np.ndarray]
    noise_sd: dict[str, np.ndarray]


@dataclass(frozen=True)
class _Neuroids:
    """Parameters of the neuroids of one area."""

    table: pd.DataFrame
    weights: np.ndarray
    """(n_channels, n_neuroids), not negative, in spikes/s."""

    spontaneous_rate: np.ndarray
    """(n_neuroids,), in spikes/s."""

    noise_sd: np.ndarray
    """(n_neuroids,), in spikes/s."""


def simulate() -> SimulatedMouse:
    """Make the simulated mice: the same numbers on every call, in a few seconds."""
    stimuli = make_stimuli()
    stimulus_ids = make_stimulus_ids()
    recordings, noise_free, noise_sd = {}, {}, {}
    for index, region in enumerate(VISUAL_AREAS):
        neuroids = _neuroids_of(region)
        noise_free[region] = neuroids.spontaneous_rate + _channels_of_stimuli(region) @ neuroids.weights
        noise_sd[region] = neuroids.noise_sd
        generator = np.random.default_rng([_SEED, 3, index])
        noise = generator.standard_normal((N_REPETITIONS, *noise_free[region].shape)) * neuroids.noise_sd
        # Rounded, so that the last digit of a processor's arithmetic does not make another dataset.
        responses = np.round(noise_free[region] + noise, 4).astype(np.float32)
        recordings[region] = Recordings(responses, neuroids.table, stimulus_ids)
    return SimulatedMouse(stimuli, recordings, noise_free, noise_sd)


def noise_free_responses(images: np.ndarray, region: str) -> np.ndarray:
    """Return how the neuroids of a simulated area respond to images, on average over infinitely many trials.

    Parameters
    ----------
    images : array of shape (n_images, 156, 200)
        Gray levels in [0, 1], any images of the size of the stimuli.
    region : str
        One of `VISUAL_AREAS`.

    Returns
    -------
    array of shape (n_images, n_neuroids)
        In spikes/s; the neuroids in the order of the dataset.

    Raises
    ------
    InvalidParameterError
        If the images are of another size.
    UnknownIdentifierError
        If there is no such region.
    """
    if region not in _AREAS:
        raise UnknownIdentifierError(f"simulated-mouse has no region {region!r}; it has {', '.join(VISUAL_AREAS)}.")
    if images.ndim != 3 or images.shape[1:] != STIMULUS_SHAPE:
        raise InvalidParameterError(
            f"simulated-mouse sees images of shape (n_images, {STIMULUS_SHAPE[0]}, {STIMULUS_SHAPE[1]}), "
            f"not {images.shape}."
        )
    neuroids = _neuroids_of(region)
    return neuroids.spontaneous_rate + _channels(normalized_energies(images), region) @ neuroids.weights


def make_stimulus_ids() -> tuple[str, ...]:
    """Return the ids of the stimuli."""
    return tuple(f"simulated_{number:03d}" for number in range(N_STIMULI))


@functools.cache
def make_stimuli() -> np.ndarray:
    """Return the stimuli, distinct crops of photographs: uint8, (118, 156, 200).

    Half of the crops show twice as much of their photograph at half the resolution, where it is large enough.
    All of it is integer arithmetic, the same everywhere.
    """
    photographs = [_luma(photograph(file)) for file in _PHOTOGRAPHS]
    generator = np.random.default_rng([_SEED, 0])
    height, width = STIMULUS_SHAPE
    stimuli = []
    for number in range(N_STIMULI):
        source = photographs[number % len(photographs)]
        zoomed_out = generator.random() < 0.5 and all(np.greater(source.shape, (2 * height, 2 * width)))
        factor = 2 if zoomed_out else 1
        top = generator.integers(source.shape[0] - factor * height)
        left = generator.integers(source.shape[1] - factor * width)
        crop = source[top : top + factor * height, left : left + factor * width]
        blocks = crop.reshape(height, factor, width, factor).astype(np.int64)
        stimulus = (blocks.sum(axis=(1, 3)) // factor**2).astype(np.uint8)
        stimuli.append(stimulus[:, ::-1] if generator.random() < 0.5 else stimulus)
    stacked = np.stack(stimuli)
    stacked.flags.writeable = False  # cached
    return stacked


def normalized_energies(images: np.ndarray) -> np.ndarray:
    """Return divisively normalized energies of all filters at all positions.

    Parameters
    ----------
    images : array of shape (n_images, height, width)
        Gray levels in [0, 1]; height and width even.

    Returns
    -------
    array of shape (n_images, n_frequencies, n_orientations, n_rows, n_columns)
        Not negative; their sum over filters is below 1 up to the pooling.
    """
    filters = _filter_bank()
    pool = _low_pass()
    energies_of_images = []
    for image in images:
        height, width = image.shape
        half = image.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3), dtype=np.float64)
        # A window that ends at zero: the Fourier transform wraps around.
        contrast = (half - half.mean()) * np.outer(np.hanning(half.shape[0]), np.hanning(half.shape[1])) ** 0.25
        # The filters pass half of the frequencies only: real and imaginary part are a quadrature pair.
        filtered = np.fft.ifft2(np.fft.fft2(contrast) * filters)
        energies = filtered.real**2 + filtered.imag**2
        nearby = np.fft.ifft2(np.fft.fft2(energies.sum(axis=(0, 1))) * pool).real
        normalized = energies / (_SEMISATURATION**2 + np.maximum(nearby, 0))
        energies_of_images.append(_mean_at_positions(normalized))
    return np.stack(energies_of_images)


def ensure_simulated_mouse() -> None:
    """Write the dataset ``simulated-mouse`` unless it is there, as made by this version of the simulation."""
    folder = datasets_folder() / SIMULATED_MOUSE
    with contextlib.suppress(CorruptDatasetError):  # what cannot be read is made again, below
        if folder.exists() and read_manifest_of(folder)["recipe"]["source"] == RECIPE.source:
            return
    mouse = simulate()
    with tempfile.TemporaryDirectory() as images_folder:
        stimuli = {}
        for stimulus_id, stimulus in zip(make_stimulus_ids(), mouse.stimuli, strict=True):
            stimuli[stimulus_id] = Path(images_folder) / f"{stimulus_id}.png"
            Image.fromarray(stimulus).save(stimuli[stimulus_id])
        write_dataset(
            SIMULATED_MOUSE,
            list(mouse.recordings.values()),
            stimuli,
            RECIPE,
            simulated=True,
            details={"display": DISPLAY},
            replace=True,
        )


def _luma(image: np.ndarray) -> np.ndarray:
    """Return the luma of an RGB image as uint8, computed in integers."""
    red, green, blue = np.moveaxis(image.astype(np.int64), -1, 0)
    return ((299 * red + 587 * green + 114 * blue + 500) // 1000).astype(np.uint8)


@functools.cache
def _filter_bank() -> np.ndarray:
    """Return the transfer functions of the filters: (n_frequencies, n_orientations, height, width)."""
    height, width = STIMULUS_SHAPE[0] // 2, STIMULUS_SHAPE[1] // 2
    vertical, horizontal = np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij")
    radius = np.hypot(vertical, horizontal)
    radius[0, 0] = 1e-9  # octaves away from all filters: none passes the mean
    angle = np.arctan2(vertical, horizontal)
    octaves = np.log2(_FREQUENCIES[:, None, None] / radius)
    radial = np.exp(-(octaves**2) / (2 * _FREQUENCY_BANDWIDTH_OCTAVES**2))
    orientations = np.arange(_N_ORIENTATIONS) * np.pi / _N_ORIENTATIONS
    difference = (angle - orientations[:, None, None] + np.pi) % (2 * np.pi) - np.pi
    angular = np.exp(-(difference**2) / (2 * _ORIENTATION_BANDWIDTH**2)) * (np.abs(difference) < np.pi / 2)
    return radial[:, None] * angular


@functools.cache
def _low_pass() -> np.ndarray:
    """Return the transfer function of the Gaussian over which energy is summed for normalization."""
    height, width = STIMULUS_SHAPE[0] // 2, STIMULUS_SHAPE[1] // 2
    squared = np.add.outer(np.fft.fftfreq(height) ** 2, np.fft.fftfreq(width) ** 2)
    return np.exp(-2 * np.pi**2 * _NORMALIZATION_RADIUS_PIXELS**2 * squared)


def _mean_at_positions(maps: np.ndarray) -> np.ndarray:
    """Average maps (..., height, width) over the rectangles of the grid of positions."""
    rows = np.array_split(np.arange(maps.shape[-2]), _POSITIONS[0])
    columns = np.array_split(np.arange(maps.shape[-1]), _POSITIONS[1])
    by_row = np.stack([maps[..., index, :].mean(axis=-2) for index in rows], axis=-2)
    return np.stack([by_row[..., index].mean(axis=-1) for index in columns], axis=-1)


@functools.cache
def _channel_weights(region: str) -> np.ndarray:
    """Return what each channel of an area pools.

    Shape (n_frequencies, n_orientations, n_rows, n_columns, n_channels).
    """
    area = _AREAS[region]
    generator = np.random.default_rng([_SEED, 1, VISUAL_AREAS.index(region)])
    shape = (_N_CHANNELS_PER_AREA, 1)
    octave = area.preferred_octave + 0.8 * generator.standard_normal(shape)
    by_frequency = np.exp(-((np.arange(len(_FREQUENCIES)) - octave) ** 2) / (2 * 0.5**2))
    orientation = generator.uniform(0, np.pi, shape)
    orientations = np.arange(_N_ORIENTATIONS) * np.pi / _N_ORIENTATIONS
    by_orientation = np.exp(3 * (np.cos(2 * (orientations - orientation)) - 1))
    aspect = STIMULUS_SHAPE[1] / STIMULUS_SHAPE[0]
    row, column = generator.uniform(0.2, 0.8, shape), aspect * generator.uniform(0.2, 0.8, shape)
    rows = (np.arange(_POSITIONS[0]) + 0.5) / _POSITIONS[0]
    columns = aspect * (np.arange(_POSITIONS[1]) + 0.5) / _POSITIONS[1]
    by_row = np.exp(-((rows - row) ** 2) / (2 * area.receptive_field**2))
    by_column = np.exp(-((columns - column) ** 2) / (2 * area.receptive_field**2))
    return np.einsum("kf,ko,kr,kc->forck", by_frequency, by_orientation, by_row, by_column)


def _channels(energies: np.ndarray, region: str) -> np.ndarray:
    """Return the channels of an area: (n_images, n_channels)."""
    weights = _channel_weights(region)
    mean_over_stimuli = np.tensordot(_energies_of_stimuli().mean(axis=0), weights, axes=4)
    squared = (np.tensordot(energies, weights, axes=4) / mean_over_stimuli) ** 2
    # Without this step the image's overall energy would be nearly all that an area encodes.
    return squared / (_CHANNEL_SEMISATURATION**2 + squared.mean(axis=1, keepdims=True))


@functools.cache
def _energies_of_stimuli() -> np.ndarray:
    return normalized_energies(make_stimuli() / 255)


def _channels_of_stimuli(region: str) -> np.ndarray:
    return _channels(_energies_of_stimuli(), region)


@functools.cache
def _neuroids_of(region: str) -> _Neuroids:
    """Draw the neuroids of an area, in all mice."""
    generator = np.random.default_rng([_SEED, 2, VISUAL_AREAS.index(region)])
    n_of_subject = generator.integers(25, 41, size=len(SUBJECTS))
    n_neuroids = n_of_subject.sum()
    mixture = generator.exponential(size=(_N_CHANNELS_PER_AREA, n_neuroids)) ** 2
    # Most neuroids are worth keeping and some are not, so that a filter on reliability has something to do.
    unreliable = generator.random(n_neuroids) < 0.1
    reliability = np.where(
        unreliable, generator.uniform(0.02, 0.2, n_neuroids), generator.uniform(0.5, 0.97, n_neuroids)
    )
    # The trial-averaged responses vary over stimuli by some spikes/s; the reliable part of that is signal.
    variance = np.exp(generator.normal(np.log(4.0), 0.5, n_neuroids))
    signal_sd = np.sqrt(reliability * variance)
    weights = mixture * signal_sd / (_channels_of_stimuli(region) @ mixture).std(axis=0)
    noise_sd = np.sqrt(N_REPETITIONS * (1 - reliability) * variance)
    table = pd.DataFrame(
        {
            "neuroid_id": [f"simulated-{region}-{number:03d}" for number in range(n_neuroids)],
            "region": region,
            "subject": np.repeat(SUBJECTS, n_of_subject),
        }
    )
    return _Neuroids(table, weights, generator.uniform(0.5, 5.0, n_neuroids), noise_sd)
