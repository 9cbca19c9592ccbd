"""What metrics prepare of recordings, on disk: computed once for all models, processes and workers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.cache import read_cached_arrays, write_cached_arrays
from ..core.content_key import content_key
from ..core.home import cache_folder
from ..metrics.kept_arrays import hashed
from ..metrics.layerwise import Fold

# To be raised when what metrics prepare, or how it is stored, changes.
_FORMAT_VERSION = 1
_DIGEST = "sha256"


class PreparedRecordings:
    """Keeps arrays of some recordings in ``cache/prepared``; a :data:`~brainscore_mouse.metrics.kept_preparation.Keep`.

    Files are found by a hash of all that their arrays depend on: trials, mice, folds and settings. A file that is
    damaged, or not the one that its name says, is computed again, with a warning.

    Parameters
    ----------
    trials, subjects, folds
        As of :meth:`~brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`.
    version : int
        Of the definition of the benchmark.
    """

    def __init__(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold], version: int):
        parts = [part for fold in folds for part in (fold.selection, fold.scoring)]
        arrays = [trials, subjects.astype(str)]
        arrays += [array for part in parts for array in (part.stimuli, part.fit_stimuli, part.neuroids, part.groups)]
        self._content = {"recordings": hashed(*arrays).hex(), "version": version}

    def __call__(
        self, name: str, settings: Mapping[str, Any], compute: Callable[[], Mapping[str, np.ndarray]]
    ) -> Mapping[str, np.ndarray]:
        """Read the arrays of this name and these settings; compute and write them where they are not there."""
        key = content_key(
            format=_FORMAT_VERSION, numpy=np.__version__, name=name, settings=dict(settings), **self._content
        )
        path = cache_folder() / "prepared" / f"{key}.npz"
        found = read_cached_arrays(path, lambda arrays: _verified(arrays, key))
        if found is not None:
            return found
        computed = compute()
        write_cached_arrays(path, {**computed, _DIGEST: _digest_of_named(computed, key)})
        return computed


def _verified(arrays: Mapping[str, np.ndarray], key: str) -> dict[str, np.ndarray]:
    """Return arrays if they are those that were written by this key; raise ValueError otherwise."""
    found = {name: values for name, values in arrays.items() if name != _DIGEST}
    if not np.array_equal(arrays[_DIGEST], _digest_of_named(found, key)):
        raise ValueError("its content is not what was written")
    return found


def _digest_of_named(arrays: Mapping[str, np.ndarray], key: str) -> np.ndarray:
    names = sorted(arrays)
    digest = hashed(np.array([key, *names]), *(np.asarray(arrays[name]) for name in names))
    return np.frombuffer(digest, dtype=np.uint8)
