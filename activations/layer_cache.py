"""Gram matrices and channel responses on disk, found by the content they were computed from."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from ..core.cache import read_cached_arrays, write_cached_arrays
from ..core.files import sha256_of_file
from ..core.home import cache_folder
from ..metrics.feature_gram import FeatureGram
from .extraction import Extraction

# To be raised when image loading, extraction or FeatureGram change their numbers.
_FORMAT_VERSION = 2


def layer_files(
    kind: Literal["grams", "channels"],
    fingerprint: str,
    extraction: Extraction,
    stimulus_paths: Sequence[Path],
    layers: Sequence[str],
) -> dict[str, Path]:
    """Return where what was computed of each layer is cached.

    Parameters
    ----------
    kind : {'grams', 'channels'}
        Gram matrices, or responses of channels.
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
        By layer; the files need not exist.
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
    return {layer: cache_folder() / kind / f"{key}.npz" for layer, key in keys.items()}


def write_gram(path: Path, gram: FeatureGram) -> None:
    """Write a Gram matrix, and keep the cache within its limit."""
    write_cached_arrays(path, dataclasses.asdict(gram))


def read_gram(path: Path, n_stimuli: int) -> FeatureGram | None:
    """Read a cached Gram matrix; None if it is not there or damaged (then with a warning)."""

    def of_arrays(arrays: Mapping[str, np.ndarray]) -> FeatureGram:
        gram = FeatureGram(arrays["row_centred"], arrays["row_means"], int(arrays["n_features"]))
        if gram.row_centred.shape != (n_stimuli, n_stimuli) or gram.row_means.shape != (n_stimuli,):
            raise ValueError(f"unexpected shapes {gram.row_centred.shape} and {gram.row_means.shape}")
        return gram

    return read_cached_arrays(path, of_arrays)


def write_channels(path: Path, channels: np.ndarray) -> None:
    """Write channel responses, and keep the cache within its limit."""
    write_cached_arrays(path, {"channels": channels})


def read_channels(path: Path, n_stimuli: int) -> np.ndarray | None:
    """Read cached channel responses; None if they are not there or damaged (then with a warning)."""

    def of_arrays(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        channels = arrays["channels"]
        if channels.ndim != 2 or len(channels) != n_stimuli:
            raise ValueError(f"unexpected shape {channels.shape}")
        return channels

    return read_cached_arrays(path, of_arrays)
