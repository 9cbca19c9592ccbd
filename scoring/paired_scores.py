"""Scores of models without each stimulus and mouse, kept in the cache: an interrupted comparison resumes there."""

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.behaviour import Behaviour
from ..core.confirmed_arrays import read_confirmed_arrays, write_confirmed_arrays
from ..core.errors import InvalidParameterError
from ..core.home import cache_folder
from ..core.interfaces import Benchmark, LeftOutBenchmark, LeftOutScoring, NeuralModel
from ..models.untrained_networks import unchanged_networks
from ..uncertainty.leave_one_out import LeaveOneOutScores, mean_over_networks
from .score_model import stored_as

# To be raised when the scores change their numbers.
_FORMAT_VERSION = 2


def left_out_benchmark(benchmark: Benchmark) -> LeftOutBenchmark:
    """Return the benchmark; raise InvalidParameterError unless models can be scored without some of its stimuli."""
    if not isinstance(benchmark, LeftOutScoring):
        raise InvalidParameterError(
            f"Models cannot be compared on {benchmark.identifier}, a {type(benchmark).__name__}: choose benchmarks of "
            "single areas, such as simulated-mouse-VISp-rsa; their mean is given with them."
        )
    return benchmark


def paired_scores(models: Sequence[NeuralModel], benchmark: LeftOutBenchmark) -> LeaveOneOutScores:
    """Score models as measured, and without each stimulus, each mouse and both.

    Of an untrained control the scores are means over its weight seeds; those of each seed as measured are kept.

    Parameters
    ----------
    models : sequence of NeuralModel
        The models.
    benchmark : LeftOutBenchmark
        A benchmark that :func:`left_out_benchmark` returned.
    """
    with unchanged_networks(models) as networks:
        scores = _confirmed_scores([*itertools.chain.from_iterable(networks)], benchmark)
    return mean_over_networks(scores, [len(of_model) for of_model in networks])


def _confirmed_scores(models: Sequence[NeuralModel], benchmark: LeftOutBenchmark) -> LeaveOneOutScores:
    found_by = [stored_as(model, benchmark) for model in models]
    known = [found for found in found_by if found is not None]
    if len(known) < len(models):  # nothing shows whether a foreign model has changed
        return benchmark.leave_one_out_scores(models)
    content = json.dumps([_FORMAT_VERSION, [found.key for found in known]])
    stem = cache_folder() / "paired_scores" / hashlib.sha256(content.encode()).hexdigest()
    behaviour = Behaviour.joined([found.behaviour for found in known])

    def of_arrays(arrays: Mapping[str, NDArray[Any]]) -> LeaveOneOutScores:
        found = LeaveOneOutScores(arrays["values"], tuple(map(str, arrays["mice"])), arrays.get("pairs"))
        if len(found.values) != len(models) or found.values.shape[1] != 1 + len(found.mice):
            raise ValueError(f"unexpected shape {found.values.shape}")
        return found

    scores = read_confirmed_arrays(stem, behaviour, of_arrays)
    if scores is None:
        scores = benchmark.leave_one_out_scores(models)
        arrays = {"values": scores.values, "mice": np.array(scores.mice, dtype=str)}
        if scores.pairs is not None:
            arrays["pairs"] = scores.pairs
        write_confirmed_arrays(stem, behaviour, arrays)
    return scores
