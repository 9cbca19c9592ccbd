"""Ridge regression in dual form: one eigendecomposition serves all splits, neuroids and penalties."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from ...core.arrays import Array
from ..kept_arrays import KeptArrays, hashed
from .cross_validation import centred_gram, training_stimuli
from .pooled import deviating_weights
from .training_influence import TrainingInfluence

# Relative to the mean squared norm of the centred features, so that one grid fits every layer.
RELATIVE_ALPHAS = np.logspace(-3, 3, 10)
# Products held at a time, so that beyond the result memory does not grow with the number of neuroids.
_PRODUCTS_PER_BLOCK = 1 << 17
# Of each of three arrays that hold these for every penalty, test stimulus and stimulus: a quarter of a gigabyte.
_NUMBERS_OF_SPLITS = 1 << 25
# All areas of a dataset, and benchmarks that split the stimuli alike, share what depends on a layer and a split: of
# seventeen layers and a hundred stimuli about 60 MB.
_kept = KeptArrays(max_bytes=96 << 20)


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
    training_stimuli(gram.shape[0], tests)  # checks the splits
    inverses, key = _kept_inverses(gram, alphas)
    return predicted_by_inverses(inverses, responses, tests, groups, key)


def influences_of_similar_ridge(
    gram: np.ndarray, responses: np.ndarray, tests: np.ndarray, alphas: np.ndarray, predicted: np.ndarray
) -> Iterator[TrainingInfluence]:
    """Yield what each training stimulus changes in the predictions of the ridge regression that is most similar.

    Parameters
    ----------
    gram, responses, tests, alphas
        As of :func:`held_out_ridge`; numpy arrays.
    predicted : array of shape (n_splits, n_test, n_neuroids)
        What a readout predicts. Each neuroid gets the penalty whose predictions are closest to it in each split, but
        for a constant: of ridge regression its own.

    Yields
    ------
    TrainingInfluence
        Exact for this penalty.

    Notes
    -----
    The matrix that is left where the test stimuli S are left out (see :func:`held_out_ridge`) gives the residual r_i of
    each other stimulus i without it. The residuals of S are then lower by M_SS^-1 M_Si r_i.
    """
    inverses, _ = _kept_inverses(gram, alphas)
    centred = responses - responses.mean(axis=0)
    for test, of_split in zip(tests, predicted, strict=True):
        to_all = inverses[:, test]
        weights = np.linalg.solve(to_all[:, :, test], to_all)
        chosen = _most_similar((responses[test] - of_weights @ centred for of_weights in weights), of_split)
        residuals = np.empty(centred.shape)
        used, index = np.unique(chosen, return_inverse=True)
        for number, candidate in enumerate(used):
            columns = index == number
            diagonal = inverses[candidate].diagonal() - (weights[candidate] * to_all[candidate]).sum(axis=0)
            diagonal[test] = np.inf  # a test stimulus has no residual in training
            products = inverses[candidate] @ centred[:, columns]
            residuals[:, columns] = (products - weights[candidate].T @ products[test]) / diagonal[:, None]
        yield TrainingInfluence(deviating_weights(weights[used]), index, residuals)


def _most_similar(candidates: Iterable[np.ndarray], predicted: np.ndarray) -> np.ndarray:
    """Return the candidate that is closest to each neuroid's predictions but for a constant, shape (n_neuroids,)."""
    chosen = np.zeros(predicted.shape[1], dtype=int)
    least = np.full(predicted.shape[1], np.inf)
    for number, candidate in enumerate(candidates):
        distances = (candidate - predicted).var(axis=0)
        chosen[distances < least] = number
        np.minimum(least, distances, out=least)
    return chosen


def _kept_inverses(gram: Any, alphas: np.ndarray) -> tuple[Any, tuple[bytes, ...] | None]:
    """Return the matrix M of each penalty, and the key by which they are kept; None where they are not."""
    if not isinstance(gram, np.ndarray):
        return _inverses(gram, alphas), None
    of_layer: tuple[bytes, ...] = (hashed(gram), hashed(np.asarray(alphas)))
    (inverses,) = _kept.found_or_computed(("inverses", *of_layer), lambda: (_inverses(gram, alphas),))
    return inverses, of_layer if _kept.keeps(inverses.nbytes) else None


def _inverses(gram: Any, alphas: np.ndarray) -> Any:
    """Return the matrix M of each penalty, see :func:`held_out_ridge`."""
    eigenvalues, vectors = _centred_eigenvectors(gram)
    penalties = array_namespace(gram).asarray(alphas, dtype=gram.dtype, device=getattr(gram, "device", None))
    return _rotated_back(vectors, 1 / (eigenvalues + penalties[:, None]))


def _centred_eigenvectors(gram: Any) -> tuple[Any, Any]:
    """Decompose the centred Gram matrix; the vectors leave out the constant, which the intercept stands for."""

    def decomposed() -> tuple[Any, Any]:
        xp = array_namespace(gram)
        eigenvalues, vectors = xp.linalg.eigh(centred_gram(gram))
        return xp.clip(eigenvalues, min=0.0), vectors - xp.mean(vectors, axis=0)

    if not isinstance(gram, np.ndarray):
        return decomposed()
    eigenvalues, vectors = _kept.found_or_computed(("eigenvectors", hashed(gram)), decomposed)
    return eigenvalues, vectors


def _rotated_back(vectors: Any, diagonals: Any) -> Any:
    """Return V D V^T for several diagonals D, shape (n_diagonals, n_stimuli, n_stimuli)."""
    xp = array_namespace(vectors)
    n_stimuli, n_vectors = vectors.shape
    weighted = xp.reshape(vectors * diagonals[:, None, :], (-1, n_vectors))  # one product is faster than several
    return xp.reshape(weighted @ vectors.T, (-1, n_stimuli, n_stimuli))


def predicted_by_inverses(
    inverses: Any,
    responses: Any,
    tests: np.ndarray,
    groups: np.ndarray | None = None,
    key: tuple[bytes, ...] | None = None,
) -> tuple[Any, Any]:
    """Predict each split's test responses, with the best of several matrices M; see :func:`held_out_ridge`.

    Parameters
    ----------
    inverses : array of shape (n_candidates, n_stimuli, n_stimuli)
        The matrices M of all stimuli, of different penalties or kernels.
    responses, tests, groups
        As of :func:`held_out_ridge`.
    key : tuple of bytes, optional
        Says what the matrices were computed from: what follows from them and a split is kept for the next responses.

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
    device = getattr(inverses, "device", None)
    # Of thousands of stimuli a gigabyte: made in place.
    predictions = xp.empty((n_splits, n_test, responses.shape[1]), dtype=inverses.dtype, device=device)
    chosen = xp.empty((n_splits, responses.shape[1]), dtype=xp.int64, device=device)
    for start in range(0, n_splits, splits_per_block):
        block = slice(start, start + splits_per_block)
        residuals, chosen[block] = _residuals_of_splits(inverses, centred, tests[block], groups, key)
        predictions[block] = responses[tests[block]] - residuals
    return predictions, chosen


def _residuals_of_splits(
    inverse: Any, centred: Any, tests: np.ndarray, groups: np.ndarray | None, key: tuple[bytes, ...] | None
) -> tuple[Any, Any]:
    """Return the residuals of test responses with the best penalty, and which that is; see :func:`held_out_ridge`."""
    xp = array_namespace(inverse, centred)
    device = getattr(inverse, "device", None)
    n_alphas, n_stimuli, _ = inverse.shape
    n_splits, n_test = tests.shape
    n_neuroids = centred.shape[1]
    flat_tests = xp.asarray(tests.ravel(), device=device)
    squared_errors: _LeaveOneOut | _LeaveGroupOut
    if groups is not None and len(np.unique(groups)) < n_stimuli:
        squared_errors = _LeaveGroupOut(inverse, tests, groups)
    else:
        squared_errors = _LeaveOneOut.of_inverse(inverse, tests, key)
    residuals = xp.empty((n_splits, n_test, n_neuroids), dtype=inverse.dtype, device=device)
    chosen = xp.zeros((n_splits, n_neuroids), dtype=xp.int64, device=device)
    neuroids_per_block = max(1, _PRODUCTS_PER_BLOCK // (n_stimuli * n_alphas))
    for start in range(0, n_neuroids, neuroids_per_block):
        block = slice(start, start + neuroids_per_block)
        products = inverse @ centred[:, block]
        products_of_tests = xp.reshape(
            xp.take(products, flat_tests, axis=1), (n_alphas, n_splits, n_test, products.shape[-1])
        )
        candidates = squared_errors.of_tests @ products_of_tests
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
    eigenvalues, vectors = _centred_eigenvectors(gram)
    n_stimuli = gram.shape[0]
    centred = responses - xp.mean(responses, axis=0)
    penalties = xp.asarray(alphas, dtype=gram.dtype, device=getattr(gram, "device", None))
    of_penalties = _rotated_back(vectors, 1 / (eigenvalues + penalties[:, None]))
    of_penalties = of_penalties / xp.linalg.diagonal(of_penalties)[..., None]
    residuals = xp.reshape(xp.reshape(of_penalties, (-1, n_stimuli)) @ centred, (len(alphas), n_stimuli, -1))
    best = xp.argmin(xp.sum(residuals * residuals, axis=1), axis=0)
    return centred * (n_stimuli / (n_stimuli - 1)) - xp.take_along_axis(residuals, best[None, None, :], axis=0)[0]


class _LeaveOneOut:
    """Squared leave-one-out errors on the training stimuli of every split, for each penalty.

    With c = M y and W = M_TS M_SS^-1 the errors are (c_T - W c_S) / d, d the diagonal of M_TT - W M_ST. Their sum of
    squares is expanded, so that all splits together are one matrix product with c and one with c squared.

    Attributes
    ----------
    of_tests : array of shape (n_alphas, n_splits, n_test, n_test)
        M_SS^-1 of each split.
    """

    def __init__(self, of_tests: Any, weights: Any, crossed: Any):
        xp = array_namespace(of_tests)
        n_alphas, n_splits, n_test, n_stimuli = crossed.shape
        self.of_tests = of_tests
        self._weights = weights
        self._crossed = xp.reshape(crossed, (n_alphas, n_splits * n_test, n_stimuli))

    @classmethod
    def of_inverse(cls, inverse: Any, tests: np.ndarray, key: tuple[bytes, ...] | None) -> "_LeaveOneOut":
        """Take what is kept of splits, and compute the others; `key` as of :func:`predicted_by_inverses`."""
        if key is None:
            return cls(*cls._arrays(inverse, tests))
        keys = [("split", *key, hashed(test)) for test in tests]
        found = [_kept.found(of_split) for of_split in keys]
        missing = [number for number, arrays in enumerate(found) if arrays is None]
        if missing:
            computed = cls._arrays(inverse, tests[missing])
            for place, number in enumerate(missing):
                of_split = tuple(array[:, place].copy() for array in computed)
                found[number] = of_split
                _kept.keep(keys[number], of_split)
        return cls(*(np.stack(arrays, axis=1) for arrays in zip(*filter(None, found), strict=True)))

    @staticmethod
    def _arrays(inverse: Any, tests: np.ndarray) -> tuple[Any, Any, Any]:
        """Return M_SS^-1, the weights of c squared, and what c of the test stimuli and c are multiplied with."""
        xp = array_namespace(inverse)
        n_stimuli = inverse.shape[-1]
        of_tests = xp.linalg.inv(inverse[:, tests[:, :, None], tests[:, None, :]])
        to_all = inverse[:, tests, :]
        influence = of_tests @ to_all
        diagonal = inverse[:, np.arange(n_stimuli), np.arange(n_stimuli)][:, None] - xp.sum(influence * to_all, axis=2)
        split = np.arange(len(tests))[:, None]
        diagonal[:, split, tests] = xp.inf  # a test stimulus has no error in training
        weights = diagonal**-2.0
        weighted = influence * weights[:, :, None, :]
        crossed = weighted @ xp.matrix_transpose(influence)
        weighted *= -2
        for number, test in enumerate(tests):
            weighted[:, number][:, :, test] = crossed[:, number]
        return of_tests, weights, weighted

    def __call__(self, products: Any, products_of_tests: Any) -> Any:
        xp = array_namespace(products)
        crossed = xp.reshape(self._crossed @ products, products_of_tests.shape)
        crossed *= products_of_tests
        return self._weights @ products**2 + xp.sum(crossed, axis=2)


class _LeaveGroupOut:
    """What `_LeaveOneOut` is, where stimuli that show the same image are left out together.

    Slower, since the residuals of each split are computed one by one.
    """

    def __init__(self, inverse: Any, tests: np.ndarray, groups: np.ndarray):
        self.of_tests = array_namespace(inverse).linalg.inv(inverse[:, tests[:, :, None], tests[:, None, :]])
        self._to_all = inverse[:, tests, :]
        self._influence = self.of_tests @ self._to_all
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
