"""What a metric prepares of recordings, kept by whoever asks for it: benchmarks keep it on disk."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from .layerwise import Fold

Keep = Callable[[str, Mapping[str, Any], Callable[[], Mapping[str, np.ndarray]]], Mapping[str, np.ndarray]]
"""Takes a name, the settings that count, which JSON can hold, and what computes arrays; returns these arrays.

Beside the settings they may depend on trials, mice and folds only. Whether they were computed or read makes no
difference, to the last bit.
"""

KeepOf = Callable[[np.ndarray, np.ndarray, Sequence[Fold]], Keep]
"""From trials, mice and folds, as of `LayerwiseMetric.prepare`, to what keeps arrays of these."""

# What is larger is not kept: thousands of stimuli, or tens of thousands of neuroids, are short of memory for a copy.
LARGEST_KEPT_BYTES = 1 << 28


def _computed(
    name: str, settings: Mapping[str, Any], compute: Callable[[], Mapping[str, np.ndarray]]
) -> Mapping[str, np.ndarray]:
    return compute()


_keep_of: ContextVar[KeepOf | None] = ContextVar("keep_of", default=None)


def current_keep(trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> Keep:
    """Return what keeps arrays of the recordings that are being prepared; outside of `kept_by` nothing does.

    Parameters
    ----------
    trials, subjects, folds
        What is computed from. It need not be what a benchmark has: a metric may prepare other trials by another metric.
    """
    keep_of = _keep_of.get()
    return _computed if keep_of is None else keep_of(trials, subjects, folds)


@contextlib.contextmanager
def kept_by(keep_of: KeepOf) -> Iterator[None]:
    """Have what is prepared inside the block, and what is computed of it later, kept."""
    token = _keep_of.set(keep_of)
    try:
        yield
    finally:
        _keep_of.reset(token)
