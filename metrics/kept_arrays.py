"""What was computed of a layer and some splits of the stimuli, kept for the next area predicted from them."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

Key = tuple[Any, ...]


def hashed(*arrays: np.ndarray) -> bytes:
    """Return a hash of arrays' types, shapes and values."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"")
    return digest.digest()


class KeptArrays:
    """Arrays by the content that they were computed from; the least recently used ones are forgotten.

    Threads may ask at the same time; two that miss the same arrays both compute them.

    Parameters
    ----------
    max_bytes : int
        What all arrays may take together; see also `keeps`.
    """

    def __init__(self, max_bytes: int):
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._arrays: OrderedDict[Key, tuple[np.ndarray, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def keeps(self, n_bytes: int) -> bool:
        """Tell whether arrays of this size are kept: a sixteenth of all, so that one result does not replace many."""
        return 16 * n_bytes <= self._max_bytes

    def found(self, key: Key) -> tuple[np.ndarray, ...] | None:
        """Return the arrays of a key, if they are still here."""
        with self._lock:
            arrays = self._arrays.get(key)
            if arrays is not None:
                self._arrays.move_to_end(key)
            return arrays

    def keep(self, key: Key, arrays: tuple[np.ndarray, ...]) -> None:
        """Keep arrays; nobody may change them any more."""
        n_bytes = _n_bytes(arrays)
        if not self.keeps(n_bytes):
            return
        for array in arrays:
            array.flags.writeable = False
        with self._lock:
            if key in self._arrays:
                return
            self._arrays[key] = arrays
            self._n_bytes += n_bytes
            while self._n_bytes > self._max_bytes:
                _, oldest = self._arrays.popitem(last=False)
                self._n_bytes -= _n_bytes(oldest)

    def found_or_computed(self, key: Key, compute: Callable[[], tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
        """Return the arrays of a key, after computing them where they are not here."""
        arrays = self.found(key)
        if arrays is None:
            arrays = compute()
            self.keep(key, arrays)
        return arrays


def _n_bytes(arrays: tuple[np.ndarray, ...]) -> int:
    return sum(array.nbytes for array in arrays)
