"""Ridge regression in dual form: one eigendecomposition serves all splits, neuroids and penalties."""

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from ...core.arrays import Array
from .cross_validation import centred_gram, training_stimuli

# Relative to the mean squared norm of the centred features, so that one grid fits every layer.
RELATIVE_ALPHAS = np.logspace(-3, 3, 10)
# Products held at a time, so that beyond the result memory does not grow with the number of neuroids.
_PRODUCTS_PER_BLOCK = 1 << 18
# Of each of three arrays that hold these for every penalty, test stimulus and stimulus: a quarter of a gigabyte.
_NUMBERS_OF_SPLITS = 1 << 25


def ridge_alphas(gram: Array) -> np.ndarray:
    """Return ten penalties, which span six decades around the mean squared norm of the centred features.

    Parameters
    ----------
    gram : array of shape (n_stimuli, n_stimuli)
        Inner products of features.
    """
    xp = array_namespace(gram)
    return RELATIVE_ALPHAS * float(xp.linalg.trace(centred_gram(gram))) / gram.shape[0]


def held_out_ridge(
    gram: Array, responses: Array, tests: np.ndarray, alphas: np.ndarray, groups: np.ndarray | None = None
) -> tuple[Array, Array]:
    """Predict each split's test responses by ridge regression with an intercept, fitted to all other stimuli.

    Parameters
    ----------
    gram : array of shape (n_stimuli, n_stimuli)
        Inner products of features.
    responses : array of shape (n_stimuli, n_neuroids)
        Responses to fit and predict, of the same type as `gram`.
    tests : array of int, shape (n_splits, n_test)
        The stimuli that each split predicts.
    alphas : array of shape (n_alphas,)
        Penalties. Per split, each neuroid gets the one with the least squared leave-one-out error on the training
        stimuli; a single one is just used.
    groups : array of int, shape (n_stimuli,), optional
        The same number for stimuli that show the same image: they are left out together. Default: each is an image of
        its own.

    Returns
    -------
    predictions : array of shape (n_splits, n_test, n_neuroids)
    chosen : array of int, shape (n_splits, n_neuroids)
        Index into `alphas`.

    Notes
    -----
    Let K be the Gram matrix and M the responses' block of the inverse of the bordered matrix [[K + alpha I, 1],
    [1^T, 0]], that is P (K + alpha I)^-1 P for centred K and the centring matrix P. The residual of stimulus i, when
    it is left out, is (M y)_i / M_ii (Golub, Heath & Wahba 1979). When the stimuli S are left out, their residuals are
    M_SS^-1 (M y)_S, and the matrix that belongs to the rest T is M_TT - M_TS M_SS^-1 M_ST: so every split, and the
    leave-one-out within it, follows exactly from the one M of all stimuli. Stimuli G that are left out together have
    the residuals M_GG^-1 (M y)_G.
    """
    xp = array_namespace(gram, responses)
    device = getattr(gram, "device", None)
    training_stimuli(gram.shape[0], tests)  # checks the splits
    eigenvalues, vectors = xp.linalg.eigh(centred_gram(gram))
    eigenvalues = xp.clip(eigenvalues, min=0.0)
    vectors = vectors - xp.mean(vectors, axis=0)  # leaves out the constant vector, which the intercept stands for
    penalties = xp.asarray(alphas, dtype=gram.dtype, device=device)
    inverse = (vectors / (eigenvalues + penalties[:, None])[:, None, :]) @ vectors.T
    return predicted_by_inverses(inverse, responses, tests, groups)


def predicted_by_inverses(
    inverses: Any, responses: Any, tests: np.ndarray, groups: np.ndarray | None = None
) -> tuple[Any, Any]:
    """Predict each split's test responses, with the best of several matrices M; see :func:`held_out_ridge`.

    Parameters
    ----------
    inverses : array of shape (n_candidates, n_stimuli, n_stimuli)
        The matrices M of all stimuli, of different penalties or kernels.
    responses, tests, groups
        As of :func:`held_out_ridge`.

    Returns
    -------
    predictions : array of shape (n_splits, n_test, n_neuroids)
    chosen : array of int, shape (n_splits, n_neuroids)
        Index into `inverses`.
    """
    xp = array_namespace(inverses, responses)
    n_splits, n_test = tests.shape
    centred = responses - xp.mean(responses, axis=0)
    splits_per_block = max(1, _NUMBERS_OF_SPLITS // (inverses.shape[0] * n_test * inverses.shape[1]))
    blocks = [
        _residuals_of_splits(inverses, centred, tests[start : start + splits_per_block], groups)
        for start in range(0, n_splits, splits_per_block)
    ]
    residuals, chosen = (xp.concat(parts) for parts in zip(*blocks, strict=True))
    return responses[tests] - residuals, chosen


def _residuals_of_splits(inverse: Any, centred: Any, tests: np.ndarray, groups: np.ndarray | None) -> tuple[Any, Any]:
    """Return the residuals of test responses with the best penalty, and which that is; see :func:`held_out_ridge`."""
    xp = array_namespace(inverse, centred)
    device = getattr(inverse, "device", None)
    n_alphas, n_stimuli, _ = inverse.shape
    n_splits, n_test = tests.shape
    n_neuroids = centred.shape[1]
    flat_tests = xp.asarray(tests.ravel(), device=device)
    of_tests = xp.linalg.inv(inverse[:, tests[:, :, None], tests[:, None, :]])
    squared_errors: _LeaveOneOut | _LeaveGroupOut
    if groups is not None and len(np.unique(groups)) < n_stimuli:
        squared_errors = _LeaveGroupOut(inverse, of_tests, tests, groups)
    else:
        squared_errors = _LeaveOneOut(inverse, of_tests, tests)
    residuals = xp.empty((n_splits, n_test, n_neuroids), dtype=inverse.dtype, device=device)
    chosen = xp.zeros((n_splits, n_neuroids), dtype=xp.int64, device=device)
    neuroids_per_block = max(1, _PRODUCTS_PER_BLOCK // (n_stimuli * n_alphas))
    for start in range(0, n_neuroids, neuroids_per_block):
        block = slice(start, start + neuroids_per_block)
        products = inverse @ centred[:, block]
        products_of_tests = xp.reshape(
            xp.take(products, flat_tests, axis=1), (n_alphas, n_splits, n_test, products.shape[-1])
        )
        candidates = of_tests @ products_of_tests
        if n_alphas == 1:
            residuals[:, :, block] = candidates[0]
        else:
            best = xp.argmin(squared_errors(products, products_of_tests), axis=0)
            chosen[:, block] = best
            residuals[:, :, block] = xp.take_along_axis(candidates, best[None, :, None, :], axis=0)[0]
    return residuals, chosen


def leave_one_out_ridge(gram: Any, responses: Any, alphas: np.ndarray) -> Any:
    """Predict each stimulus by ridge regression fitted to all others, less the mean of the others' responses.

    Parameters
    ----------
    gram : array of shape (n_stimuli, n_stimuli)
        Inner products of features.
    responses : array of shape (n_stimuli, n_neuroids)
        Responses to fit and predict, of the same type as `gram`.
    alphas : array of shape (n_alphas,)
        Penalties. Each neuroid gets the one with the least squared error.

    Returns
    -------
    array of shape (n_stimuli, n_neuroids)
        The mean of the others' responses is left out because it moves against the response that it lacks.
    """
    xp = array_namespace(gram, responses)
    eigenvalues, vectors = xp.linalg.eigh(centred_gram(gram))
    eigenvalues = xp.clip(eigenvalues, min=0.0)
    vectors = vectors - xp.mean(vectors, axis=0)  # leaves out the constant vector, which the intercept stands for
    n_stimuli = gram.shape[0]
    centred = responses - xp.mean(responses, axis=0)
    rotated = vectors.T @ centred
    penalties = xp.asarray(alphas, dtype=gram.dtype, device=getattr(gram, "device", None))
    shrunk = 1 / (eigenvalues + penalties[:, None])
    diagonals = shrunk @ (vectors**2).T
    errors = xp.stack(
        [
            xp.sum((((vectors * of_alpha) @ rotated) / diagonal[:, None]) ** 2, axis=0)
            for of_alpha, diagonal in zip(shrunk, diagonals, strict=True)
        ]
    )
    best = xp.argmin(errors, axis=0)
    residuals = (vectors @ (rotated * shrunk[best].T)) / diagonals[best].T
    return centred * (n_stimuli / (n_stimuli - 1)) - residuals


class _LeaveOneOut:
    """Squared leave-one-out errors on the training stimuli of every split, for each penalty.

    With c = M y and W = M_TS M_SS^-1 the errors are (c_T - W c_S) / d, d the diagonal of M_TT - W M_ST. Their sum of
    squares is expanded, so that all splits together are one matrix product with c and one with c squared.
    """

    def __init__(self, inverse: Any, of_tests: Any, tests: np.ndarray):
        xp = array_namespace(inverse)
        n_alphas, n_stimuli, _ = inverse.shape
        n_splits, n_test = tests.shape
        to_all = inverse[:, tests, :]
        influence = of_tests @ to_all
        diagonal = inverse[:, np.arange(n_stimuli), np.arange(n_stimuli)][:, None] - xp.sum(influence * to_all, axis=2)
        split = np.arange(n_splits)[:, None]
        diagonal[:, split, tests] = xp.inf  # a test stimulus has no error in training
        self._weights = diagonal**-2.0
        weighted = influence * self._weights[:, :, None, :]
        crossed = weighted @ xp.matrix_transpose(influence)
        weighted *= -2
        for number, test in enumerate(tests):
            weighted[:, number][:, :, test] = crossed[:, number]
        self._crossed = xp.reshape(weighted, (n_alphas, n_splits * n_test, n_stimuli))

    def __call__(self, products: Any, products_of_tests: Any) -> Any:
        xp = array_namespace(products)
        crossed = xp.reshape(self._crossed @ products, products_of_tests.shape)
        crossed *= products_of_tests
        return self._weights @ products**2 + xp.sum(crossed, axis=2)


class _LeaveGroupOut:
    """What `_LeaveOneOut` is, where stimuli that show the same image are left out together.

    Slower, since the residuals of each split are computed one by one.
    """

    def __init__(self, inverse: Any, of_tests: Any, tests: np.ndarray, groups: np.ndarray):
        self._to_all = inverse[:, tests, :]
        self._influence = of_tests @ self._to_all
        self._splits = []
        for split, test in enumerate(tests):
            left = np.setdiff1d(np.arange(len(groups)), test)
            of_group = [left[groups[left] == group] for group in np.unique(groups[left])]
            xp = array_namespace(inverse)
            transposed = xp.matrix_transpose(self._to_all[:, split])
            matrix = inverse - transposed @ self._influence[:, split]
            by_size = [np.array([g for g in of_group if len(g) == size]) for size in sorted(set(map(len, of_group)))]
            self._splits.append([(m, xp.linalg.inv(matrix[:, m[:, :, None], m[:, None, :]])) for m in by_size])

    def __call__(self, products: Any, products_of_tests: Any) -> Any:
        xp = array_namespace(products)
        sums = []
        for split, of_sizes in enumerate(self._splits):
            transposed = xp.matrix_transpose(self._influence[:, split])
            residuals = products - transposed @ products_of_tests[:, split]
            errors = [inverse @ residuals[:, members] for members, inverse in of_sizes]
            sums.append(sum(xp.sum(of_size**2, axis=(1, 2)) for of_size in errors))
        return xp.stack(sums, axis=1)
