"""Representational dissimilarity matrices (RDMs): 1 - Pearson correlation between stimuli.

Source: Kriegeskorte et al. 2008, https://doi.org/10.3389/neuro.06.004.2008
"""

import math
from functools import cache

import numpy as np
from array_api_compat import array_namespace

from ...core.arrays import Array


def rdm_from_gram(row_centred: Array) -> Array:
    """Turn inner products of row-centred patterns into correlation distances.

    Parameters
    ----------
    row_centred : array of shape (..., n_stimuli, n_stimuli)
        ``Z @ Z.T`` with each row of Z minus its mean, see :class:`~brainscore_mouse.metrics.feature_gram.FeatureGram`.

    Returns
    -------
    array of shape (..., n_stimuli, n_stimuli)
        ``1 - Pearson``. NaN in the rows and columns of a stimulus whose pattern does not vary over units.
    """
    xp = array_namespace(row_centred)
    diagonal = xp.arange(row_centred.shape[-1])
    squared_norms = row_centred[..., diagonal, diagonal]
    norms = xp.where(squared_norms > 0, squared_norms, xp.nan) ** 0.5
    return 1 - row_centred / (norms[..., :, None] * norms[..., None, :])


def rdm_of_patterns(patterns: Array) -> Array:
    """Compute correlation distances between the rows of a pattern matrix, in float64.

    Parameters
    ----------
    patterns : array of shape (..., n_stimuli, n_units)
        One row of responses (neuroids or features) per stimulus.

    Returns
    -------
    array of shape (..., n_stimuli, n_stimuli)
        ``1 - Pearson`` between stimuli.

    Examples
    --------
    >>> patterns = np.array([[1, 2, 3], [2, 4, 6], [3, 2, 1]])  # the second stimulus doubles, the third reverses
    >>> rdm_of_patterns(patterns).round(6).tolist()
    [[0.0, 0.0, 2.0], [0.0, 0.0, 2.0], [2.0, 2.0, 0.0]]
    """
    xp = array_namespace(patterns)
    patterns = xp.astype(patterns, xp.float64)
    centred = patterns - xp.mean(patterns, axis=-1, keepdims=True)
    return rdm_from_gram(centred @ xp.matrix_transpose(centred))


def pairs_of_rdm(rdm: Array) -> Array:
    """Return the upper triangle without the diagonal.

    Parameters
    ----------
    rdm : array of shape (..., n_stimuli, n_stimuli)

    Returns
    -------
    array of shape (..., n_stimuli * (n_stimuli - 1) / 2)
        The pairs (0, 1), (0, 2), ..., (1, 2), ...

    Examples
    --------
    >>> pairs_of_rdm(np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]])).tolist()
    [1, 2, 3]
    """
    first, second = stimuli_of_pairs(rdm.shape[-1])
    return rdm[..., first, second]


@cache
def stimuli_of_pairs(n_stimuli: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the two stimuli of each pair in the order of :func:`pairs_of_rdm`."""
    return np.triu_indices(n_stimuli, k=1)


def n_stimuli_of_pairs(n_pairs: int) -> int:
    """Return how many stimuli have this many pairs."""
    return (1 + math.isqrt(1 + 8 * n_pairs)) // 2
