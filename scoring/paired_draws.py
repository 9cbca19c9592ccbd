"""Scores of several models in the same bootstrap draws, kept in the cache: an interrupted comparison goes on."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from ..core.cache import read_cached_arrays, write_cached_arrays
from ..core.errors import InvalidParameterError
from ..core.home import cache_folder
from ..core.interfaces import Benchmark, NeuralModel, ResampledBenchmark
from ..uncertainty.resampling import Over
from .score_model import score_key

# To be raised when draws, or scores in them, change their numbers.
_FORMAT_VERSION = 1


def resampled_benchmark(benchmark: Benchmark) -> ResampledBenchmark:
    """Return the benchmark; raise InvalidParameterError unless its stimuli and mice can be resampled."""
    if not isinstance(benchmark, ResampledBenchmark):
        raise InvalidParameterError(
            f"Models cannot be compared on {benchmark.identifier}, a {type(benchmark).__name__}: choose benchmarks of "
            "single areas, such as simulated-mouse-VISp-rsa; their mean is given with them."
        )
    return benchmark


def paired_draws(
    models: Sequence[NeuralModel], benchmark: ResampledBenchmark, n_draws: int, over: Over, seed: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Score models as measured, and on stimuli and mice drawn anew, the same for all of them.

    Parameters
    ----------
    models : sequence of NeuralModel
        The models.
    benchmark : MouseNeuralBenchmark
        A benchmark that :func:`resampled_benchmark` returned.
    n_draws, over, seed
        See :func:`brainscore_mouse.uncertainty.resampling.draw`.

    Returns
    -------
    scores : array of shape (n_models,)
    draws : array of shape (n_models, n_draws)
        See :meth:`~brainscore_mouse.benchmarks.neural_benchmark.MouseNeuralBenchmark.resampled_scores`.
    """
    keys = [score_key(model, benchmark) for model in models]
    if None in keys:  # nothing tells whether a foreign model has changed
        return benchmark.resampled_scores(models, n_draws, over, seed)
    content = json.dumps([_FORMAT_VERSION, keys, n_draws, over, seed])
    path = cache_folder() / "paired_draws" / f"{hashlib.sha256(content.encode()).hexdigest()}.npz"

    def of_arrays(arrays: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
        scores, draws = arrays["scores"], arrays["draws"]
        if scores.shape != (len(models),) or draws.shape != (len(models), n_draws):
            raise ValueError(f"unexpected shapes {scores.shape} and {draws.shape}")
        return scores, draws

    found = read_cached_arrays(path, of_arrays)
    if found is None:
        found = benchmark.resampled_scores(models, n_draws, over, seed)
        write_cached_arrays(path, {"scores": found[0], "draws": found[1]})
    return found
