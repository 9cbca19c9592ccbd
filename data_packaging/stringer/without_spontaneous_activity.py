"""The preprocessing of Stringer et al. 2019: z-scored by spontaneous activity, and without its principal components."""

import numpy as np
import scipy.linalg

_SMALLEST_SD = 1e-6  # added, as the authors do


def without_spontaneous_activity(responses: np.ndarray, spontaneous: np.ndarray, n_components: int = 32) -> np.ndarray:
    """Z-score responses by spontaneous activity, subtract its principal components, and center each neuron.

    Parameters
    ----------
    responses : float32 array of shape (n_presentations, n_neurons)
        Is overwritten: a copy would take as much memory again.
    spontaneous : float32 array of shape (n_timepoints, n_neurons)
        Without stimuli. Is overwritten.
    n_components : int
        How many principal components of the z-scored spontaneous activity to subtract.

    Returns
    -------
    float32 array of shape (n_presentations, n_neurons)
        `responses`.
    """
    means = spontaneous.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviations = spontaneous.std(axis=0, dtype=np.float64).astype(np.float32) + np.float32(_SMALLEST_SD)
    for activity in (responses, spontaneous):
        activity -= means
        activity /= deviations
    components = _first_right_singular_vectors(spontaneous, n_components)
    responses -= (responses @ components) @ components.T
    responses -= responses.mean(axis=0, dtype=np.float64).astype(np.float32)
    return responses


def _first_right_singular_vectors(matrix: np.ndarray, n_components: int) -> np.ndarray:
    """Return orthonormal columns, shape (n_columns, at most n_components); by the Gram matrix of the smaller side."""
    n_components = min(n_components, *matrix.shape)
    by_rows = matrix.shape[0] <= matrix.shape[1]
    gram = (matrix @ matrix.T if by_rows else matrix.T @ matrix).astype(np.float64)
    size = len(gram)
    _, vectors = scipy.linalg.eigh(gram, subset_by_index=(size - n_components, size - 1))
    if by_rows:
        vectors, _ = np.linalg.qr(matrix.T @ vectors.astype(np.float32))
    return vectors.astype(np.float32)
