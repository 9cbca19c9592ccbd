"""Partial least squares (PLS2) on compressed data: exact, however many features and neuroids there are."""

import numpy as np
from scipy.linalg import eigh

# Eigenvalues below this fraction of the largest are rounding errors of the compression.
_RELATIVE_RANK_TOLERANCE = 1e-12
# Components that explain less than this fraction of the first one's squared covariance are rounding errors.
_RELATIVE_COVARIANCE_TOLERANCE = 1e-20


def pls_predictions(
    train_gram: np.ndarray, test_gram: np.ndarray, train_responses: np.ndarray, n_components: int
) -> np.ndarray:
    """Fit PLS to all neuroids together and predict their responses to the test stimuli.

    Parameters
    ----------
    train_gram : array of shape (n_train, n_train)
        Inner products of the training features, centred over training stimuli.
    test_gram : array of shape (n_test, n_train)
        Inner products of test with training features, both minus the mean training feature.
    train_responses : array of shape (n_train, n_neuroids)
        Responses to fit.
    n_components : int
        Components to extract; fewer if the features or responses are exhausted before.

    Returns
    -------
    array of shape (n_test, n_neuroids)

    Notes
    -----
    PLS (Wold 1975; scikit-learn's PLSRegression with scale=False) sees features and responses only through
    products that a rotation leaves alone, so both are first rotated into at most n_train dimensions. The
    first singular vector of each step is computed exactly, where NIPALS iterates to a tolerance.
    """
    means = train_responses.mean(axis=0)
    centred = train_responses - means
    features, to_features = _compressed(train_gram)
    responses, to_responses = _compressed(centred @ centred.T)
    weights, loadings, response_loadings = [], [], []
    first_square = 0.0
    for _ in range(min(n_components, features.shape[1])):
        covariance = features.T @ responses
        size = len(covariance)
        square, vector = eigh(covariance @ covariance.T, subset_by_index=[size - 1, size - 1])
        first_square = max(first_square, square[0])
        if square[0] <= _RELATIVE_COVARIANCE_TOLERANCE * first_square:
            break
        weight = vector[:, 0]
        component = features @ weight
        strength = component @ component
        loading = features.T @ component / strength
        response_loading = responses.T @ component / strength
        features = features - np.outer(component, loading)
        responses = responses - np.outer(component, response_loading)
        weights.append(weight)
        loadings.append(loading)
        response_loadings.append(response_loading)
    if not weights:
        return np.broadcast_to(means, (len(test_gram), len(means))).copy()
    W, P, Q = np.array(weights).T, np.array(loadings).T, np.array(response_loadings).T
    coefficients = W @ np.linalg.solve(P.T @ W, Q.T)
    return (test_gram @ to_features) @ coefficients @ (to_responses.T @ centred) + means


def _compressed(gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotate data with this Gram matrix into as few dimensions as it has.

    Returns
    -------
    compressed : array of shape (n, rank)
        Data with the same Gram matrix.
    projection : array of shape (n, rank)
        Takes inner products with the n samples to compressed coordinates.
    """
    eigenvalues, vectors = np.linalg.eigh(gram)
    kept = eigenvalues > _RELATIVE_RANK_TOLERANCE * eigenvalues.max(initial=0)
    singular_values = np.sqrt(eigenvalues[kept])
    return vectors[:, kept] * singular_values, vectors[:, kept] / singular_values
