"""Stimuli that show the same picture: they must stay together in every split of the stimuli."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..core.image_file import read_image
from ..core.threads import in_threads


def twins_of(images: Mapping[str, Path]) -> list[list[str]]:
    """Find stimuli with the same pixels, whatever their files' names and formats.

    Parameters
    ----------
    images : mapping of stimulus id to Path
        The image of each stimulus. Pixels are compared as models see them, see
        :func:`~brainscore_mouse.core.image_file.read_image`.

    Returns
    -------
    list of list of str
        Stimuli that share a picture, each at least two, in the order of `images`.

    Raises
    ------
    DataError
        If an image cannot be read.
    """
    ids_of_picture: dict[str, list[str]] = {}
    for stimulus_id, digest in zip(images, in_threads(digest_of_picture, images.values()), strict=True):
        ids_of_picture.setdefault(digest, []).append(stimulus_id)
    return [ids for ids in ids_of_picture.values() if len(ids) > 1]


def digest_of_picture(path: Path) -> str:
    """Return a SHA-256 of an image's pixels; raise DataError where `read_image` does."""
    try:
        status = path.stat()
    except OSError:
        return _digest(path, 0, 0)  # which says what is wrong
    return _digest(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=100_000)
def _digest(path: Path, modified_ns: int, n_bytes: int) -> str:
    """Decode a picture once, however often it is asked for while the file stays the same."""
    return digest_of_pixels(read_image(path))


def digest_of_pixels(pixels: np.ndarray) -> str:
    """Return a SHA-256 of an image's shape and pixels, uint8 of shape (height, width, 3)."""
    return hashlib.sha256(json.dumps(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest()


def stimulus_groups(stimulus_ids: Sequence[str], twins: Sequence[Sequence[str]]) -> np.ndarray:
    """Return which stimuli show the same picture, as a number of each stimulus' picture.

    Parameters
    ----------
    stimulus_ids : sequence of str
        The stimuli.
    twins : sequence of sequence of str
        From `twins_of`.

    Returns
    -------
    array of int, shape (n_stimuli,)
        The same number for stimuli that show the same picture, counted up in the order of first appearance.
    """
    first_of = {stimulus_id: group[0] for group in twins for stimulus_id in group}
    pictures = [first_of.get(stimulus_id, stimulus_id) for stimulus_id in stimulus_ids]
    number = {picture: count for count, picture in enumerate(dict.fromkeys(pictures))}
    return np.array([number[picture] for picture in pictures])
