"""Whether images and responses of a dataset belong together: a test, and a figure to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ..core.errors import UnreliableDataError
from ..core.files import written_whole
from ..core.image_loading import load_image
from ..data_packaging.datasets import load_dataset, read_manifest
from ..data_packaging.recordings import trials_from_assembly

N_SHUFFLES = 999
_SIDE = 64  # pixels, of the images that features are computed from
_CYCLES_PER_IMAGE = (4, 8, 16)
_N_ORIENTATIONS = 4
_STIMULI_PER_FEATURE = 4
_COLUMNS, _MOST_SHOWN = 12, 240
_THUMBNAIL, _BAR, _GAP = 64, 8, 12  # pixels


@dataclass(frozen=True)
class PairingCheck:
    """How well simple image features predict the responses to their images.

    Attributes
    ----------
    explained : float
        Share of the variance of trial-averaged responses, over all neuroids, that a linear function of the features
        explains: mean luminance, contrast, and the energy of a few Gabor filters.
    explained_shuffled : array of shape (N_SHUFFLES,)
        The same with the images in random orders.
    p_value : float
        Share of the orders, the given one included, that explain at least as much.
    n_stimuli, n_neuroids : int
        How many there are.
    """

    explained: float
    explained_shuffled: np.ndarray
    p_value: float
    n_stimuli: int
    n_neuroids: int


def check_pairing(dataset: str, figure: Path) -> PairingCheck:
    """Test whether simple image features predict responses better in the given order than in shuffled ones.

    Parameters
    ----------
    dataset : str
        A packaged dataset; all its regions take part.
    figure : Path
        Where to draw all images, each with the population's response beside it; the suffix determines the format.

    Returns
    -------
    PairingCheck

    Raises
    ------
    UnknownIdentifierError, DatasetNotFoundError, CorruptDatasetError
        As of :func:`~brainscore_mouse.data_packaging.datasets.load_dataset`.
    UnreliableDataError
        If there are fewer than 8 stimuli.
    """
    responses, paths = _responses(dataset)
    check = pairing_check(image_features(paths), responses)
    _draw(dataset, check, responses.mean(axis=1), paths, figure)
    return check


def pairing_check(features: np.ndarray, responses: np.ndarray, seed: int = 0) -> PairingCheck:
    """Compare a pairing of images and responses with random ones.

    Parameters
    ----------
    features : array of shape (n_stimuli, n_features)
        Of the images.
    responses : array of shape (n_stimuli, n_neuroids)
        Trial averages, standardized over stimuli.
    seed : int
        Of the shuffled orders.

    Raises
    ------
    UnreliableDataError
        If there are fewer than 8 stimuli.
    """
    n_stimuli, n_neuroids = responses.shape
    if n_stimuli < 2 * _STIMULI_PER_FEATURE:
        raise UnreliableDataError(f"{n_stimuli} stimuli are too few to tell orders apart; at least 8 are needed.")
    centred = features - features.mean(axis=0)
    centred /= np.where(centred.std(axis=0) > 0, centred.std(axis=0), 1)
    # The leading combinations only: as many features as stimuli would explain anything.
    axes, scales, _ = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:, scales > 1e-9 * scales.max(initial=1e-300)][:, : n_stimuli // _STIMULI_PER_FEATURE]
    gram = responses @ responses.T
    generator = np.random.default_rng(seed)
    orders = [np.arange(n_stimuli), *(generator.permutation(n_stimuli) for _ in range(N_SHUFFLES))]
    explained = np.array([np.sum((gram @ axes[order]) * axes[order]) for order in orders]) / np.trace(gram)
    # What is equal but for rounding is counted as reaching the given order.
    p_value = float(np.mean(explained >= explained[0] - 1e-12))
    return PairingCheck(float(explained[0]), explained[1:], p_value, n_stimuli, n_neuroids)


def image_features(paths: Sequence[Path]) -> np.ndarray:
    """Return mean luminance, contrast, and log energies of Gabor-like filters: array (n_images, n_features)."""
    filters = _filters()
    features = []
    for path in paths:
        image = load_image(path, _SIDE).mean(dim=0).double().numpy()
        spectrum = np.fft.fft2(image - image.mean())
        energies = (np.abs(spectrum * filters) ** 2).sum(axis=(1, 2)) / spectrum.size**2
        features.append([image.mean(), image.std(), *np.log(energies + 1e-8)])
    return np.array(features)


def _filters() -> np.ndarray:
    """Return transfer functions of one octave's width, shape (n_filters, _SIDE, _SIDE)."""
    vertical, horizontal = np.meshgrid(np.fft.fftfreq(_SIDE), np.fft.fftfreq(_SIDE), indexing="ij")
    radius, angle = np.hypot(vertical, horizontal) * _SIDE, np.arctan2(vertical, horizontal)
    octaves = np.log2(np.maximum(radius, 1e-9)[None] / np.array(_CYCLES_PER_IMAGE)[:, None, None])
    orientations = np.arange(_N_ORIENTATIONS)[:, None, None] * np.pi / _N_ORIENTATIONS
    by_angle = np.exp(3 * (np.cos(2 * (angle - orientations)) - 1))
    return (np.exp(-2 * octaves**2)[:, None] * by_angle[None]).reshape(-1, _SIDE, _SIDE)


def _responses(dataset: str) -> tuple[np.ndarray, list[Path]]:
    """Return standardized trial averages of all regions, shape (n_stimuli, n_neuroids), and the stimuli."""
    averages = []
    for region in read_manifest(dataset)["regions"]:
        assembly = load_dataset(dataset, region)  # one after the other: all trials at once may be large
        averages.append(np.nanmean(trials_from_assembly(assembly), axis=0, dtype=np.float64))
    stimulus_set = assembly.attrs["stimulus_set"]
    responses = np.concatenate(averages, axis=1)
    deviations = responses - responses.mean(axis=0)
    scale = deviations.std(axis=0)
    paths = [Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]]
    return deviations[:, scale > 0] / scale[scale > 0], paths


def _draw(dataset: str, check: PairingCheck, population: np.ndarray, paths: Sequence[Path], path: Path) -> None:
    """Draw a contact sheet; a bar beside each image is the population's response to it."""
    n_shown = min(len(paths), _MOST_SHOWN)
    step = _THUMBNAIL + _BAR + _GAP
    n_rows = -(-n_shown // _COLUMNS)
    sheet = np.ones((n_rows * step, _COLUMNS * step, 3))
    heights = (population - population.min()) / max(np.ptp(population), 1e-12) * _THUMBNAIL
    for number in range(n_shown):
        top, left = number // _COLUMNS * step, number % _COLUMNS * step
        sheet[top : top + _THUMBNAIL, left : left + _THUMBNAIL] = load_image(paths[number], _THUMBNAIL).permute(1, 2, 0)
        bar = slice(left + _THUMBNAIL + 1, left + _THUMBNAIL + _BAR)
        sheet[top : top + _THUMBNAIL, bar] = 0.9
        sheet[top + _THUMBNAIL - round(heights[number]) : top + _THUMBNAIL, bar] = (0.84, 0.37, 0.0)
    with matplotlib.rc_context({"font.size": 7}):
        figure = Figure(figsize=(10, 10 * n_rows / _COLUMNS + 0.8), layout="constrained")
        axes = figure.subplots()
        axes.imshow(sheet, interpolation="nearest")
        for number in range(n_shown):
            axes.text(number % _COLUMNS * step, number // _COLUMNS * step + _THUMBNAIL + 9, str(number), fontsize=5)
        axes.axis("off")
        shown = "" if n_shown == len(paths) else f", the first {n_shown} shown"
        axes.set_title(
            f"{dataset}: {check.n_stimuli} stimuli in order{shown}. Bar: mean response of {check.n_neuroids} neuroids. "
            f"Image features explain {check.explained:z.3f} of the responses, "
            f"{check.explained_shuffled.mean():z.3f} in shuffled orders (p = {check.p_value:z.3f})"
        )
        with written_whole(path) as temporary:
            figure.savefig(temporary, dpi=150)
