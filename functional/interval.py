"""How uncertain a number is that was computed of a sample of stimuli: the bootstrap."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.errors import InvalidArraysError, InvalidParameterError
from ..metrics.rsa.bootstrap import bootstrapped_comparison
from ..metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from ..uncertainty.interval_of_draws import Interval, interval_of_draws
from ..uncertainty.resampling import bootstrap_counts
from .array_checks import Numbers
from .readouts import pls_correlations, pls_r, ridge_correlations, ridge_r
from .representations import compare_rdms, linear_cka, rsa


def bootstrap(
    statistic: Callable[..., float],
    *arrays: Numbers,
    n_draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    **options: Any,
) -> Interval:
    """Draw stimuli with replacement, and compute a statistic of each draw.

    Parameters
    ----------
    statistic : callable
        Takes as many arrays as are given, and returns a number. Of :func:`rsa` and :func:`compare_rdms`, the pairs of a
        stimulus with itself, which such draws contain, are left out. Any other function is given
        arrays in which rows are repeated.
    *arrays : array of shape (n_stimuli, ...)
        Row i of all arrays belongs to the same stimulus.
    n_draws : int
        How many draws; 1000 are enough for an interval.
    level : float
        Share of the draws within the interval.
    seed : int
        Seed of the draws. Two models get the same draws from the same seed.
    **options
        Passed to the statistic, such as ``correlation="pearson"``.

    Returns
    -------
    Interval

    Raises
    ------
    InvalidParameterError
        If the statistic predicts or assumes stimuli that were sampled once (ridge, PLS, CKA): with repeated ones, a
        stimulus would be in training and test. Also if there are too few draws, or the level is not between 0 and 1.
    InvalidArraysError
        If the arrays are of different numbers of stimuli.
    UnreliableDataError
        If the statistic is undefined (NaN) in more than half of the draws.

    Examples
    --------
    The standard error of a mean is a standard deviation over the root of the number of stimuli:

    >>> values = np.random.default_rng(0).normal(size=50)
    >>> found = bootstrap(np.mean, values)
    >>> found.low < found.value < found.high
    True
    >>> abs(found.standard_error / (values.std() / 50**0.5) - 1) < 0.1
    True

    Options are passed to the statistic:

    >>> generator = np.random.default_rng(0)
    >>> responses = generator.normal(size=(30, 40))
    >>> features = responses + generator.normal(size=(30, 40))
    >>> bootstrap(rsa, features, responses, correlation="pearson", n_draws=200).low > 0
    True
    """
    if statistic in _OF_STIMULI_SAMPLED_ONCE:
        raise InvalidParameterError(
            f"{statistic.__name__} cannot be bootstrapped over stimuli: it needs stimuli that are sampled once. For "
            "intervals of predictions, compare models on a benchmark with brainscore_mouse.compare."
        )
    if n_draws < 2:
        raise InvalidParameterError(f"n_draws is {n_draws}; at least 2 are needed, and 1000 for an interval.")
    plain = [np.asarray(values) for values in arrays]
    lengths = {len(array) if array.ndim else 0 for array in plain}
    if len(lengths) != 1 or 0 in lengths:
        raise InvalidArraysError(
            f"The arrays have the shapes {[array.shape for array in plain]}; all need as many stimuli (rows)."
        )
    value = float(statistic(*plain, **options))
    (n_stimuli,) = lengths
    counts = bootstrap_counts(n_stimuli, n_draws, np.random.default_rng(seed))
    if statistic in (rsa, compare_rdms):
        rdms = [rdm_of_patterns(array) if statistic is rsa else array.astype(np.float64) for array in plain]
        first, second = (pairs_of_rdm(dissimilarities) for dissimilarities in rdms)
        draws = bootstrapped_comparison(first[None], second, counts, options.get("correlation", "spearman"))[0]
    else:
        draws = np.array([_of_draw(statistic, plain, count, options) for count in counts])
    return interval_of_draws(value, draws, level)


_OF_STIMULI_SAMPLED_ONCE = (ridge_r, ridge_correlations, pls_r, pls_correlations, linear_cka)


def _of_draw(
    statistic: Callable[..., float], arrays: list[np.ndarray], count: np.ndarray, options: dict[str, Any]
) -> float:
    rows = np.repeat(np.arange(len(count)), count)
    return float(statistic(*(array[rows] for array in arrays), **options))
