"""Dissimilarities of stimuli as small pictures."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from PIL import Image

from ..metrics.rsa.rdm_picture import clustered_order, decoded_rdm


def rdm_pictures(record: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Draw the RDMs of a model and of the mouse, with the stimuli in the order of a clustering of the mouse's.

    Parameters
    ----------
    record : mapping
        A stored score by RSA.
    folder : Path
        Where the pictures are written, named by their content.

    Returns
    -------
    dict
        The names of the pictures `model` and `mouse`, `layer`, `raw` and `n_stimuli`.
    """
    model, mouse = decoded_rdm(record["rdm"]), decoded_rdm(record["mouse_rdm"])
    order = clustered_order(mouse)
    return {
        "model": _picture(model[np.ix_(order, order)], folder),
        "mouse": _picture(mouse[np.ix_(order, order)], folder),
        "layer": record["layer"],
        "raw": record["raw"],
        "n_stimuli": len(mouse),
    }


def _picture(shares: np.ndarray, folder: Path) -> str:
    """Write a picture of ranks, in cividis and with undefined pairs in gray; return its name."""
    colours = (matplotlib.colormaps["cividis"].with_extremes(bad="0.6")(np.ma.masked_invalid(shares)) * 255).round()
    pixels = colours[..., :3].astype(np.uint8)
    name = f"{hashlib.sha256(pixels.tobytes()).hexdigest()[:16]}.png"
    if not (folder / name).exists():  # the mouse's RDM is the same on many pages
        Image.fromarray(pixels).quantize(256).save(folder / name)
    return name
