"""Scores of several models in the same bootstrap draws, kept in the cache: an interrupted comparison goes on."""

import contextlib
import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ..core.behaviour import Behaviour
from ..core.confirmed_arrays import read_confirmed_arrays, write_confirmed_arrays
from ..core.errors import InvalidParameterError
from ..core.home import cache_folder
from ..core.interfaces import Benchmark, NeuralModel, ResampledBenchmark
from ..models.untrained_networks import UntrainedNetworks
from ..uncertainty.resampling import Over
from .score_model import stored_as

# To be raised when draws, or scores in them, change their numbers.
_FORMAT_VERSION = 1


def check_draws(n_draws: int, over: Over) -> None:
    """Raise InvalidParameterError, before anything is loaded, unless so many draws over this can be made."""
    if over not in get_args(Over):
        raise InvalidParameterError(f"over is {over!r}; use one of {', '.join(get_args(Over))}.")
    if n_draws < 2:
        raise InvalidParameterError(f"n_draws is {n_draws}; at least 2 are needed, and 1000 for an interval.")


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

    Of an untrained control the score is the mean over its weight seeds. Each draw takes the network of one of them, the
    same seed for all controls: so the draws vary over weights, too, by as much as the error of its score says.

    Returns
    -------
    scores : array of shape (n_models,)
    draws : array of shape (n_models, n_draws)
        See :meth:`~brainscore_mouse.benchmarks.neural_benchmark.MouseNeuralBenchmark.resampled_scores`.
    """
    members = [
        [model.member(one) for one in model.seeds] if isinstance(model, UntrainedNetworks) else [model]
        for model in models
    ]
    with contextlib.ExitStack() as block:
        for member in itertools.chain.from_iterable(members):
            block.enter_context(member.unchanged())
        scores, draws = _confirmed_draws([*itertools.chain.from_iterable(members)], benchmark, n_draws, over, seed)
    ends = np.cumsum([len(of_model) for of_model in members])[:-1]
    return (
        np.array([of_model.mean() for of_model in np.split(scores, ends)]),
        np.stack([_drawn_over_seeds(of_model, seed) for of_model in np.split(draws, ends)]),
    )


def _drawn_over_seeds(draws: NDArray[Any], seed: int) -> NDArray[Any]:
    """Take one of several networks in each draw, from draws of shape (n_networks, n_draws)."""
    n_networks, n_draws = draws.shape
    if n_networks == 1:
        return draws[0]
    taken = np.random.default_rng([seed, n_networks]).integers(n_networks, size=n_draws)
    mean = draws.mean(axis=0)
    # The variance of n networks about their own mean is too small by (n - 1) / n.
    of_one: NDArray[Any] = draws[taken, np.arange(n_draws)] - mean
    return mean + np.sqrt(n_networks / (n_networks - 1)) * of_one


def _confirmed_draws(
    models: Sequence[NeuralModel], benchmark: ResampledBenchmark, n_draws: int, over: Over, seed: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    found_by = [stored_as(model, benchmark) for model in models]
    known = [found for found in found_by if found is not None]
    if len(known) < len(models):  # nothing tells whether a foreign model has changed
        return benchmark.resampled_scores(models, n_draws, over, seed)
    content = json.dumps([_FORMAT_VERSION, [found.key for found in known], n_draws, over, seed])
    stem = cache_folder() / "paired_draws" / hashlib.sha256(content.encode()).hexdigest()
    behaviour = Behaviour.joined([found.behaviour for found in known])

    def of_arrays(arrays: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
        scores, draws = arrays["scores"], arrays["draws"]
        if scores.shape != (len(models),) or draws.shape != (len(models), n_draws):
            raise ValueError(f"unexpected shapes {scores.shape} and {draws.shape}")
        return scores, draws

    draws = read_confirmed_arrays(stem, behaviour, of_arrays)
    if draws is None:
        draws = benchmark.resampled_scores(models, n_draws, over, seed)
        write_confirmed_arrays(stem, behaviour, {"scores": draws[0], "draws": draws[1]})
    return draws
