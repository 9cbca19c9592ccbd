"""Correlations between RDMs, and their bootstrap over stimuli."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from array_api_compat import array_namespace, is_numpy_namespace
from scipy.stats import kendalltau

from ...core.errors import InvalidParameterError
from ..correlation import pearson, ranks, tie_bounds
from .rdm import stimuli_of_pairs

Correlation = Literal["spearman", "pearson", "kendall"]
CORRELATIONS: tuple[Correlation, ...] = ("spearman", "pearson", "kendall")

# Weights of so many pairs and draws are held at a time: they stay in the cache.
_WEIGHTS_PER_BLOCK = 1 << 17
# Sums of squares are exact up to this fraction.
_ROUNDING = 1e-13


def compare_pairs(a: Any, b: Any, correlation: Correlation) -> Any:
    """Correlate the entries of RDMs.

    Parameters
    ----------
    a, b : array of shape (..., n_pairs)
        Upper triangles of RDMs; leading axes broadcast.
    correlation : {'spearman', 'pearson', 'kendall'}
        Kendall's tau is tau-b; on numpy arrays only.

    Returns
    -------
    array of shape (...)
    """
    xp = array_namespace(a, b)
    if correlation == "pearson":
        return pearson(a, b)
    undefined = xp.any(xp.isnan(a), axis=-1) | xp.any(xp.isnan(b), axis=-1)
    if correlation == "spearman":
        return xp.where(undefined, xp.nan, pearson(ranks(a), ranks(b)))
    _check_numpy(xp)
    a, b = np.broadcast_arrays(a, b)
    taus = [
        kendalltau(one, other).statistic
        for one, other in zip(a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1]), strict=True)
    ]
    return np.where(undefined, np.nan, np.reshape(taus, a.shape[:-1]))


def bootstrap_counts(n_stimuli: int, n_draws: int, generator: np.random.Generator) -> np.ndarray:
    """Draw stimuli with replacement and count how often each was drawn, shape (n_draws, n_stimuli)."""
    return generator.multinomial(n_stimuli, np.full(n_stimuli, 1 / n_stimuli), size=n_draws)


def bootstrapped_comparison(models: Any, data: Any, counts: Any, correlation: Correlation) -> Any:
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
        NaN in a draw that has no two different pairs.
    """
    functions: dict[str, Callable[[Any, Any, Any], Any]] = {
        "pearson": _pearson_draws,
        "spearman": _spearman_draws,
        "kendall": _kendall_draws,
    }
    return functions[correlation](models, data, counts)


def _pearson_draws(models: Any, data: Any, counts: Any) -> Any:
    """All draws by one matrix product: the sum of x over drawn pairs is c^T X c / 2, X symmetric without diagonal."""
    xp = array_namespace(models, data)
    counts = xp.astype(counts, xp.float64)
    models = xp.astype(models, xp.float64) - xp.mean(xp.astype(models, xp.float64), axis=-1, keepdims=True)
    data = xp.astype(data, xp.float64) - xp.mean(xp.astype(data, xp.float64))
    n_models = models.shape[0]
    entries = xp.concat([models, models**2, models * data, xp.stack([data, data**2])])
    n_draws, n_stimuli = counts.shape
    first, second = stimuli_of_pairs(n_stimuli)
    square = xp.zeros((n_stimuli, entries.shape[0], n_stimuli), dtype=xp.float64, device=getattr(data, "device", None))
    square[first, :, second] = xp.matrix_transpose(entries)  # the upper triangle alone: no halving needed
    products = counts @ xp.reshape(square, (n_stimuli, -1))
    sums = (xp.reshape(products, (n_draws, -1, n_stimuli)) @ counts[:, :, None])[:, :, 0].T
    total = (xp.sum(counts, axis=1) ** 2 - xp.sum(counts**2, axis=1)) / 2
    total = xp.where(total > 0, total, xp.nan)
    of_models, of_squares, of_products = (sums[start * n_models : (start + 1) * n_models] for start in range(3))
    of_data, of_data_squares = sums[-2], sums[-1]
    covariance = of_products - of_models * of_data / total
    return _ratio(covariance, _spread(of_squares, of_models, total), _spread(of_data_squares, of_data, total))


def _spread(sum_of_squares: Any, plain_sum: Any, total: Any) -> Any:
    """Return the sum of squared deviations from the mean, zero where it is rounding error."""
    xp = array_namespace(sum_of_squares)
    spread = sum_of_squares - plain_sum**2 / total
    return xp.where(spread > _ROUNDING * sum_of_squares, spread, 0.0)


def _spearman_draws(models: Any, data: Any, counts: Any) -> Any:
    """Rank within each draw as if pairs were repeated: ties share the middle rank."""
    xp = array_namespace(models, data)
    device = getattr(data, "device", None)
    n_pairs = data.shape[0]
    n_draws, n_stimuli = counts.shape
    # Draws are the last axis: whole rows are then gathered and added, which is many times faster.
    by_stimulus = xp.astype(counts, xp.float64).T
    first, second = (xp.asarray(index, device=device) for index in stimuli_of_pairs(n_stimuli))
    bounds = [tie_bounds(values) for values in (*models, data)]
    in_order = [(first[order], second[order]) for order, _, _ in bounds]
    result = xp.empty((models.shape[0], n_draws), dtype=xp.float64, device=device)
    block = max(1, _WEIGHTS_PER_BLOCK // n_pairs)
    for begin in range(0, n_draws, block):
        draws = xp.asarray(by_stimulus[:, begin : begin + block], copy=True)
        weights = xp.take(draws, first, axis=0) * xp.take(draws, second, axis=0)
        total = xp.sum(weights, axis=0)

        def centred_ranks(number: int, draws: Any = draws, total: Any = total) -> Any:
            one, other = in_order[number]
            _, start, end = bounds[number]
            ordered_weights = xp.take(draws, one, axis=0) * xp.take(draws, other, axis=0)
            below = xp.cumulative_sum(ordered_weights, axis=0, include_initial=True)
            doubled = xp.take(below, start, axis=0)
            doubled += xp.take(below, end, axis=0)
            doubled -= total
            return doubled

        data_ranks = centred_ranks(-1)
        weighted = weights * data_ranks
        data_variance = _column_products(data_ranks, weighted)
        for number in range(models.shape[0]):
            model_ranks = centred_ranks(number)
            covariance = _column_products(model_ranks, weighted)
            model_ranks *= model_ranks
            variance = _column_products(model_ranks, weights)
            result[number, begin : begin + block] = _ratio(covariance, variance, data_variance)
    return result


def _column_products(a: Any, b: Any) -> Any:
    """Return the inner product of each column of `a` with the same column of `b`."""
    xp = array_namespace(a)
    return np.einsum("pd,pd->d", a, b) if is_numpy_namespace(xp) else xp.sum(a * b, axis=0)


def _kendall_draws(models: Any, data: Any, counts: Any) -> np.ndarray:
    _check_numpy(array_namespace(models, data))
    first, second = stimuli_of_pairs(counts.shape[1])
    repeats = counts[:, first] * counts[:, second]
    return np.array(
        [[kendalltau(np.repeat(model, n), np.repeat(data, n)).statistic for n in repeats] for model in models]
    )


def _ratio(covariance: Any, a_variance: Any, b_variance: Any) -> Any:
    xp = array_namespace(covariance)
    product = a_variance * b_variance
    return covariance / xp.where(product > 0, product, xp.nan) ** 0.5


def _check_numpy(xp: Any) -> None:
    if not is_numpy_namespace(xp):
        raise InvalidParameterError("Kendall's tau is computed by scipy, on numpy arrays; call tensor.numpy() before.")
