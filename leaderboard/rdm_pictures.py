"""Dissimilarities of stimuli as small pictures."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
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
    n_stimuli, ranks = record["mouse_rdm"]["n_stimuli"], record["mouse_rdm"]["ranks"]
    order, of_mouse = _clustered(n_stimuli, ranks)
    model = decoded_rdm(record["rdm"])
    return {
        "model": _written(_pixels(model[np.ix_(order, order)]), folder),
        "mouse": _written(of_mouse, folder),
        "layer": record["layer"],
        "raw": record["raw"],
        "n_stimuli": n_stimuli,
    }


@lru_cache(maxsize=64)
def _clustered(n_stimuli: int, ranks: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the order of stimuli by an encoded RDM, and its picture: on many pages the mouse's is the same."""
    rdm = decoded_rdm({"n_stimuli": n_stimuli, "ranks": ranks})
    order = clustered_order(rdm)
    return order, _pixels(rdm[np.ix_(order, order)])


def _pixels(shares: np.ndarray) -> np.ndarray:
    """Draw ranks in cividis, undefined pairs in gray."""
    colours = (matplotlib.colormaps["cividis"].with_extremes(bad="0.6")(np.ma.masked_invalid(shares)) * 255).round()
    pixels: np.ndarray = colours[..., :3].astype(np.uint8)
    return pixels


def _written(pixels: np.ndarray, folder: Path) -> str:
    """Write a picture unless it is there; return its name."""
    name = f"{hashlib.sha256(pixels.tobytes()).hexdigest()[:16]}.png"
    if not (folder / name).exists():
        Image.fromarray(pixels).quantize(256).save(folder / name)
    return name
