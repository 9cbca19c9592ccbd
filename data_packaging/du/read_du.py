"""Reading the repeated test images of Du et al. 2025."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.errors import UnexpectedFormatError
from ..published.gray_levels import gray_levels
from ..published.load_matlab import load_matlab
from ..published.load_npz import load_npz, shape_in_npz
from ..published.published_dataset import MouseRecording, MouseTrials, PublishedRecordings

_RESPONSES = "ss_all"
_POSITIONS = {"xpos": "position_x", "ypos": "position_y", "iplane": "plane"}


def read_du(
    recordings: Mapping[str, Path], shared_files: Mapping[str, Path], columns: tuple[int, int] | None = None
) -> PublishedRecordings:
    """Read the images that all mice saw repeatedly, and the single trials.

    Parameters
    ----------
    recordings : mapping of str to Path
        Published name of a mouse's archive, such as ``FX8_nat60k_2023_05_16.npz`` -> the file.
    shared_files : mapping of str to Path
        The MATLAB file with the images.
    columns : (int, int), optional
        The columns [start, stop) of the images to keep, of the three screens' 264; default: all.

    Returns
    -------
    PublishedRecordings
        The images whose ids all mice have in common, in the order of the ids.

    Raises
    ------
    UnexpectedFormatError
        If a file is damaged or of another layout, holds Python objects, or the mice have no image in common.
    """
    (images_path,) = shared_files.values()
    image_ids = {name: _image_ids(path) for name, path in recordings.items()}
    common = sorted(set.intersection(*({*ids.tolist()} for ids in image_ids.values())))
    if not common:
        raise UnexpectedFormatError(
            f"{', '.join(recordings)} have no test image in common: their istim_ss do not match. Download them again."
        )
    digits = len(str(common[-1]))
    mice = [_recording(name, path, image_ids[name], common) for name, path in recordings.items()]
    images = _images(images_path, common, columns)
    return PublishedRecordings(
        images={f"image_{number:0{digits}d}": image for number, image in zip(common, images, strict=True)},
        mice=mice,
        details={
            "images_in_common": len(common),
            "images_of_recordings": {name: len(ids) for name, ids in image_ids.items()},
            "columns": list(columns) if columns else None,
        },
    )


def _recording(name: str, path: Path, image_ids: np.ndarray, common: list[int]) -> MouseRecording:
    shape = shape_in_npz(path, _RESPONSES)
    if len(shape) != 3 or shape[0] != len(image_ids):
        raise UnexpectedFormatError(
            f"{_RESPONSES} of {path.name} has the shape {shape}; it should be ({len(image_ids)} images of istim_ss, "
            "repetitions, neurons). Download it again."
        )
    subject = name.split("_nat60k_")[0]
    experiment = name.removesuffix(".npz")
    n_neurons = shape[2]
    columns = {}
    for published, column in _POSITIONS.items():
        values = load_npz(path, (published,))[published].reshape(-1)
        if len(values) != n_neurons or values.dtype.kind not in "fiu":
            raise UnexpectedFormatError(
                f"{published} of {path.name} has {len(values)} values of type {values.dtype} for {n_neurons} neurons. "
                "Download it again."
            )
        columns[column] = values.astype(float)
    neuroids = pd.DataFrame(
        {"neuroid_id": [f"{experiment}-{number}" for number in range(n_neurons)], "subject": subject, **columns}
    )
    place_of = {int(image_id): place for place, image_id in enumerate(image_ids)}
    places = [place_of[image_id] for image_id in common]
    return MouseRecording(experiment, neuroids, shape[1], partial(_load, path, places))


def _load(path: Path, places: list[int]) -> MouseTrials:
    responses = load_npz(path, (_RESPONSES,))[_RESPONSES]
    if responses.dtype.kind not in "fiu":
        raise UnexpectedFormatError(f"{_RESPONSES} of {path.name} is of type {responses.dtype}, not numbers.")
    return MouseTrials(responses[places].transpose(1, 0, 2))


def _image_ids(path: Path) -> np.ndarray:
    ids = load_npz(path, ("istim_ss",))["istim_ss"].reshape(-1)
    if ids.dtype.kind not in "fiu" or (ids != np.floor(ids)).any() or (ids < 0).any():
        raise UnexpectedFormatError(
            f"istim_ss of {path.name} does not hold numbers of images (whole, from 0). Download it again."
        )
    ids = ids.astype(np.int64)
    if len(np.unique(ids)) != len(ids):
        raise UnexpectedFormatError(f"istim_ss of {path.name} has images more than once. Download it again.")
    return ids


def _images(path: Path, numbers: list[int], columns: tuple[int, int] | None) -> np.ndarray:
    """Return images of shape (n_images, height, width)."""
    stack = load_matlab(path, ["img"])["img"]
    if stack.ndim != 3 or numbers[-1] >= stack.shape[2]:
        raise UnexpectedFormatError(
            f"img of {path.name} has the shape {stack.shape}, and a mouse saw image {numbers[-1]}: it should be "
            "(height, width, images). Download it again."
        )
    if columns is not None and columns[1] > stack.shape[1]:
        raise UnexpectedFormatError(
            f"img of {path.name} has {stack.shape[1]} columns, and columns {columns[0]} to {columns[1]} were asked for."
        )
    chosen = gray_levels(stack[:, :, numbers], f"img of {path.name}").transpose(2, 0, 1)
    return np.ascontiguousarray(chosen[:, :, slice(*columns)] if columns else chosen)
