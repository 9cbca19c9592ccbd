"""Correlations between RDMs."""

from typing import Any, Literal

import numpy as np
from array_api_compat import array_namespace, is_numpy_namespace

from ...core.arrays import Array
from ...core.errors import InvalidParameterError
from ...uncertainty.correlation import pearson, ranks

Correlation = Literal["spearman", "pearson", "kendall"]
CORRELATIONS: tuple[Correlation, ...] = ("spearman", "pearson", "kendall")


def compare_pairs(a: Array, b: Array, correlation: Correlation) -> Array:
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
        NaN where an entry is, or a side does not vary.

    Examples
    --------
    >>> model, mouse = np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.3, 3.0])  # alike in order only
    >>> [round(float(compare_pairs(model, mouse, correlation)), 3) for correlation in CORRELATIONS]
    [1.0, 0.881, 1.0]
    """
    xp = array_namespace(a, b)
    if correlation == "pearson":
        return pearson(a, b)
    undefined = xp.any(xp.isnan(a), axis=-1) | xp.any(xp.isnan(b), axis=-1)
    if correlation == "spearman":
        return xp.where(undefined, xp.nan, pearson(ranks(a), ranks(b)))
    check_numpy(xp)
    return np.where(undefined, np.nan, _kendall(np.asarray(a), np.asarray(b)))  # type: ignore[return-value]


def _kendall(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    from scipy.stats import kendalltau  # takes a second, which all other correlations do without

    first, second = np.broadcast_arrays(a, b)
    rows = zip(first.reshape(-1, first.shape[-1]), second.reshape(-1, second.shape[-1]), strict=True)
    return np.reshape([kendalltau(one, other).statistic for one, other in rows], first.shape[:-1])


def check_numpy(xp: Any) -> None:
    """Raise InvalidParameterError unless this is numpy's namespace; Kendall's tau has no other implementation here."""
    if not is_numpy_namespace(xp):
        raise InvalidParameterError("Kendall's tau is computed by scipy, on numpy arrays; call tensor.numpy() before.")
