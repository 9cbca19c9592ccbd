"""Representation maps: the scenes, averaged with a neuroid's responses as weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ...core.errors import InvalidParameterError
from ...core.image_loading import load_image

MAP_SIDE = 11
"""Side length of the neural maps in the figures of arXiv 2505.06886."""

Normalization = Literal["unit-range", "z-score", "none"]
NORMALIZATIONS: tuple[Normalization, ...] = get_args(Normalization)

# A map whose values differ by less than this, relative to their size, is flat.
_ROUNDING = 1e-10


def flattened_scenes(paths: Sequence[Path], side: int = MAP_SIDE) -> np.ndarray:
    """Load scenes as gray images of side x side px, flattened: the matrix F_S.

    Parameters
    ----------
    paths : sequence of Path
        One image per stimulus; squashed to a square as for models, and averaged over colours.
    side : int
        Side length in pixels, at least 2.

    Returns
    -------
    array of shape (n_stimuli, side * side)
        float64, in [0, 1].

    Raises
    ------
    InvalidParameterError
        If the side is too small.
    DataError
        If an image cannot be read.
    """
    if side < 2:
        raise InvalidParameterError(f"side is {side}; a map needs at least 2 x 2 px.")
    return np.stack([load_image(path, side).double().mean(dim=0).numpy().ravel() for path in paths])


def representation_maps(responses: np.ndarray, scenes: np.ndarray) -> np.ndarray:
    """Weigh the scenes by responses and sum them up: N = T^T F_S.

    Parameters
    ----------
    responses : array of shape (..., n_stimuli, n_neuroids)
        T: one response per stimulus. As in the paper nothing is subtracted, so that what all scenes have in common is
        in all maps; with responses centred over stimuli, a map is their covariance with each pixel.
    scenes : array of shape (n_stimuli, n_pixels)
        F_S, see `flattened_scenes`.

    Returns
    -------
    array of shape (..., n_neuroids, n_pixels)
        Source: arXiv 2505.06886, "Neural representation".
    """
    return np.swapaxes(responses, -1, -2) @ scenes


def normalized_maps(maps: np.ndarray, normalization: Normalization = "unit-range") -> np.ndarray:
    """Bring each map to a common scale. The paper does not state its own: that of the default is our choice.

    RMSEs near 0.1, as the paper has them, mean that its maps are on a scale like [0, 1].

    Parameters
    ----------
    maps : array of shape (..., n_pixels)
        Representation maps.
    normalization : {'unit-range', 'z-score', 'none'}
        From each map's smallest value to its largest; or to mean 0 and standard deviation 1; or as it is.

    Returns
    -------
    array of the same shape
        NaN for a map without any pattern, such as that of a neuroid that never responds; if 'none', for one of zeros.
    """
    if normalization not in NORMALIZATIONS:
        raise InvalidParameterError(f"normalization is {normalization!r}; use one of {', '.join(NORMALIZATIONS)}.")
    lowest, highest = maps.min(axis=-1, keepdims=True), maps.max(axis=-1, keepdims=True)
    size = np.maximum(np.abs(lowest), np.abs(highest))
    if normalization == "none":
        return np.where(size > 0, maps, np.nan)
    has_pattern = highest - lowest > _ROUNDING * size
    if normalization == "z-score":
        offset, scale = maps.mean(axis=-1, keepdims=True), maps.std(axis=-1, keepdims=True)
    else:
        offset, scale = lowest, highest - lowest
    return np.where(has_pattern, maps - offset, np.nan) / np.where(has_pattern, scale, 1)


@dataclass(frozen=True)
class MapForm:
    """How maps are made from responses and scenes.

    Attributes
    ----------
    normalization : {'unit-range', 'z-score', 'none'}
        See `normalized_maps`.
    """

    normalization: Normalization = "unit-range"

    def maps(self, responses: np.ndarray, scenes: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Return normalized maps, shape (..., n_neuroids, n_pixels).

        Parameters
        ----------
        responses : array of shape (n_stimuli, n_neuroids)
        scenes : array of shape (n_stimuli, n_pixels)
        weights : array of shape (..., n_stimuli), optional
            How often each stimulus counts. Default: once.
        """
        if weights is not None:
            responses = responses * weights[..., None]
        return normalized_maps(representation_maps(responses, scenes), self.normalization)

    def mean_image(self, scenes: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Return the normalized mean scene, shape (..., n_pixels): the map of a unit that responds alike to all scenes.

        Parameters
        ----------
        scenes : array of shape (n_stimuli, n_pixels)
        weights : array of shape (..., n_stimuli), optional
            How often each stimulus counts. Default: once.
        """
        if weights is None:
            weights = np.ones(len(scenes))
        return normalized_maps(weights @ scenes / weights.sum(axis=-1, keepdims=True), self.normalization)
