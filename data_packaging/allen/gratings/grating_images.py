"""The static gratings as images, on the canvas of the natural scenes: no template of them was published."""

from pathlib import Path

import numpy as np

from ..display import GRAY_LEVEL, HEIGHT_DEGREES, WIDTH_DEGREES, on_screen_mask
from ..scene_images import write_gray_image
from .conditions import CONDITIONS, CONTRAST, GRATINGS

_FULL_AMPLITUDE = 128  # of the AllenSDK's gratings: 256 from peak to peak, around the mean gray
SIZE_PX = (459, 587)  # half of the scenes': still 15 pixels in a cycle of the finest grating


def grating_image(orientation: float, spatial_frequency: float, phase: float) -> np.ndarray:
    """Draw a grating, with pixels that are equally large in angle.

    ``cos(2 pi (x cos(orientation) - y sin(orientation)) spatial_frequency + 2 pi phase)``, as in the AllenSDK, where x
    points to the right and y down, in degrees from the center.

    Parameters
    ----------
    orientation : float
        In degrees.
    spatial_frequency : float
        In cycles per degree of the visual field.
    phase : float
        In cycles.

    Returns
    -------
    uint8 array of shape (459, 587)
        Gray levels.
    """
    y, x = (
        (np.arange(n_pixels) - n_pixels / 2) * degrees / n_pixels
        for n_pixels, degrees in zip(SIZE_PX, (HEIGHT_DEGREES, WIDTH_DEGREES), strict=True)
    )
    angle = np.deg2rad(orientation)
    across = x * np.cos(angle) - y[:, np.newaxis] * np.sin(angle)
    wave = np.cos(2 * np.pi * (across * spatial_frequency + phase))
    return np.rint(GRAY_LEVEL + CONTRAST * _FULL_AMPLITUDE * wave).astype(np.uint8)


def grating_images(folder: Path, on_screen_only: bool) -> dict[str, Path]:
    """Return stimulus id -> image, in the order of the conditions, after drawing those that are not there.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    on_screen_only : bool
        Whether to make pixels gray that were not on the monitor.
    """
    kept_in = folder / "onscreen" if on_screen_only else folder
    images = {stimulus_id: kept_in / f"{stimulus_id}.png" for stimulus_id in GRATINGS.stimulus_ids}
    for condition, path in zip(CONDITIONS, images.values(), strict=True):
        if not path.is_file():
            image = grating_image(*condition)
            if on_screen_only:
                image = np.where(on_screen_mask(*image.shape), image, GRAY_LEVEL)
            write_gray_image(image, path)
    return images
