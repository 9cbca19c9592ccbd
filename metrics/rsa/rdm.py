"""Representational dissimilarity matrices (RDMs): 1 - Pearson correlation between stimuli.

Source: Kriegeskorte et al. 2008, https://doi.org/10.3389/neuro.06.004.2008
"""

import numpy as np


def rdm_from_gram(row_centred: np.ndarray) -> np.ndarray:
    """Turn inner products of row-centred patterns into correlation distances.

    Parameters
    ----------
    row_centred : array of shape (..., n_stimuli, n_stimuli)
        ``Z @ Z.T`` with each row of Z minus its mean, see :class:`~brainscore_mouse.core.feature_gram.FeatureGram`.

    Returns
    -------
    array of shape (..., n_stimuli, n_stimuli)
        ``1 - Pearson``. NaN in the rows and columns of a stimulus whose pattern does not vary over units.
    """
    squared_norms = np.diagonal(row_centred, axis1=-2, axis2=-1)
    norms = np.sqrt(np.where(squared_norms > 0, squared_norms, np.nan))
    return 1 - row_centred / (norms[..., :, None] * norms[..., None, :])


def rdm_of_patterns(patterns: np.ndarray) -> np.ndarray:
    """Compute correlation distances between the rows of a pattern matrix.

    Parameters
    ----------
    patterns : array of shape (..., n_stimuli, n_units)
        One row of responses (neuroids or features) per stimulus.

    Returns
    -------
    array of shape (..., n_stimuli, n_stimuli)
        ``1 - Pearson`` between stimuli.
    """
    centred = patterns - patterns.mean(axis=-1, keepdims=True, dtype=np.float64)
    return rdm_from_gram(centred @ centred.swapaxes(-1, -2))


def pairs_of_rdm(rdm: np.ndarray) -> np.ndarray:
    """Return the upper triangle without the diagonal, shape (..., n_stimuli * (n_stimuli - 1) / 2)."""
    first, second = np.triu_indices(rdm.shape[-1], k=1)
    return rdm[..., first, second]
