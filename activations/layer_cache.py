"""What was computed of layers, on disk: found by content, and believed if the network still does the same."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from ..core.behaviour import Behaviour
from ..core.confirmed_arrays import read_confirmed_arrays, write_confirmed_arrays
from ..core.files import sha256_of_file
from ..core.home import cache_folder
from ..metrics.feature_gram import FeatureGram
from .extraction import Extraction

# To be raised when image loading, extraction, FeatureGram or the sample of units change their numbers.
_FORMAT_VERSION = 2

Kind = Literal["grams", "channels", "units", "readout_features"]
"""Gram matrices, responses of channels or of a sample of units, or whole activations that readouts are fitted to."""


def layer_stems(
    kind: Kind,
    fingerprint: str,
    extraction: Extraction,
    stimulus_paths: Sequence[Path],
    layers: Sequence[str],
) -> dict[str, Path]:
    """Return where what was computed of each layer is cached, short of the suffix of the network's behaviour.

    Parameters
    ----------
    kind : {'grams', 'channels', 'units', 'readout_features'}
        What is computed.
    fingerprint : str
        Hash of the network and of how its input is made.
    extraction : Extraction
        Kind of device and precision count.
    stimulus_paths : sequence of Path
        The images: their bytes and their order count, not their names.
    layers : sequence of str
        Names of the layers.

    Returns
    -------
    dict of str to Path
        By layer.
    """
    common = [
        _FORMAT_VERSION,
        torch.__version__,
        fingerprint,
        extraction.torch_device.type,
        extraction.precision,
        [sha256_of_file(path) for path in stimulus_paths],
    ]
    keys = {layer: hashlib.sha256(json.dumps([*common, layer]).encode()).hexdigest() for layer in layers}
    return {layer: cache_folder() / kind / key for layer, key in keys.items()}


def write_gram(stem: Path, behaviour: Behaviour, gram: FeatureGram) -> None:
    """Write a Gram matrix, and keep the cache within its limit."""
    write_confirmed_arrays(stem, behaviour, dataclasses.asdict(gram))


def read_gram(stem: Path, behaviour: Behaviour, n_stimuli: int) -> FeatureGram | None:
    """Read a cached Gram matrix; None if there is none of this behaviour, or it is damaged (then with a warning)."""

    def of_arrays(arrays: Mapping[str, np.ndarray]) -> FeatureGram:
        gram = FeatureGram(arrays["row_centred"], arrays["row_means"], int(arrays["n_features"]))
        if gram.row_centred.shape != (n_stimuli, n_stimuli) or gram.row_means.shape != (n_stimuli,):
            raise ValueError(f"unexpected shapes {gram.row_centred.shape} and {gram.row_means.shape}")
        return gram

    return read_confirmed_arrays(stem, behaviour, of_arrays)


def write_rows(stem: Path, behaviour: Behaviour, rows: np.ndarray) -> None:
    """Write a row per stimulus, and keep the cache within its limit."""
    write_confirmed_arrays(stem, behaviour, {"rows": rows})


def read_rows(stem: Path, behaviour: Behaviour, n_stimuli: int) -> np.ndarray | None:
    """Read cached rows of stimuli; None if there are none of this behaviour, or damaged ones (then with a warning)."""

    def of_arrays(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        rows = arrays["rows"]
        if rows.ndim != 2 or len(rows) != n_stimuli:
            raise ValueError(f"unexpected shape {rows.shape}")
        return rows

    return read_confirmed_arrays(stem, behaviour, of_arrays)
