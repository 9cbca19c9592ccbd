"""How similar two recorded populations are, corrected for the noise of both."""

from typing import Literal

import numpy as np

from ..core.errors import InvalidArraysError, InvalidParameterError
from ..metrics.cka.metric import CKA
from ..metrics.layer_choice import selection_folds
from ..metrics.layerwise import Population
from ..metrics.regression.metric import PLS, Ridge
from ..metrics.rsa.metric import RSA
from .array_checks import Numbers, checked_trials

ConsistencyMetric = Literal["rsa", "ridge", "pls", "cka"]
_METRICS: dict[str, type[RSA] | type[Ridge] | type[PLS] | type[CKA]] = {
    "rsa": RSA,
    "ridge": Ridge,
    "pls": PLS,
    "cka": CKA,
}


def population_consistency(
    source: Numbers, target: Numbers, *, metric: ConsistencyMetric = "rsa", seed: int = 0
) -> float:
    """Compare two populations whose noise is independent, such as those of two mice.

    Parameters
    ----------
    source, target : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Single-trial responses to the same stimuli in the same order, NaN where a neuroid has no such trial. Repetitions
        and neuroids may differ in number.
    metric : {'rsa', 'ridge', 'pls', 'cka'}
        By ridge and PLS the target's neuroids are predicted from the source, so that there are two directions.
    seed : int
        Seed of the halves of the stimuli.

    Returns
    -------
    float
        1: the same without noise, as far as the metric sees; 0: nothing in common. See "Inter-animal consistency" in
        docs/methods.md.

    Raises
    ------
    InvalidArraysError
        If an array is not as described, or the numbers of stimuli differ.
    InvalidParameterError
        If the metric is unknown.
    UnreliableDataError
        If a population alone is too noisy, or has too few stimuli.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> shared = generator.normal(size=(60, 4))
    >>> one, two = (shared @ generator.normal(size=(4, 100)) for _ in range(2))
    >>> source, target = (signal + generator.normal(size=(10, 60, 100)) for signal in (one, two))
    >>> abs(population_consistency(source, target, metric="ridge") - 1) < 0.03
    True
    """
    if metric not in _METRICS:
        raise InvalidParameterError(f"metric is {metric!r}; use one of {', '.join(_METRICS)}.")
    arrays = checked_trials(source), checked_trials(target)
    numbers = [array.shape[1] for array in arrays]
    if numbers[0] != numbers[1]:
        raise InvalidArraysError(
            f"source has {numbers[0]} stimuli and target has {numbers[1]}; both must be of the same."
        )
    of_source, of_target = (_population(array, metric, seed) for array in arrays)
    return float(of_target.left_out([of_source]).values[0, 0, 0])


def _population(trials: np.ndarray, metric: str, seed: int) -> Population:
    subjects = np.zeros(trials.shape[2], dtype=int)
    return _METRICS[metric]().population(trials, subjects, selection_folds(trials.shape[1], subjects, seed))
