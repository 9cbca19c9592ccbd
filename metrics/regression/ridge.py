"""Ridge regression in dual form: one eigendecomposition serves all neuroids and all penalties."""

import numpy as np

# Relative to the mean squared norm of the centred training features, so that one grid fits every layer.
RELATIVE_ALPHAS = np.logspace(-3, 3, 10)


def centred_on_train(gram: np.ndarray, train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Re-express inner products after the mean training feature is subtracted.

    Parameters
    ----------
    gram : array of shape (n_stimuli, n_stimuli)
        Inner products of features.
    train, test : array of int
        Indices of stimuli.

    Returns
    -------
    train_gram : array of shape (n_train, n_train)
    test_gram : array of shape (n_test, n_train)
    """
    of_train = gram[np.ix_(train, train)]
    of_test = gram[np.ix_(test, train)]
    train_means = of_train.mean(axis=0)
    test_means = of_test.mean(axis=1, keepdims=True)
    return (
        of_train - train_means - train_means[:, None] + train_means.mean(),
        of_test - test_means - train_means + train_means.mean(),
    )


def ridge_predictions(
    train_gram: np.ndarray, test_gram: np.ndarray, train_responses: np.ndarray, alphas: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fit ridge with an intercept to every neuroid and predict its responses to the test stimuli.

    Parameters
    ----------
    train_gram : array of shape (n_train, n_train)
        Inner products of the training features, centred over training stimuli.
    test_gram : array of shape (n_test, n_train)
        Inner products of test with training features, both minus the mean training feature.
    train_responses : array of shape (n_train, n_neuroids)
        Responses to fit.
    alphas : array of shape (n_alphas,)
        Penalties. Each neuroid gets the one with the least squared leave-one-out error; a single one is just used.

    Returns
    -------
    predictions : array of shape (n_test, n_neuroids)
    chosen : array of int, shape (n_neuroids,)
        Index into `alphas`.

    Notes
    -----
    With K = U diag(l) U^T the fitted values are H y, H = U diag(l / (l + alpha)) U^T + 11^T / n, and the
    leave-one-out residual is exactly (y - H y)_i / (1 - H_ii) (Golub, Heath & Wahba 1979).
    """
    n_train, n_neuroids = train_responses.shape
    means = train_responses.mean(axis=0)
    eigenvalues, vectors = np.linalg.eigh(train_gram)
    eigenvalues = np.clip(eigenvalues, 0, None)
    # The constant vector is in the kernel of a centred Gram matrix; responses are centred, so it plays no part.
    rotated = vectors.T @ (train_responses - means)
    chosen = np.zeros(n_neuroids, dtype=np.intp)
    if len(alphas) > 1:
        errors = np.empty((len(alphas), n_neuroids))
        for index, alpha in enumerate(alphas):
            shrinkage = alpha / (eigenvalues + alpha)
            residuals = vectors @ (shrinkage[:, None] * rotated)
            leverage = (vectors**2) @ (1 - shrinkage) + 1 / n_train
            errors[index] = ((residuals / (1 - leverage)[:, None]) ** 2).sum(axis=0)
        chosen = errors.argmin(axis=0)
    coefficients = rotated / (eigenvalues[:, None] + alphas[chosen])
    return (test_gram @ vectors) @ coefficients + means, chosen
