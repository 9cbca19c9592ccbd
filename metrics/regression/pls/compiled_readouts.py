"""Fits of PLS in compiled code, one after another: each stays in the processor's cache, and threads do not wait."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

from ....core.cache import warned_if_unwritable

# Features of a stimulus that are explained by those before but for this share of all variance are rounding errors.
_RANK_TOLERANCE = 1e-14
# What an eigenvector may lack, relative to the eigenvalue; scores of real recordings change by 1e-10.
_RESIDUAL_TOLERANCE = 1.5e-8
# Without orthogonalization, Lanczos' method may need more steps than there are dimensions; then it starts again.
_MORE_STEPS = 40
_MAX_STARTS = 20
# Steps between looks at convergence.
_STEPS_PER_CHECK = 2
# That are compiled below.
_MOST_FUNCTIONS = 20


def _compiled(function: Callable[..., Any]) -> Any:
    """Compile a function at its first call, and keep the code for later processes."""
    # Sums may be reordered, so that the processor adds several numbers at once. Numbers that are not finite stay so.
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": {"reassoc", "contract", "nsz"},
    }
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # neither the package's folder nor the user's can be written
        return numba.njit(**options)(function)


def compiled_readouts(
    grams: np.ndarray,
    products: np.ndarray,
    train: np.ndarray,
    tests: np.ndarray,
    n_components: int,
    covariance_tolerance: float,
) -> np.ndarray:
    """Fit PLS in each split to each layer, in double precision.

    Parameters
    ----------
    grams : array of float64, shape (n_layers, n_stimuli, n_stimuli)
        Inner products of features.
    products : array of float64, shape (n_splits, n_train, n_train)
        Inner products of responses, less their mean over the training stimuli.
    train, tests : array of int, shape (n_splits, n_train), (n_splits, n_test)
        The stimuli that are fitted and predicted.
    n_components : int
        Components to extract; fewer if the features or responses are exhausted before.
    covariance_tolerance : float
        Components that explain less than this fraction of all squared covariance are rounding errors.

    Returns
    -------
    array of shape (n_layers, n_splits, n_test, n_train)
        Weights of the training stimuli's responses in the prediction of each test stimulus.

    Notes
    -----
    With K = X^T X the inner products of features, a column of X for each stimulus, and L those of responses, the
    weights w of a component are the leading eigenvector of M = X L X^T. They are orthogonal to those of all components
    before, so that M loses a dimension with each; what is left of it grows by (lambda / |X^T w|^2) p p^T, where p are
    the component's loadings on the features. Lanczos' method does without orthogonalization, since it stops at the
    first eigenvector that it finds.
    """
    readouts = np.zeros((len(grams), len(tests), tests.shape[1], train.shape[1]))
    settings = train, tests, n_components, covariance_tolerance
    arguments = np.ascontiguousarray(grams), np.ascontiguousarray(products), *settings, readouts
    # Where the disk is full, numba raises after each function that it has compiled; the next attempt takes it as it is.
    for _ in range(_MOST_FUNCTIONS):
        with warned_if_unwritable(Path(_fit_all.stats.cache_path or "")):
            _fit_all(*arguments)
            return readouts
    _fit_all(*arguments)
    return readouts


@_compiled
def _fit_all(
    grams: Any, products: Any, train: Any, tests: Any, n_components: int, covariance_tolerance: float, readouts: Any
) -> None:
    n_train, n_test = train.shape[1], tests.shape[1]
    n_stimuli = n_train + n_test
    n_steps = 2 * n_train + _MORE_STEPS
    # The same memory serves all fits.
    kernel = np.empty((n_stimuli, n_train))
    scores = np.empty((n_components, n_stimuli))
    factors = np.empty((n_train, n_train))
    matrix = np.empty((n_train, n_train))
    basis = np.empty((n_steps, n_train))
    rows = np.empty((10, max(n_stimuli, n_steps)))
    for layer in range(grams.shape[0]):
        for split in range(train.shape[0]):
            if not _centre(grams[layer], train[split], tests[split], kernel, rows[0]) > 0:
                continue  # features do not vary: the mean is predicted
            found = _fit(kernel, products[split], covariance_tolerance, scores, factors, matrix, basis, rows)
            readout = readouts[layer, split]
            for component in range(found):
                score = scores[component]
                for test in range(n_test):
                    _add(score[n_train + test], score, readout[test], n_train)


@_compiled
def _centre(gram: Any, train: Any, tests: Any, kernel: Any, means: Any) -> float:
    """Take inner products with training stimuli, less their mean feature, divided by the trace; return that."""
    n_train = len(train)
    _clear(means, n_train)
    for row in range(len(kernel)):
        stimulus = train[row] if row < n_train else tests[row - n_train]
        total = 0.0
        for column in range(n_train):
            kernel[row, column] = gram[stimulus, train[column]]
            total += kernel[row, column]
        for column in range(n_train):
            kernel[row, column] -= total / n_train
        if row < n_train:
            _add(1.0 / n_train, kernel[row], means, n_train)
    trace = 0.0
    for row in range(len(kernel)):
        _add(-1.0, means, kernel[row], n_train)
        if row < n_train:
            trace += kernel[row, row]
    if trace > 0:
        for row in range(len(kernel)):
            _scale(1.0 / trace, kernel[row], n_train)
    return trace


@_compiled
def _fit(
    kernel: Any,
    products: Any,
    covariance_tolerance: float,
    scores: Any,
    factors: Any,
    matrix: Any,
    basis: Any,
    rows: Any,
) -> int:
    """Compute the scores of training and test stimuli; return the number of components that exist."""
    n_stimuli, n_train = kernel.shape
    diagonal, off_diagonal, weights_of_steps, pivots = rows[0], rows[1], rows[2], rows[3]
    weights, score, loadings, image, start, direction = rows[4], rows[5], rows[6], rows[7], rows[8], rows[9]
    rank = _factorize(kernel, factors, diagonal)
    trace = 0.0
    for row in range(rank):
        _multiply(products, factors[row], image, n_train)
        for column in range(row + 1):
            matrix[row, column] = matrix[column, row] = _dot(image, factors[column], n_train)
        trace += matrix[row, row]
    negligible = covariance_tolerance * trace
    expected_steps = 6
    for component in range(min(len(scores), rank, n_train - 1)):
        size = rank - component
        largest = 0
        for row in range(1, size):
            if matrix[row, row] > matrix[largest, largest]:
                largest = row
        _copy(matrix[largest], start, size)
        value, steps = _leading_eigenvector(
            matrix,
            size,
            start,
            negligible,
            expected_steps,
            weights,
            basis,
            diagonal,
            off_diagonal,
            weights_of_steps,
            pivots,
        )
        if value <= negligible:
            return component
        expected_steps = max(3, steps - 3)
        _clear(score, n_train)
        for row in range(size):
            _add(weights[row], factors[row], score, n_train)
        _orthogonalize(score, scores, component, n_train, n_train)
        length = np.sqrt(_dot(score, score, n_train))
        # The same once more by way of the kernel, which has the test stimuli, too.
        _multiply(products, score, direction, n_train)
        _orthogonalize(direction, scores, component, n_train, n_train)
        for stimulus in range(n_stimuli):
            score[stimulus] = _dot(kernel[stimulus], direction, n_train)
        for _ in range(2):  # twice is enough for orthogonality to rounding (Parlett)
            _orthogonalize(score, scores, component, n_train, n_stimuli)
        strength = _dot(score, score, n_train)
        if not strength > 0:
            return component
        _scale(1 / np.sqrt(strength), score, n_stimuli)
        _copy(score, scores[component], n_stimuli)
        _remove(
            factors, matrix, size, weights, value / length**2, scores[component], n_train, loadings, image, direction
        )
    return min(len(scores), rank, n_train - 1)


@_compiled
def _factorize(kernel: Any, factors: Any, left: Any) -> int:
    """Factorize the kernel of the training stimuli (Cholesky, the largest first); return the number of factors."""
    n_train = kernel.shape[1]
    for stimulus in range(n_train):
        left[stimulus] = kernel[stimulus, stimulus]
    for row in range(n_train):
        largest = 0
        for stimulus in range(1, n_train):
            if left[stimulus] > left[largest]:
                largest = stimulus
        if left[largest] <= _RANK_TOLERANCE:
            return row
        factor = factors[row]
        _copy(kernel[largest], factor, n_train)
        for before in range(row):
            _add(-factors[before, largest], factors[before], factor, n_train)
        _scale(1 / np.sqrt(left[largest]), factor, n_train)
        for stimulus in range(n_train):
            left[stimulus] -= factor[stimulus] ** 2
        left[largest] = 0.0
    return n_train


@_compiled
def _remove(
    factors: Any,
    matrix: Any,
    size: int,
    weights: Any,
    growth: float,
    score: Any,
    n_train: int,
    loadings: Any,
    image: Any,
    mirrored: Any,
) -> None:
    """Remove a component from factors and matrix, in place; the weights are overwritten."""
    for row in range(size):
        loadings[row] = _dot(factors[row], score, n_train)
    # Mirror the features (Householder), so that the weights lie along the first one; then leave it out.
    weights[0] += 1.0 if weights[0] > 0 else -1.0
    twice = 2 / _dot(weights, weights, size)
    _clear(mirrored, n_train)
    for row in range(size):
        _add(-loadings[row], score, factors[row], n_train)
        _add(weights[row], factors[row], mirrored, n_train)
    for row in range(1, size):
        _copy(factors[row], factors[row - 1], n_train)
        _add(-twice * weights[row], mirrored, factors[row - 1], n_train)
    _add(-twice * _dot(weights, loadings, size), weights, loadings, size)
    _multiply(matrix, weights, image, size)
    half = twice * _dot(weights, image, size) / 2
    for row in range(size):
        image[row] = twice * (image[row] - half * weights[row])
    for row in range(1, size):
        old, new = matrix[row], matrix[row - 1]
        of_loadings, of_weights, of_image = growth * loadings[row], weights[row], image[row]
        for column in range(1, size):
            new[column - 1] = old[column] + (
                of_loadings * loadings[column] - of_weights * image[column] - of_image * weights[column]
            )


@_compiled
def _leading_eigenvector(
    matrix: Any,
    size: int,
    start: Any,
    negligible: float,
    expected_steps: int,
    vector: Any,
    basis: Any,
    diagonal: Any,
    off_diagonal: Any,
    weights: Any,
    pivots: Any,
) -> tuple[float, int]:
    """Find the leading eigenvector of a symmetric matrix by Lanczos' method; return its eigenvalue and the steps."""
    _copy(start, vector, size)
    value = 0.0
    for _ in range(_MAX_STARTS):
        length = np.sqrt(_dot(vector, vector, size))
        if length == 0:
            return 0.0, 1
        _scale(1 / length, vector, size)
        step = 0
        while True:
            newest = basis[step]
            _copy(vector, newest, size)
            _multiply(matrix, newest, vector, size)
            diagonal[step] = _dot(vector, newest, size)
            _add(-diagonal[step], newest, vector, size)
            if step > 0:
                _add(-off_diagonal[step - 1], basis[step - 1], vector, size)
            length = np.sqrt(_dot(vector, vector, size))
            off_diagonal[step] = length
            step += 1
            is_last = step == len(basis) or length <= negligible
            if is_last or step >= size or (step >= expected_steps and (step - expected_steps) % _STEPS_PER_CHECK == 0):
                value = _leading_of_tridiagonal(diagonal, off_diagonal, step, weights, pivots)
                if is_last or length * abs(weights[step - 1]) <= _RESIDUAL_TOLERANCE * value + negligible:
                    break
            _scale(1 / length, vector, size)
        _clear(vector, size)
        for before in range(step):
            _add(weights[before], basis[before], vector, size)
        # The length is 1 if the steps were orthogonal to each other; if they were not, start again from what was found.
        length = np.sqrt(_dot(vector, vector, size))
        if step < len(basis) and abs(length - 1) < 1e-3:
            break
        expected_steps = 3
    _scale(1 / length, vector, size)
    return value, step


@_compiled
def _leading_of_tridiagonal(diagonal: Any, off_diagonal: Any, size: int, vector: Any, pivots: Any) -> float:
    """Find the largest eigenvalue of a symmetric tridiagonal matrix, and its eigenvector."""
    value = diagonal[0]
    for row in range(size):  # no eigenvalue is above (Gershgorin)
        bound = diagonal[row]
        if row > 0:
            bound += off_diagonal[row - 1]
        if row < size - 1:
            bound += off_diagonal[row]
        value = max(value, bound)
    rounding = 4e-16 * value
    for _ in range(100):  # from above, Newton's method descends to the largest root of the characteristic polynomial
        pivot = diagonal[0] - value
        slope = -1.0
        of_logarithm = slope / pivot
        for row in range(1, size):
            ratio = off_diagonal[row - 1] / pivot
            slope = ratio * ratio * slope - 1.0
            pivot = diagonal[row] - value - off_diagonal[row - 1] * ratio
            of_logarithm += slope / pivot
        if not of_logarithm > 0:
            break
        value -= 1 / of_logarithm
        if 1 / of_logarithm <= rounding:
            break
    # Inverse iteration.
    for row in range(size):
        vector[row] = 1.0
    for _ in range(2):
        pivots[0] = diagonal[0] - (value + rounding)
        for row in range(1, size):
            ratio = off_diagonal[row - 1] / pivots[row - 1]
            pivots[row] = diagonal[row] - (value + rounding) - off_diagonal[row - 1] * ratio
            vector[row] -= ratio * vector[row - 1]
        vector[size - 1] /= pivots[size - 1]
        for row in range(size - 2, -1, -1):
            vector[row] = (vector[row] - off_diagonal[row] * vector[row + 1]) / pivots[row]
        _scale(1 / np.sqrt(_dot(vector, vector, size)), vector, size)
    return value


@_compiled
def _orthogonalize(vector: Any, orthonormal: Any, n_before: int, n_compared: int, n_changed: int) -> None:
    """Subtract from a vector what it has of others, by its first `n_compared` numbers."""
    for before in range(n_before):
        other = orthonormal[before]
        _add(-_dot(other, vector, n_compared), other, vector, n_changed)


@_compiled
def _multiply(matrix: Any, vector: Any, product: Any, size: int) -> None:
    """Multiply the upper left part of a matrix by a vector."""
    for row in range(size):
        product[row] = _dot(matrix[row], vector, size)


@_compiled
def _dot(first: Any, second: Any, size: int) -> float:
    total = 0.0
    for index in range(size):
        total += first[index] * second[index]
    return total


@_compiled
def _add(factor: float, added: Any, vector: Any, size: int) -> None:
    """Add a multiple of a vector to another, in place."""
    for index in range(size):
        vector[index] += factor * added[index]


@_compiled
def _scale(factor: float, vector: Any, size: int) -> None:
    for index in range(size):
        vector[index] *= factor


@_compiled
def _copy(copied: Any, vector: Any, size: int) -> None:
    for index in range(size):
        vector[index] = copied[index]


@_compiled
def _clear(vector: Any, size: int) -> None:
    for index in range(size):
        vector[index] = 0.0
