"""Gram matrices on disk, found by the content they were computed from."""

import dataclasses
import hashlib
import json
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from .cache import keep_within_limit, mark_used
from .extraction import Extraction
from .feature_gram import FeatureGram
from .files import sha256_of_file, written_whole
from .home import cache_folder

# To be raised when image loading, extraction or FeatureGram change their numbers.
_FORMAT_VERSION = 2


def gram_files(
    fingerprint: str, extraction: Extraction, stimulus_paths: Sequence[Path], layers: Sequence[str]
) -> dict[str, Path]:
    """Return where the Gram matrix of each layer is cached.

    Parameters
    ----------
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
    return {layer: cache_folder() / "grams" / f"{key}.npz" for layer, key in keys.items()}


def write_gram(path: Path, gram: FeatureGram) -> None:
    """Write a Gram matrix, and keep the cache within its limit."""
    with written_whole(path) as temporary:
        np.savez(temporary, **dataclasses.asdict(gram))
    keep_within_limit(path.parent)


def read_gram(path: Path, n_stimuli: int) -> FeatureGram | None:
    """Read a cached Gram matrix; None if it is not there or damaged (then with a warning)."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            gram = FeatureGram(arrays["row_centred"], arrays["row_means"], int(arrays["n_features"]))
        if gram.row_centred.shape != (n_stimuli, n_stimuli) or gram.row_means.shape != (n_stimuli,):
            raise ValueError(f"unexpected shapes {gram.row_centred.shape} and {gram.row_means.shape}")
        mark_used(path)
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        warnings.warn(f"the cached file {path} is damaged ({error}); it is computed again", stacklevel=3)
        return None
    return gram
