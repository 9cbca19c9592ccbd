"""The differences between all models on one benchmark, with intervals, from the stored scores alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ...uncertainty.leave_one_out import counted_once, variance_over_both, with_seeds
from ...uncertainty.left_out_effects import LeftOutEffects
from .stored_estimate import StoredEstimate

LEVEL = 0.95
# Student's t at (1 + LEVEL) / 2 by degrees of freedom, to find these from the width of a stored interval.
_FREEDOMS = np.geomspace(1, 1e6, 2000)
_QUANTILES = stdtrit(_FREEDOMS, (1 + LEVEL) / 2)


@dataclass(frozen=True)
class PairwiseDifferences:
    """How much higher each model scores than each other.

    Attributes
    ----------
    difference, error, freedom : arrays of shape (n_models, n_models)
        ``[first, second]``: first minus second, its standard error, and the degrees of freedom of Student's t. NaN
        where an error is not known.
    is_paired : array of bool, shape (n_models, n_models)
        Whether the same stimuli and mice were left out of both; where not, the two errors are taken for independent,
        which makes intervals too wide for models that find the same stimuli and mice easy.
    """

    difference: NDArray[Any]
    error: NDArray[Any]
    freedom: NDArray[Any]
    is_paired: NDArray[Any]

    @cached_property
    def is_known(self) -> NDArray[Any]:
        """Whether each difference has an error, and so a p-value."""
        return ~np.isnan(self.error) & ((self.error == 0) | (self.freedom > 0))

    @cached_property
    def p(self) -> NDArray[Any]:
        """The two-sided p-value of zero for each difference, NaN where its error is not known.

        Of a thousand models these are half a million, which take longer than everything else here: ranks do without.
        """
        return _p_values(self.difference, self.error, self.freedom)

    @cached_property
    def half_width(self) -> NDArray[Any]:
        """Half of the interval of coverage `LEVEL` around each difference."""
        return np.asarray(stdtrit(self.freedom, (1 + LEVEL) / 2) * self.error)


def pairwise_differences(estimates: Sequence[StoredEstimate]) -> PairwiseDifferences:
    """Compare all models with each other.

    Parameters
    ----------
    estimates : sequence of StoredEstimate
        Of each model, on the same benchmark or set of benchmarks.
    """
    values = np.array([one.value for one in estimates])
    difference = values[:, None] - values
    variance, freedom = _independent(estimates)
    is_paired = np.zeros(variance.shape, dtype=bool)
    for members in _comparable(estimates):
        block = np.ix_(members, members)
        variance[block], freedom[block] = _paired([estimates[number] for number in members])
        is_paired[block] = True
    return PairwiseDifferences(difference, np.sqrt(variance), freedom, is_paired)


def _p_values(difference: NDArray[Any], error: NDArray[Any], freedom: NDArray[Any]) -> NDArray[Any]:
    """Return two-sided p-values of zero, symmetric; where two models never differ, 1."""
    upper = np.triu_indices(len(difference))
    value, of_error = np.abs(difference[upper]), error[upper]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(freedom[upper], -value / of_error)
    p = np.where(of_error > 0, p, np.where(np.isnan(of_error), np.nan, (value == 0).astype(float)))
    found = np.empty(difference.shape)
    found[upper] = p
    found.T[upper] = p
    return found


def _comparable(estimates: Sequence[StoredEstimate]) -> list[list[int]]:
    """Return the numbers of the models whose effects are on the same stimuli and mice, by group."""
    groups: dict[Any, list[int]] = {}
    for number, one in enumerate(estimates):
        if one.effects is not None:
            groups.setdefault(one.effects.kind, []).append(number)
    return list(groups.values())


def _independent(estimates: Sequence[StoredEstimate]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the variances of differences and their degrees of freedom (Welch-Satterthwaite)."""
    squared = np.array([np.nan if one.error is None else one.error for one in estimates]) ** 2
    freedom = np.array([_freedom(one) for one in estimates])
    variance = squared[:, None] + squared
    with np.errstate(divide="ignore", invalid="ignore"):
        of_sums = variance**2 / (squared[:, None] ** 2 / freedom[:, None] + squared**2 / freedom)
    return variance, np.where(variance > 0, of_sums, 1.0)


def _freedom(estimate: StoredEstimate) -> float:
    """Return the degrees of freedom that an interval was made with; as for a normal distribution without one."""
    if not estimate.error or estimate.half_width is None:
        return float(_FREEDOMS[-1])
    return float(np.interp(estimate.half_width / estimate.error, _QUANTILES[::-1], _FREEDOMS[::-1]))


def _paired(estimates: Sequence[StoredEstimate]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what :func:`~brainscore_mouse.uncertainty.leave_one_out.jackknife` finds of all differences at once."""
    effects = [one.effects for one in estimates if one.effects is not None]
    n_stimuli, n_mice = len(effects[0].of_stimuli), len(effects[0].mice)
    of_stimuli = _stacked(effects, "of_stimuli")
    over_stimuli = (n_stimuli - 1) / n_stimuli * _squared_distances(of_stimuli - of_stimuli.mean(axis=1, keepdims=True))
    sums = None if effects[0].of_pairs is None else _stacked(effects, "of_pairs").reshape(len(effects), 3, -1)
    if sums is not None:
        over_stimuli = counted_once(over_stimuli, _squared_distances(sums[:, 0]))
    if n_mice:
        of_mice = _stacked(effects, "of_mice")
        over_mice = (n_mice - 1) / n_mice * _squared_distances(of_mice - of_mice.mean(axis=1, keepdims=True))
        both = np.stack([one.of_both for one in effects])
        both = both - both.mean(axis=1, keepdims=True) - both.mean(axis=2, keepdims=True)
        both += np.stack([one.of_both for one in effects]).mean(axis=(1, 2), keepdims=True)
        of_both = _squared_distances(both.reshape(len(effects), -1))
        of_both *= (n_mice - 1) / n_mice * (n_stimuli - 1) / n_stimuli
        if sums is not None:
            between_mice = np.maximum(_squared_distances(sums[:, 1]) - _squared_distances(sums[:, 2]) / n_mice, 0)
            of_both = counted_once(of_both, (n_mice - 1) / n_mice * between_mice)
        variance, freedom = variance_over_both(over_stimuli, over_mice, of_both, n_stimuli, n_mice)
    else:
        variance, freedom = over_stimuli, np.full_like(over_stimuli, n_stimuli - 1.0)
    return _with_seeds(variance, freedom, [one.seeds for one in estimates])


def _with_seeds(
    variance: NDArray[Any], freedom: NDArray[Any], seeds: Sequence[NDArray[Any] | None]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Add the variance between weight seeds; a model without any has the same score for each."""
    n_seeds = max((len(one) for one in seeds if one is not None), default=0)
    if n_seeds < 2:
        return variance, freedom
    # Models with fewer seeds than others share none with them, as far as is known.
    counts = sorted({len(one) for one in seeds if one is not None})
    between = np.zeros_like(variance)
    for count in counts:
        centred = np.array(
            [one - one.mean() if one is not None and len(one) == count else np.zeros(count) for one in seeds]
        )
        between += _squared_distances(centred) / (count - 1)
    return with_seeds(variance, freedom, between, n_seeds)


def _stacked(effects: Sequence[LeftOutEffects], name: str) -> NDArray[Any]:
    return np.stack([np.ravel(getattr(one, name)) for one in effects])


def _squared_distances(rows: NDArray[Any]) -> NDArray[Any]:
    """Return the squared distances between all rows, exactly 0 where two are the same."""
    products = rows @ rows.T
    squares = np.diag(products)
    distances = np.maximum(squares[:, None] + squares - 2 * products, 0)
    numbers: dict[bytes, int] = {}  # of rows that differ; sorting them, as numpy.unique does, takes ten times as long
    same = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rows + 0.0])  # -0.0 becomes 0.0
    return np.where(same[:, None] == same, 0.0, distances)
