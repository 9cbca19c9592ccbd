"""Labelled images as Brain-Score stimulus sets, whose stimuli are named by their content."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from PIL import Image

from ...core.cache import cached_folder
from ...core.errors import DataError
from ...core.home import cache_folder
from ...core.threads import in_threads
from ...data_packaging.twin_stimuli import digest_of_picture, digest_of_pixels

# Of a SHA-256; among a million stimuli the chance that two share an id is below 1e-7.
_ID_DIGITS = 16


def stimuli_of_arrays(name: str, images: np.ndarray, labels: Sequence[str]) -> StimulusSet:
    """Make a stimulus set of images in memory; the files are written below the package's cache folder.

    Parameters
    ----------
    name : str
        Of the domain, for instance 'minidigits-inverted'.
    images : np.ndarray of shape (n_images, height, width, 3) or, if gray, (n_images, height, width)
        uint8. Of identical images the first is kept.
    labels : sequence of str
        One class per image.

    Returns
    -------
    StimulusSet
        See `stimuli_of_files`.

    Raises
    ------
    DataError
        If the images have another type or shape, or the same image comes with different labels.
    """
    if images.ndim == 3:
        images = np.repeat(images[..., None], 3, axis=3)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or len(images) != len(labels):
        raise DataError(
            f"{name}: images must be uint8 of shape (n, height, width, 3) with one label each, got {images.dtype} of "
            f"shape {images.shape} and {len(labels)} labels"
        )
    ids = [digest_of_pixels(image)[:_ID_DIGITS] for image in images]
    kept = _first_of_each(name, ids, labels, [f"image {row}" for row in range(len(images))])
    folder = cache_folder() / "domains" / f"{name}-{_content_hash([ids[row] for row in kept])}"

    def write(temporary: Path) -> None:
        for row in kept:
            Image.fromarray(images[row]).save(temporary / f"{ids[row]}.png")

    folder = cached_folder(folder, write)
    paths = [folder / f"{ids[row]}.png" for row in kept]
    return _stimulus_set(name, [ids[row] for row in kept], paths, [labels[row] for row in kept])


def stimuli_of_files(name: str, paths: Sequence[Path], labels: Sequence[str]) -> StimulusSet:
    """Make a stimulus set of image files.

    Parameters
    ----------
    name : str
        Of the domain, for instance 'pacs-sketch'.
    paths : sequence of Path
        Image files; of those with the same pixels, whatever their formats, the first is kept.
    labels : sequence of str
        One class per file.

    Returns
    -------
    StimulusSet
        With the columns `stimulus_id` (a hash of the pixels), `image_label` and `domain`, in the order of the ids:
        so the set does not depend on file names and formats. Its identifier ends in a hash of all ids and labels.

    Raises
    ------
    DataError
        If there are no images, `read_image` refuses one, or the same image comes with different labels.
    """
    ids = [digest[:_ID_DIGITS] for digest in in_threads(digest_of_picture, paths)]
    kept = _first_of_each(name, ids, labels, paths)
    return _stimulus_set(name, [ids[row] for row in kept], [paths[row] for row in kept], [labels[row] for row in kept])


def part_of(stimuli: StimulusSet, rows: np.ndarray) -> StimulusSet:
    """Return some rows of a stimulus set, as a set with an identifier of its own."""
    part = stimuli.iloc[rows].reset_index(drop=True)
    return _with_identity(part, _name_of(stimuli), stimuli.stimulus_paths)


def joined(name: str, parts: Sequence[StimulusSet]) -> StimulusSet:
    """Return the stimuli of several sets as one, in the sets' order; of identical images the first is kept.

    Raises
    ------
    DataError
        If the same image has different labels in two sets.
    """
    columns = {
        column: np.concatenate([part[column].to_numpy() for part in parts])
        for column in ("stimulus_id", "image_label", "domain")
    }
    every_path = [path for part in parts for path in (part.get_stimulus(key) for key in part["stimulus_id"])]
    kept = _first_of_each(name, columns["stimulus_id"].tolist(), columns["image_label"].tolist(), every_path)
    paths = {key: path for part in reversed(parts) for key, path in part.stimulus_paths.items()}
    return _with_identity(StimulusSet({key: values[kept] for key, values in columns.items()}), name, paths)


def _stimulus_set(name: str, ids: Sequence[str], paths: Sequence[Path], labels: Sequence[str]) -> StimulusSet:
    if not ids:
        raise DataError(f"{name} has no images")
    order = np.argsort(ids)
    stimuli = StimulusSet(
        {
            "stimulus_id": [ids[row] for row in order],
            "image_label": [str(labels[row]) for row in order],
            "domain": name,
        }
    )
    return _with_identity(stimuli, name, dict(zip(ids, paths, strict=True)))


def _with_identity(stimuli: StimulusSet, name: str, paths: dict[str, Path]) -> StimulusSet:
    ids = stimuli["stimulus_id"].tolist()
    stimuli.stimulus_paths = {key: paths[key] for key in ids}
    stimuli.identifier = f"{name}-{_content_hash([*ids, *stimuli['image_label']])}"
    return stimuli


def _name_of(stimuli: StimulusSet) -> str:
    return stimuli.identifier.rpartition("-")[0]


def _content_hash(words: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(words)).encode()).hexdigest()[:_ID_DIGITS]


def _first_of_each(name: str, ids: Sequence[str], labels: Sequence[str], places: Sequence[Path | str]) -> list[int]:
    """Return the rows in which an id is new; `places` say in an error where an image is."""
    rows: dict[str, int] = {}
    for row, key in enumerate(ids):
        first = rows.setdefault(key, row)
        if labels[first] != labels[row]:
            raise DataError(
                f"{name}: {places[first]} ({labels[first]}) and {places[row]} ({labels[row]}) are the same image with "
                "two labels. Remove the one whose label is wrong."
            )
    return list(rows.values())
