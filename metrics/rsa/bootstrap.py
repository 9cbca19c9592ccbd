"""RDM comparisons in many bootstrap draws of stimuli at once."""

from collections.abc import Callable
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_namespace

from ...core.arrays import Array
from ...uncertainty.correlation import tie_bounds
from .compare_pairs import Correlation, check_numpy
from .rdm import stimuli_of_pairs

# Weights of this many pairs and draws are held at a time: they stay in the cache.
_WEIGHTS_PER_BLOCK = 1 << 16
# Rows that one triangular matrix product sums up.
_ROWS_PER_SUM = 16
# Sums of squares are exact up to this fraction.
_ROUNDING = 1e-13


def bootstrapped_comparison(models: Array, data: Array, counts: Array, correlation: Correlation) -> Array:
    """Correlate RDMs with one RDM in every bootstrap draw of the stimuli.

    Pairs of a stimulus with itself, which resampling with replacement makes, are left out: their dissimilarity
    of zero is trivial and would inflate every correlation.

    Parameters
    ----------
    models : array of shape (n_models, n_pairs)
        Upper triangles of RDMs.
    data : array of shape (n_pairs,)
        Upper triangle of the RDM they are compared with.
    counts : array of shape (n_draws, n_stimuli)
        How often each stimulus was drawn, from :func:`bootstrap_counts`.
    correlation : {'spearman', 'pearson', 'kendall'}
        How to compare; Spearman's ranks are those within each draw.

    Returns
    -------
    array of shape (n_models, n_draws)
        NaN in a draw that has no two different pairs, or whose RDM is undefined.
    """
    functions: dict[str, Callable[[Any, Any, Any], Any]] = {
        "pearson": _pearson_draws,
        "spearman": _spearman_draws,
        "kendall": _kendall_draws,
    }
    return functions[correlation](models, data, counts)


def _pearson_draws(models: Any, data: Any, counts: Any) -> Any:
    xp = array_namespace(models, data)
    models = xp.astype(models, xp.float64) - xp.mean(xp.astype(models, xp.float64), axis=-1, keepdims=True)
    data = xp.astype(data, xp.float64) - xp.mean(xp.astype(data, xp.float64))
    n_models = models.shape[0]
    sums = _pair_sums(xp.concat([models, models**2, models * data, xp.stack([data, data**2])]), counts)
    total = _pairs_in_draws(counts)
    total = xp.where(total > 0, total, xp.nan)
    of_models, of_squares, of_products = (sums[start * n_models : (start + 1) * n_models] for start in range(3))
    of_data, of_data_squares = sums[-2], sums[-1]
    covariance = of_products - of_models * of_data / total
    return _ratio(covariance, _spread(of_squares, of_models, total), _spread(of_data_squares, of_data, total))


def _pair_sums(entries: Any, counts: Any) -> Any:
    """Sum over the drawn pairs of different stimuli.

    Parameters
    ----------
    entries : array of shape (n_entries, n_pairs)
        Numbers to sum, by pair as in :func:`~brainscore_mouse.metrics.rsa.rdm.pairs_of_rdm`.
    counts : array of shape (n_draws, n_stimuli)
        How often each stimulus is in each draw.

    Returns
    -------
    array of shape (n_entries, n_draws)

    Notes
    -----
    All draws by one matrix product: the sum of x over drawn pairs is c^T X c, X the upper triangle.
    """
    xp = array_namespace(entries)
    device = getattr(entries, "device", None)
    counts = xp.astype(counts, xp.float64)
    n_draws, n_stimuli = counts.shape
    first, second = stimuli_of_pairs(n_stimuli)
    square = xp.zeros((n_stimuli, entries.shape[0], n_stimuli), dtype=xp.float64, device=device)
    square[first, :, second] = xp.matrix_transpose(entries)
    square = xp.reshape(square, (n_stimuli, -1))
    sums = xp.empty((n_draws, entries.shape[0]), dtype=xp.float64, device=device)
    block = max(1, _WEIGHTS_PER_BLOCK // square.shape[1])
    for begin in range(0, n_draws, block):
        some = counts[begin : begin + block]
        products = xp.reshape(some @ square, (some.shape[0], -1, n_stimuli))
        sums[begin : begin + block] = (products @ some[:, :, None])[:, :, 0]
    return sums.T


def _pairs_in_draws(counts: Any) -> Any:
    """Count the pairs of different stimuli in each draw, shape (n_draws,); counts as for :func:`_pair_sums`."""
    xp = array_namespace(counts)
    counts = xp.astype(counts, xp.float64)
    return (xp.sum(counts, axis=1) ** 2 - xp.sum(counts**2, axis=1)) / 2


def _spread(sum_of_squares: Any, plain_sum: Any, total: Any) -> Any:
    """Return the sum of squared deviations from the mean, zero where it is rounding error."""
    xp = array_namespace(sum_of_squares)
    spread = sum_of_squares - plain_sum**2 / total
    return xp.where(spread > _ROUNDING * sum_of_squares, spread, 0.0)


def _spearman_draws(models: Any, data: Any, counts: Any) -> Any:
    """Rank within each draw as if pairs were repeated: ties share the middle rank.

    All sums are of integers (twice the ranks, less their mean), so that nothing is lost in differences.
    """
    xp = array_namespace(models, data)
    device = getattr(data, "device", None)
    n_pairs = data.shape[-1]
    n_draws, n_stimuli = counts.shape
    # Draws are the last axis: whole rows are then gathered and added, which is many times faster.
    by_stimulus = xp.astype(counts, xp.float64).T
    first, second = (xp.asarray(index, device=device) for index in stimuli_of_pairs(n_stimuli))
    orders = [_PairOrder(values) for values in models]
    data_order = _PairOrder(data)
    data_undefined = xp.any(xp.isnan(data))
    result = xp.empty((models.shape[0], n_draws), dtype=xp.float64, device=device)
    block = max(1, _WEIGHTS_PER_BLOCK // n_pairs)
    for begin in range(0, n_draws, block):
        draws = slice(begin, begin + block)
        of_block = by_stimulus[:, draws]
        weights = xp.zeros((n_pairs + 1, of_block.shape[1]), dtype=xp.float64, device=device)
        weights[:-1] = xp.take(of_block, first, axis=0) * xp.take(of_block, second, axis=0)
        weighted = xp.zeros_like(weights)
        weighted[:-1] = data_order.doubled_ranks(weights)
        weighted[:-1] -= xp.sum(weights, axis=0)  # the mean of twice the ranks
        data_variance = _column_products(weighted * weighted, weights)
        weighted *= weights
        for number, order in enumerate(orders):
            result[number, draws] = _ratio(*order.covariance_and_variance(weights, weighted), data_variance)
    return xp.where(data_undefined | xp.any(xp.isnan(models), axis=1)[:, None], xp.nan, result)


class _PairOrder:
    """The order of one RDM's pairs, from which follow its ranks in every draw.

    Of pairs in order, with weights w (summed over ties), twice the ranks are the sums over all pairs of w times 2
    where it comes before, 1 where it is the pair itself. The sums are made by a triangular matrix product within
    `_ROWS_PER_SUM` rows, and then over these: cumulative sums along the first axis are slow in numpy and torch.
    """

    def __init__(self, values: Any):
        xp = array_namespace(values)
        device = getattr(values, "device", None)
        order, start, end = tie_bounds(values)
        n_pairs = values.shape[0]
        begins = xp.nonzero(start[order] == xp.arange(n_pairs, device=device))[0]
        self._order = order
        self._ends = end[order[begins]] if begins.shape[0] < n_pairs else None
        self._n_columns = -(-begins.shape[0] // _ROWS_PER_SUM)
        ones = xp.ones((_ROWS_PER_SUM, _ROWS_PER_SUM), dtype=xp.float64, device=device)
        self._twice_before = xp.tril(ones) + xp.tril(ones, k=-1)
        # The place after the last pair has weight 0 in every draw.
        places = xp.full((self._n_columns * _ROWS_PER_SUM,), begins.shape[0], dtype=order.dtype, device=device)
        places[: begins.shape[0]] = order if self._ends is None else xp.arange(begins.shape[0], device=device)
        self._places = xp.reshape(xp.reshape(places, (self._n_columns, _ROWS_PER_SUM)).T, (-1,))
        of_pair = xp.empty_like(order)
        of_pair[order] = xp.cumulative_sum(xp.astype(start[order] == xp.arange(n_pairs, device=device), xp.int64)) - 1
        self._rows_of_pairs = of_pair % _ROWS_PER_SUM * self._n_columns + of_pair // _ROWS_PER_SUM

    def doubled_ranks(self, weights: Any) -> Any:
        """Return twice the pairs' middle ranks (from 1/2) in every draw.

        Parameters
        ----------
        weights : array of shape (n_pairs + 1, n_draws)
            How often each pair was drawn; zero in the last row.

        Returns
        -------
        array of shape (n_pairs, n_draws)
        """
        xp = array_namespace(weights)
        if self._ends is not None:
            weights = self._summed_over_ties(weights, self._ends)
        _, within, before = self._sums_before(weights)
        within = xp.reshape(within, (_ROWS_PER_SUM, *before.shape))
        within += 2 * before
        return xp.take(xp.reshape(within, (-1, before.shape[1])), self._rows_of_pairs, axis=0)

    def covariance_and_variance(self, weights: Any, weighted: Any) -> tuple[Any, Any]:
        """Return sums over drawn pairs of twice this RDM's ranks (less their mean) times `weighted`, and squared.

        Parameters
        ----------
        weights : array of shape (n_pairs + 1, n_draws)
            How often each pair was drawn; zero in the last row.
        weighted : array of shape (n_pairs + 1, n_draws)
            The other RDM's ranks less their mean, times the weights; zero in the last row.

        Returns
        -------
        covariance, variance : array of shape (n_draws,)
        """
        xp = array_namespace(weights)
        if self._ends is not None:
            weights, weighted = (self._summed_over_ties(array, self._ends) for array in (weights, weighted))
        n_draws = weights.shape[1]
        in_order, within, before = self._sums_before(weights)
        others = xp.reshape(xp.take(weighted, self._places, axis=0), in_order.shape)
        within = xp.reshape(_column_products(others, within), (-1, n_draws))
        across = _column_products(xp.reshape(xp.sum(others, axis=0), (-1, n_draws)), before)
        # Of n values in groups of t equal ones: Kendall 1970, Rank correlation methods, equation 3.7.
        cubes = _column_products(weights * weights, weights)
        variance = (xp.sum(weights, axis=0) ** 3 - cubes) / 3
        return xp.sum(within, axis=0) + 2 * across, variance

    def _sums_before(self, weights: Any) -> tuple[Any, Any, Any]:
        """Return the weights in order; twice what comes before each in its column; what comes before each column."""
        xp = array_namespace(weights)
        n_draws = weights.shape[1]
        in_order = xp.reshape(xp.take(weights, self._places, axis=0), (_ROWS_PER_SUM, self._n_columns * n_draws))
        of_columns = xp.reshape(xp.sum(in_order, axis=0), (-1, n_draws))
        return in_order, self._twice_before @ in_order, xp.cumulative_sum(of_columns, axis=0) - of_columns

    def _summed_over_ties(self, array: Any, ends: Any) -> Any:
        xp = array_namespace(array)
        sums = xp.zeros((ends.shape[0] + 2, array.shape[1]), dtype=xp.float64, device=getattr(array, "device", None))
        sums[1:-1] = xp.take(xp.cumulative_sum(xp.take(array, self._order, axis=0), axis=0), ends - 1, axis=0)
        sums[-1] = sums[-2]
        return sums[1:] - sums[:-1]


def _column_products(a: Any, b: Any) -> Any:
    """Return the inner product of each column of `a` with the same column of `b`."""
    xp = array_namespace(a)
    return np.einsum("pd,pd->d", a, b) if is_numpy_namespace(xp) else xp.sum(a * b, axis=0)


def _kendall_draws(models: Any, data: Any, counts: Any) -> np.ndarray:
    from scipy.stats import kendalltau  # takes a second, which all other correlations do without

    check_numpy(array_namespace(models, data))
    first, second = stimuli_of_pairs(counts.shape[1])
    repeats = counts[:, first] * counts[:, second]
    if np.isnan(data).any():
        return np.full((len(models), len(counts)), np.nan)
    return np.array(
        [[kendalltau(np.repeat(model, n), np.repeat(data, n)).statistic for n in repeats] for model in models]
    )


def _ratio(covariance: Any, a_variance: Any, b_variance: Any) -> Any:
    xp = array_namespace(covariance)
    product = a_variance * b_variance
    return covariance / xp.where(product > 0, product, xp.nan) ** 0.5
