"""The images of the 118 scenes, as PNG files in a local folder."""

import io
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ...core.errors import RemoteObjectMissingError, UnexpectedFormatError
from ...core.files import written_whole
from ...core.image_file import read_image
from ..remote_objects.bucket import Bucket, RemoteFile
from ..remote_objects.parallel_reading import read_in_parallel
from .catalogue import read_experiments, scene_key
from .display import GRAY_LEVEL, on_screen_mask
from .file_readers.two_photon import read_scene_templates
from .responses.scenes import N_SCENES, STIMULUS_IDS

_IMAGE_REQUEST_BYTES = 2 * 2**20


def ensure_scene_images(bucket: Bucket, folder: Path, jobs: int = 1) -> None:
    """Write the scenes as ``scene_000.png`` ... into a folder, those that are not there.

    They are read from the templates of the Neuropixels recordings (1 MB each); where a mirror has none, from the NWB
    file of its first 2-photon experiment.

    Parameters
    ----------
    bucket : Bucket
        Where to read them.
    folder : Path
        Where to write them.
    jobs : int
        How many are read at the same time.

    Raises
    ------
    RemoteReadError
        If neither can be read.
    UnexpectedFormatError
        If a template is not an 8-bit grayscale image.
    """
    missing = [number for number in range(N_SCENES) if not _path(folder, number).is_file()]
    if not missing:
        return
    try:
        tasks = {number: partial(_fetch_scene, bucket, folder, number) for number in missing}
        read_in_parallel(tasks, jobs, bucket.source, "scene")
    except RemoteObjectMissingError as no_template:
        experiments = read_experiments(bucket)
        if not experiments:
            raise no_template
        for number, scene in enumerate(bucket.read(experiments[0].nwb_key, read_scene_templates)):
            write_gray_image(scene, _path(folder, number))


def has_scene_images(folder: Path) -> bool:
    """Tell whether a folder has all scenes."""
    return all(_path(folder, number).is_file() for number in range(N_SCENES))


def scene_images(folder: Path, on_screen_only: bool) -> dict[str, Path]:
    """Return stimulus id -> image, in the order of the image index.

    Parameters
    ----------
    folder : Path
        From `ensure_scene_images`.
    on_screen_only : bool
        Whether to make pixels gray that were not on the monitor.
    """
    if not on_screen_only:
        return {stimulus_id: _path(folder, number) for number, stimulus_id in enumerate(STIMULUS_IDS)}
    images = {}
    for number, stimulus_id in enumerate(STIMULUS_IDS):
        images[stimulus_id] = folder / "onscreen" / f"{stimulus_id}.png"
        if not images[stimulus_id].is_file():
            scene = read_image(_path(folder, number))[:, :, 0]  # gray: all channels are equal
            write_gray_image(np.where(on_screen_mask(*scene.shape), scene, GRAY_LEVEL), images[stimulus_id])
    return images


def _path(folder: Path, number: int) -> Path:
    return folder / f"{STIMULUS_IDS[number]}.png"


def _fetch_scene(bucket: Bucket, folder: Path, number: int) -> None:
    write_gray_image(bucket.read(scene_key(number), _read_template, _IMAGE_REQUEST_BYTES), _path(folder, number))


def _read_template(file: RemoteFile) -> np.ndarray:
    with Image.open(io.BytesIO(file.read())) as image:
        scene = np.asarray(image)
    levels = scene.astype(np.uint8)
    if scene.ndim != 2 or not np.array_equal(levels, scene):
        raise UnexpectedFormatError(f"It is not an image of gray levels 0, 1, ..., 255 (shape {scene.shape}).")
    return levels


def write_gray_image(scene: np.ndarray, path: Path) -> None:
    """Write gray levels, shape (height, width), as an image; the file appears whole or not at all."""
    with written_whole(path) as temporary:
        Image.fromarray(scene.astype(np.uint8)).save(temporary)
