"""Ridge regression fitted to some stimuli to predict others, in dual form."""

import numpy as np

# Numbers held at a time beside the result: 128 MB.
_PRODUCTS_PER_BLOCK = 1 << 24


class FittedRidge:
    """Ridge regression with an intercept; each neuroid's penalty has the least leave-one-out error.

    Parameters
    ----------
    gram : float64 array of shape (n_fit, n_fit)
        Inner products of the features of the stimuli to fit.
    responses : array of shape (n_fit, n_neuroids)
        Their responses.
    alphas : array of shape (n_alphas,)
        Penalties to choose from.

    Attributes
    ----------
    left_out : float64 array of shape (n_fit, n_neuroids)
        The prediction of each fitted stimulus from the others, less the others' mean response, which moves against the
        response that it lacks.
    """

    def __init__(self, gram: np.ndarray, responses: np.ndarray, alphas: np.ndarray):
        n_fit, n_neuroids = responses.shape
        self._row_means = gram.mean(axis=0)
        centred = gram - self._row_means - self._row_means[:, None] + self._row_means.mean()
        eigenvalues, vectors = np.linalg.eigh(centred)
        eigenvalues = np.maximum(eigenvalues, 0.0)
        vectors = vectors - vectors.mean(axis=0)  # leaves out the constant vector, which the intercept stands for
        self._means = responses.mean(axis=0, dtype=np.float64)
        self._weights = np.empty((n_fit, n_neuroids))
        self.left_out = np.empty((n_fit, n_neuroids))
        shrunk = 1 / (eigenvalues + alphas[:, None])
        diagonals = shrunk @ (vectors**2).T
        width = max(1, _PRODUCTS_PER_BLOCK // n_fit)
        for start in range(0, n_neuroids, width):
            block = slice(start, start + width)
            measured = responses[:, block] - self._means[block]
            rotated = vectors.T @ measured
            least = np.full(rotated.shape[1], np.inf)
            for of_alpha, diagonal in zip(shrunk, diagonals, strict=True):
                weights = vectors @ (of_alpha[:, None] * rotated)
                residuals = weights / diagonal[:, None]
                errors = (residuals**2).sum(axis=0)
                better = errors < least
                least = np.where(better, errors, least)
                self._weights[:, block][:, better] = weights[:, better]
                self.left_out[:, block][:, better] = (measured * (n_fit / (n_fit - 1)) - residuals)[:, better]

    def predict(self, gram: np.ndarray) -> np.ndarray:
        """Predict other stimuli, from their inner products with those fitted, shape (n_others, n_fit).

        Returns
        -------
        float64 array of shape (n_others, n_neuroids)
        """
        # The weights sum to 0, so that what is the same in a row does not matter.
        return (gram - self._row_means) @ self._weights + self._means
