"""The similarity of two distributions of Brain-Score's property benchmarks (Marques et al. 2021)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def ks_similarity(shares: NDArray[Any], reference: NDArray[Any]) -> NDArray[Any]:
    """Compare distributions over the same bins by 1 - KS / max KS.

    Parameters
    ----------
    shares : array of shape (..., n_bins)
        What is compared; sums to 1.
    reference : array of shape (..., n_bins)
        What it is compared with; sums to 1. Leading axes broadcast.

    Returns
    -------
    array of shape (...)
        1: the same; 0: as different from the reference as can be. KS is the largest difference of the cumulative
        distributions; its maximum is reached where all is in the first bin, or all in the last.

    Notes
    -----
    The definition of ``ks_similarity`` in Brain-Score's ``metrics/distribution_similarity``.

    Examples
    --------
    >>> float(ks_similarity(np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.5, 0.25])).round(3))
    0.667
    """
    cumulative = np.cumsum(reference, axis=-1)
    distance = np.abs(np.cumsum(shares, axis=-1) - cumulative).max(axis=-1)
    largest = np.maximum(1 - cumulative[..., 0], cumulative[..., -2])
    return np.asarray(1 - distance / largest)


def sampled_ks_similarity(
    shares: NDArray[Any],
    reference: NDArray[Any],
    sizes: NDArray[Any] | int,
    n_samples: int,
    generator: np.random.Generator,
) -> NDArray[Any]:
    """Average :func:`ks_similarity` over samples of the first distribution, as large as the other one's.

    Parameters
    ----------
    shares, reference : array of shape (..., n_bins)
        Of a model's units, and of neuroids.
    sizes : int or array of shape (...)
        Number of neuroids, and of values to draw, with replacement.
    n_samples : int
        How many samples to draw.
    generator : numpy.random.Generator
        Source of the samples.

    Returns
    -------
    array of shape (...)
        Below 1 also for equal distributions: that of the reference with itself is the ceiling.
    """
    n = np.asarray(sizes)[..., None]
    shape = np.broadcast_shapes(shares.shape[:-1], reference.shape[:-1], np.shape(sizes))
    counts = generator.multinomial(n, shares[..., None, :], size=(*shape, n_samples))
    return np.asarray(ks_similarity(counts / n[..., None], reference[..., None, :]).mean(axis=-1))
