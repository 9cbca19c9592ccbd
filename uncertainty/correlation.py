"""Pearson correlation along one axis, and ranks, of whole arrays.

The functions on arrays in this package take numpy arrays or torch tensors (on any device), and return the same kind.
"""

from collections.abc import Callable
from typing import Any

from array_api_compat import array_namespace

from ..core.arrays import Array

# Values that differ by less than this, relative to their size, are constant up to rounding in float64.
_ROUNDING = 1e-14


def pearson(a: Array, b: Array, axis: int = -1) -> Array:
    """Correlate two arrays along one axis; the others broadcast.

    Parameters
    ----------
    a, b : array
        Values; computed in float64.
    axis : int
        The axis of the samples.

    Returns
    -------
    array
        Correlations. NaN where either side does not vary: there is no correlation to speak of.

    Examples
    --------
    >>> import numpy as np
    >>> tuning = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [5.0, 5.0, 5.0]])  # of three neuroids to three stimuli
    >>> pearson(tuning, np.array([10.0, 20.0, 30.0])).round(6).tolist()
    [1.0, -1.0, nan]
    """
    return pearson_with(b, axis)(a)


def pearson_with(b: Array, axis: int = -1) -> Callable[[Array], Array]:
    """Return what correlates arrays with this one, see :func:`pearson`; it is centred once for all of them."""
    centred, norm = _centred(b, axis)

    def correlated(a: Array) -> Array:
        xp = array_namespace(a, b)
        a, a_norm = _centred(a, axis)
        correlations: Array = xp.sum(a * centred, axis=axis) / (a_norm * norm)
        return correlations

    return correlated


def _centred(values: Any, axis: int) -> tuple[Any, Any]:
    """Subtract the mean; return the rest and its norm, NaN where the rest is rounding error."""
    xp = array_namespace(values)
    values = xp.astype(values, xp.float64, copy=False)
    mean = xp.mean(values, axis=axis, keepdims=True)
    centred = values - mean
    norm = xp.sum(centred * centred, axis=axis) ** 0.5
    # Of values that are constant, the mean is the size.
    negligible = _ROUNDING * values.shape[axis] ** 0.5 * xp.abs(xp.squeeze(mean, axis=axis))
    return centred, xp.where(norm > negligible, norm, xp.nan)


def tie_bounds(values: Array) -> tuple[Array, Array, Array]:
    """Sort along the last axis and return which sorted positions each value shares with its equals.

    Parameters
    ----------
    values : array of shape (..., n)

    Returns
    -------
    order : array of int, shape (..., n)
        Indices that sort.
    start, end : array of int, shape (..., n)
        The value's equals, itself included, are at the sorted positions ``start`` to ``end - 1``.
    """
    xp = array_namespace(values)
    n = values.shape[-1]
    rows = xp.reshape(values, (-1, n))
    order = xp.argsort(rows, axis=-1, stable=False)
    row_index = xp.arange(rows.shape[0], device=_device(values))[:, None]
    in_order = rows[row_index, order]
    begins_group = xp.ones(rows.shape, dtype=xp.bool, device=_device(values))
    begins_group[:, 1:] = in_order[:, 1:] != in_order[:, :-1]
    begins_group = xp.reshape(begins_group, (-1,))
    starts = xp.nonzero(begins_group)[0]
    ends = xp.concat([starts[1:], xp.asarray([begins_group.shape[0]], dtype=starts.dtype, device=_device(values))])
    group = xp.reshape(xp.cumulative_sum(xp.astype(begins_group, xp.int64)) - 1, rows.shape)
    start, end = xp.empty_like(order), xp.empty_like(order)
    start[row_index, order] = starts[group] - row_index * n
    end[row_index, order] = ends[group] - row_index * n
    return tuple(xp.reshape(array, values.shape) for array in (order, start, end))


def ranks(values: Array) -> Array:
    """Rank along the last axis from 1; equal values share their middle rank.

    Parameters
    ----------
    values : array of shape (..., n)

    Returns
    -------
    array of float64, shape (..., n)

    Examples
    --------
    >>> import numpy as np
    >>> ranks(np.array([0.1, 7.0, 0.1, 3.0])).tolist()
    [1.5, 4.0, 1.5, 3.0]
    """
    xp = array_namespace(values)
    rows = xp.reshape(values, (-1, values.shape[-1]))
    row_index = xp.arange(rows.shape[0], device=_device(values))[:, None]
    order = xp.argsort(rows, axis=-1, stable=False)
    in_order = rows[row_index, order]
    if not xp.any(in_order[:, 1:] == in_order[:, :-1]):  # several times faster than finding the bounds of ties
        places = xp.arange(1, values.shape[-1] + 1, dtype=xp.float64, device=_device(values))
        found = xp.empty(rows.shape, dtype=xp.float64, device=_device(values))
        found[row_index, order] = xp.broadcast_to(places, rows.shape)
        return xp.reshape(found, values.shape)  # type: ignore[no-any-return]
    del order, in_order
    _, start, end = tie_bounds(values)
    middle_ranks: Array = xp.astype(start + end + 1, xp.float64) / 2
    return middle_ranks


def _device(values: Any) -> Any:
    return getattr(values, "device", None)
