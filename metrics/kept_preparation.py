"""What a metric prepares of recordings, kept by whoever asks for it: benchmarks keep it on disk."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

import numpy as np

Keep = Callable[[str, Mapping[str, Any], Callable[[], Mapping[str, np.ndarray]]], Mapping[str, np.ndarray]]
"""Takes a name, the settings that count, which JSON can hold, and what computes arrays; returns these arrays.

Beside the settings they may depend on trials, mice and folds only. Whether they were computed or read makes no
difference, to the last bit.
"""

# What is larger is not kept: thousands of stimuli, or tens of thousands of neuroids, are short of memory for a copy.
LARGEST_KEPT_BYTES = 1 << 28


def _computed(
    name: str, settings: Mapping[str, Any], compute: Callable[[], Mapping[str, np.ndarray]]
) -> Mapping[str, np.ndarray]:
    return compute()


_keep: ContextVar[Keep] = ContextVar("keep", default=_computed)


def current_keep() -> Keep:
    """Return what keeps arrays of the recordings that are being prepared; outside of `kept_by` nothing does."""
    return _keep.get()


@contextlib.contextmanager
def kept_by(keep: Keep) -> Iterator[None]:
    """Have what is prepared inside the block, and what is computed of it later, kept.

    Parameters
    ----------
    keep : callable
        Knows the recordings and their folds; all that is prepared inside the block must be of these.
    """
    token = _keep.set(keep)
    try:
        yield
    finally:
        _keep.reset(token)
