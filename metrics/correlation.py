"""Pearson correlation along one axis of whole arrays."""

import numpy as np

# Values that differ by less than this, relative to their size, are constant up to rounding in float64.
_ROUNDING = 1e-14


def pearson(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
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
    """
    a, a_norm = _centred(a, axis)
    b, b_norm = _centred(b, axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (a * b).sum(axis=axis) / (a_norm * b_norm)


def _centred(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Subtract the mean; return the rest and its norm, NaN where the rest is rounding error."""
    centred = values - values.mean(axis=axis, keepdims=True, dtype=np.float64)
    norm = np.sqrt((centred**2).sum(axis=axis))
    negligible = _ROUNDING * np.abs(values).max(axis=axis, initial=0) * np.sqrt(values.shape[axis])
    return centred, np.where(norm > negligible, norm, np.nan)
