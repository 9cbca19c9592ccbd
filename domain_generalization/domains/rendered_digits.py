"""Digits drawn with the fonts that come with matplotlib."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "STIXGeneralBolIta",
    "cmr10",
    "cmss10",
    "cmtt10",
    "cmb10",
)
_OVERSAMPLING = 4
_MINIMAL_CONTRAST = 60.0  # mean difference between stroke and background, of 255


def digit_masks(labels: Sequence[str], size: int, seed: int) -> np.ndarray:
    """Draw digits in random fonts, sizes, positions and rotations (up to 20 degrees).

    Parameters
    ----------
    labels : sequence of str
        What to draw.
    size : int
        Side length in pixels.
    seed : int
        Each image's parameters follow from it and the image's index.

    Returns
    -------
    np.ndarray of shape (n_images, size, size)
        uint8: 255 on the stroke, 0 elsewhere.
    """
    return np.stack([_mask(label, size, np.random.default_rng([seed, index])) for index, label in enumerate(labels)])


def coloured_digits(labels: Sequence[str], size: int, seed: int) -> np.ndarray:
    """Draw digits in random colours on a background with a colour gradient, blurred by up to 1 px.

    After SYN (Ganin et al. 2016): text, position, orientation, colours of background and stroke, and blur vary.

    Parameters
    ----------
    labels : sequence of str
        What to draw.
    size : int
        Side length in pixels.
    seed : int
        Each image's parameters follow from it and the image's index.

    Returns
    -------
    np.ndarray of shape (n_images, size, size, 3)
        uint8.
    """
    masks = digit_masks(labels, size, seed)
    return np.stack([_coloured(mask, np.random.default_rng([seed, 1, index])) for index, mask in enumerate(masks)])


def _mask(label: str, size: int, generator: np.random.Generator) -> np.ndarray:
    large = size * _OVERSAMPLING
    font = _font(FONTS[generator.integers(len(FONTS))], int(large * generator.uniform(0.65, 1.0)))
    image = Image.new("L", (large, large))
    centre = tuple(large * generator.uniform(0.44, 0.56, size=2))
    left, top, right, bottom = font.getbbox(label)
    corner = (centre[0] - (left + right) / 2, centre[1] - (top + bottom) / 2)
    ImageDraw.Draw(image).text(corner, label, fill=255, font=font)
    turned = image.rotate(generator.uniform(-20, 20), Image.Resampling.BILINEAR, center=centre)
    return np.asarray(turned.resize((size, size), Image.Resampling.BOX))


def _coloured(mask: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    size = len(mask)
    while True:
        stroke, start, end = generator.uniform(0, 255, size=(3, 3))
        if min(np.abs(stroke - start).mean(), np.abs(stroke - end).mean()) > _MINIMAL_CONTRAST:
            break
    share = np.linspace(0, 1, size)[:, None, None]
    background = np.broadcast_to((1 - share) * start + share * end, (size, size, 3))
    if generator.random() < 0.5:
        background = background.swapaxes(0, 1)
    opacity = mask[..., None] / 255
    values = opacity * stroke + (1 - opacity) * background
    image = Image.fromarray(np.rint(values).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(generator.uniform(0, 1))))


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", size)
