"""Inner products between the stimuli that a readout is fitted to, and those that it predicts."""

import numpy as np
from array_api_compat import array_namespace

from ...core.arrays import Array
from ...core.errors import InvalidParameterError


def centred_gram(grams: Array) -> Array:
    """Re-express inner products after the mean over all stimuli is subtracted, shape (..., n_stimuli, n_stimuli)."""
    xp = array_namespace(grams)
    means = xp.mean(grams, axis=-1, keepdims=True)
    return grams - means - xp.matrix_transpose(means) + xp.mean(means, axis=-2, keepdims=True)


def training_stimuli(n_stimuli: int, tests: np.ndarray) -> np.ndarray:
    """Return the stimuli that each split does not predict.

    Parameters
    ----------
    n_stimuli : int
        All stimuli of the cross-validation.
    tests : array of int, shape (n_splits, n_test)
        The stimuli that are predicted in each split.

    Returns
    -------
    array of int, shape (n_splits, n_stimuli - n_test)

    Raises
    ------
    InvalidParameterError
        If a split names a stimulus twice, or leaves fewer than two to fit.
    """
    n_splits, n_test = tests.shape
    is_training = np.ones((n_splits, n_stimuli), dtype=bool)
    np.put_along_axis(is_training, tests, False, axis=1)
    n_train = n_stimuli - n_test
    if (is_training.sum(axis=1) != n_train).any() or n_train < 2:
        raise InvalidParameterError(
            f"A split predicts {n_test} of {n_stimuli} stimuli; each must be another one, and at least 2 must be left."
        )
    return np.nonzero(is_training)[1].reshape(n_splits, n_train)
