"""Scores of models without each stimulus and mouse, kept in the cache: an interrupted comparison resumes there."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.cache import read_cached_arrays, write_cached_arrays
from ..core.errors import InvalidParameterError
from ..core.home import cache_folder
from ..uncertainty.leave_one_out import LeaveOneOutScores
from .score_model import content_key

# To be raised when the scores change their numbers.
_FORMAT_VERSION = 2


def check_can_be_compared_on(benchmark: Any) -> None:
    """Raise InvalidParameterError unless models can be compared without some of a benchmark's stimuli and mice."""
    if not hasattr(benchmark, "leave_one_out_scores"):
        raise InvalidParameterError(
            f"Models cannot be compared on {benchmark.identifier}, a {type(benchmark).__name__}: choose benchmarks of "
            "single areas, such as simulated-mouse-VISp-rsa; their mean is given with them."
        )


def paired_scores(models: Sequence[Any], benchmark: Any) -> LeaveOneOutScores:
    """Score models as measured, and without each stimulus, each mouse and both.

    Parameters
    ----------
    models : sequence of ImageModel or other comparable model
        See :func:`brainscore_mouse.brainscore_bridge.models.comparable`.
    benchmark : MouseNeuralBenchmark
        A benchmark that passes :func:`check_can_be_compared_on`.
    """
    keys = [content_key(model, benchmark) for model in models]
    if None in keys:  # nothing shows whether a foreign model has changed
        return benchmark.leave_one_out_scores(models)
    content = json.dumps([_FORMAT_VERSION, keys])
    path = cache_folder() / "paired_scores" / f"{hashlib.sha256(content.encode()).hexdigest()}.npz"

    def of_arrays(arrays: Mapping[str, np.ndarray]) -> LeaveOneOutScores:
        found = LeaveOneOutScores(arrays["values"], tuple(map(str, arrays["mice"])))
        if len(found.values) != len(models) or found.values.shape[1] != 1 + len(found.mice):
            raise ValueError(f"unexpected shape {found.values.shape}")
        return found

    found = read_cached_arrays(path, of_arrays)
    if found is None:
        found = benchmark.leave_one_out_scores(models)
        write_cached_arrays(path, {"values": found.values, "mice": np.array(found.mice, dtype=str)})
    return found
