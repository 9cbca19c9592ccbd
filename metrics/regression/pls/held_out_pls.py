"""Partial least squares (PLS2) from inner products: exact, however many features and neuroids there are."""

import functools
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from ....core.arrays import Array
from ..cross_validation import training_stimuli
from .leading_eigenvectors import leading_eigenvectors

# Components that explain less than this fraction of the first one's squared covariance are rounding errors.
_RELATIVE_COVARIANCE_TOLERANCE = {8: 1e-13, 4: 1e-5}  # by the bytes of a number
_HAS_NUMBA = find_spec("numba") is not None


def held_out_pls(grams: Array, responses: Array, tests: np.ndarray, n_components: int) -> Array:
    """Predict each split's test responses by PLS, fitted to all neuroids' responses to the other stimuli together.

    Parameters
    ----------
    grams : array of shape (n_layers, n_stimuli, n_stimuli)
        Inner products of features, per layer.
    responses : array of shape (n_stimuli, n_neuroids)
        Responses to fit and predict, of the same type as `grams`.
    tests : array of int, shape (n_splits, n_test)
        The stimuli that each split predicts.
    n_components : int
        Components to extract; fewer if the features or responses are exhausted before.

    Returns
    -------
    array of shape (n_layers, n_splits, n_test, n_neuroids)

    Notes
    -----
    PLS (Wold 1975; scikit-learn's PLSRegression with scale=False) sees features and responses only through products
    that a rotation leaves alone, so the inner products K and L between stimuli are enough. Numpy arrays in double
    precision are fitted in compiled code where numba is installed and works, all others by :func:`readouts_of_arrays`.
    """
    xp = array_namespace(grams, responses)
    train = training_stimuli(grams.shape[1], tests)
    measured = responses[train]
    means = xp.mean(measured, axis=1, keepdims=True)
    measured = measured - means
    # Scores are the same whatever the units; in these numbers are near 1.
    units = _one_for_zero(xp.sum(measured * measured, axis=(1, 2), keepdims=True) ** 0.5)
    compiled_readouts = None
    if _HAS_NUMBA and isinstance(grams, np.ndarray) and grams.dtype == responses.dtype == np.float64:
        compiled_readouts = _in_compiled_code()
    if compiled_readouts is not None:
        scaled = measured / units
        products = scaled @ scaled.swapaxes(1, 2)
        readouts = compiled_readouts(grams, products, train, tests, n_components, _RELATIVE_COVARIANCE_TOLERANCE[8])
    else:
        readouts = readouts_of_arrays(grams, measured / units, train, tests, n_components)
    predicted = readouts @ measured
    predicted += means
    return predicted


@functools.cache
def _in_compiled_code() -> Callable[..., np.ndarray] | None:
    """Return the function that fits in compiled code; None, with a warning, where numba does not work."""
    try:
        from .compiled_readouts import compiled_readouts  # numba takes half a second to import
    except (ImportError, OSError) as error:  # it is of another version than numpy or llvmlite
        warnings.warn(f"PLS is computed without numba, which takes longer: {error}", stacklevel=3)
        return None
    return compiled_readouts


def readouts_of_arrays(grams: Array, measured: Array, train: np.ndarray, tests: np.ndarray, n_components: int) -> Array:
    """Fit PLS in each split to each layer, by arrays of any library and precision.

    Parameters
    ----------
    grams : array of shape (n_layers, n_stimuli, n_stimuli)
        Inner products of features.
    measured : array of shape (n_splits, n_train, n_neuroids)
        Responses to training stimuli, less their mean over these; of norm 1 in each split.
    train, tests : array of int, shape (n_splits, n_train), (n_splits, n_test)
        The stimuli that are fitted and predicted.
    n_components : int
        Components to extract; fewer if the features or responses are exhausted before.

    Returns
    -------
    array of shape (n_layers, n_splits, n_test, n_train)
        Weights of the training stimuli's responses in the prediction of each test stimulus.

    Notes
    -----
    With L = F F^T the inner products of responses, the weights of a component are the leading eigenvector of F^T K F,
    where NIPALS iterates on the data; all layers and splits take the same step at once. F and L are the same for all
    layers.
    """
    xp = array_namespace(grams, measured)
    n_train = train.shape[1]
    in_order = np.concatenate([train, tests], axis=1)
    kernels = grams[:, in_order[:, :, None], train[:, None, :]]
    train_means = xp.mean(kernels[:, :, :n_train], axis=2, keepdims=True)
    kernels = kernels - train_means - xp.mean(kernels, axis=3, keepdims=True)
    kernels += xp.mean(train_means, axis=3, keepdims=True)
    strengths = xp.linalg.trace(kernels[:, :, :n_train])[..., None, None]
    scores = _pls_scores(kernels / _one_for_zero(strengths), _response_factors(measured), n_components)
    return xp.matrix_transpose(scores[..., n_train:]) @ scores[..., :n_train]


def _response_factors(responses: Any) -> Any:
    """Return matrices with the same inner products between stimuli as the responses, and no more columns than rows."""
    xp = array_namespace(responses)
    if responses.shape[2] <= responses.shape[1]:
        return responses
    eigenvalues, vectors = xp.linalg.eigh(responses @ xp.matrix_transpose(responses))
    return vectors * (xp.clip(eigenvalues, min=0.0) ** 0.5)[:, None, :]


def _pls_scores(kernels: Any, factors: Any, n_components: int) -> Any:
    """Compute the scores of training and test stimuli on the components; those of training are orthonormal.

    Parameters
    ----------
    kernels : array of shape (n_layers, n_splits, n_train + n_test, n_train)
        Inner products of features with training features, both minus the mean training feature; training first.
    factors : array of shape (n_splits, n_train, rank)
        Responses, from :func:`_response_factors`.
    n_components : int
        Components to extract.

    Returns
    -------
    array of shape (n_layers, n_splits, n_components, n_train + n_test)
        Zero for components that do not exist.
    """
    xp = array_namespace(kernels, factors)
    n_layers, n_splits, n_stimuli, n_train = kernels.shape
    rank = factors.shape[2]
    of_train = kernels[:, :, :n_train]
    squared_covariance = xp.matrix_transpose(factors) @ (of_train @ factors)
    n_components = min(n_components, n_train - 1)
    scores = xp.zeros(
        (n_layers, n_splits, n_components, n_stimuli), dtype=kernels.dtype, device=getattr(kernels, "device", None)
    )
    tolerance = _RELATIVE_COVARIANCE_TOLERANCE[kernels.itemsize]
    negligible = tolerance * xp.linalg.trace(squared_covariance)
    exists = negligible > 0
    n_steps = 12
    for component in range(n_components):
        squares, weights, n_steps = leading_eigenvectors(
            xp.reshape(squared_covariance, (-1, rank, rank)), xp.reshape(negligible, (-1,)), n_steps
        )
        exists = exists & (xp.reshape(squares, exists.shape) > negligible)
        if not bool(xp.any(exists)):
            break
        before = scores[:, :, :component]
        of_train_before = before[..., :n_train]
        direction = _times(factors, xp.reshape(weights, (n_layers, n_splits, rank)))
        direction = direction - _combined(of_train_before, _times(of_train_before, direction))
        score = _times(kernels, direction)
        for _ in range(2):  # twice is enough for orthogonality to rounding (Parlett)
            score = score - _combined(before, _times(of_train_before, score[..., :n_train]))
        length = xp.sum(score[..., :n_train] ** 2, axis=-1) ** 0.5
        score = xp.where(exists[..., None], score / xp.where(exists, length, 1.0)[..., None], 0.0)
        scores[:, :, component] = score
        # The kernel without this component is K - t u^T - u t^T + (t^T u) t t^T.
        trained = score[..., :n_train]
        image = _times(of_train, trained)
        image = image - _combined(of_train_before, _times(of_train_before, image))
        image = image - trained * (xp.sum(trained * image, axis=-1, keepdims=True) / 2)
        projected = xp.stack([trained, image], axis=-2) @ factors
        squared_covariance -= xp.matrix_transpose(projected) @ projected[..., [1, 0], :]
    return scores


def _one_for_zero(values: Any) -> Any:
    xp = array_namespace(values)
    return xp.where(values > 0, values, 1.0)


def _times(matrices: Any, vectors: Any) -> Any:
    return (matrices @ vectors[..., None])[..., 0]


def _combined(rows: Any, weights: Any) -> Any:
    """Return the weighted sum of the rows of each matrix."""
    return (weights[..., None, :] @ rows)[..., 0, :]
