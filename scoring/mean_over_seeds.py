"""The score of the untrained control: the mean over networks of different random weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from brainscore_core.metrics import Score

from ..core.interfaces import NeuralModel
from ..models.untrained_networks import UntrainedNetworks
from ..uncertainty.left_out_effects import LeftOutEffects, mean_effects

_REPORTED_OF_EACH = ("error", "raw", "layer")


def mean_over_seeds(model: UntrainedNetworks, score_of: Callable[[NeuralModel], Score]) -> Score:
    """Score the networks of all weight seeds, and average.

    The error says where the score of a network with new random weights is to be expected, on other stimuli and mice:
    the square root of the mean of the networks' squared errors plus the variance between their scores. It does not
    become smaller with more seeds. `interval` is wider by the same factor. The networks see the same stimuli and mice,
    so that their own errors do not average out; the variance between them is that of the population, estimated with
    n - 1.

    Parameters
    ----------
    model : UntrainedNetworks
        The networks.
    score_of : callable
        From one network to its score.

    Returns
    -------
    Score
        The mean. attrs as of the networks' scores, averaged where they are numbers (also within lists and dicts of the
        same structure), and left out where they differ otherwise; `layer` is all chosen ones, the most frequent first.
        Beside these `weight_seeds`, `seed_scores` (for each seed a dict of `seed`, `score`, `error`, `raw` and
        `layer`) and `error_over_seeds` (the standard deviation between the seeds' scores).
    """
    scores = [score_of(model.member(seed)) for seed in model.seeds]
    values = np.array([float(score) for score in scores])
    mean = Score(float(values.mean()))
    common = [name for name in scores[0].attrs if all(name in score.attrs for score in scores)]
    averages = {name: _averaged([score.attrs[name] for score in scores]) for name in common}
    mean.attrs.update({name: average for name, average in averages.items() if average is not _Different})
    errors = np.array([_number(score.attrs.get("error")) for score in scores])
    between = float(values.std(ddof=1))
    mean.attrs.update(
        error=float(np.sqrt((errors**2).mean() + between**2)),
        error_over_seeds=between,
        error_kind=f"{scores[0].attrs['error_kind']}; and standard deviation over {len(scores)} weight seeds",
        model_identifier=model.identifier,
        weight_seeds=list(model.seeds),
        seed_scores=[
            {"seed": seed, "score": float(score)}
            | {name: score.attrs[name] for name in _REPORTED_OF_EACH if name in score.attrs}
            for seed, score in zip(model.seeds, scores, strict=True)
        ],
    )
    if "interval" in mean.attrs and (errors > 0).all():
        low, high = mean.attrs["interval"]
        # As wide as those of the networks on average, and as much wider as the error is larger.
        half = (high - low) / 2 * mean.attrs["error"] / float(np.sqrt((errors**2).mean()))
        mean.attrs["interval"] = [float(mean) - half, float(mean) + half]
    if all("left_out_effects" in score.attrs for score in scores):
        effects = mean_effects([LeftOutEffects.of_json(score.attrs["left_out_effects"]) for score in scores])
        if effects is not None:
            mean.attrs["left_out_effects"] = effects.as_json()
    if all(isinstance(score.attrs.get("layer"), str) for score in scores):
        mean.attrs["layer"] = _by_frequency([score.attrs["layer"] for score in scores])
    return mean


def _by_frequency(layers: Sequence[str]) -> str:
    return ", ".join(sorted(dict.fromkeys(layers), key=lambda layer: (-layers.count(layer), layers.index(layer))))


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


class _Different:
    """What stands for values that have no average."""


def _averaged(values: Sequence[Any]) -> Any:
    """Average numbers, also within dicts and lists of the same structure; `_Different` where there is no average."""
    first = values[0]
    if all(_same(first, value) for value in values):
        return first
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return float(np.mean(values))
    if all(isinstance(value, Mapping) and value.keys() == first.keys() for value in values):
        averages = {key: _averaged([value[key] for value in values]) for key in first}
        if _Different not in averages.values():
            return averages
    if all(isinstance(value, list | tuple) and len(value) == len(first) for value in values):
        averages_of_items = [_averaged(items) for items in zip(*values, strict=True)]
        if _Different not in averages_of_items:
            return averages_of_items
    return _Different


def _same(first: Any, second: Any) -> bool:
    return type(first) is type(second) and repr(first) == repr(second)
