"""Ridge regression on two sets of features with a penalty for each, from their inner products."""

from collections.abc import Sequence

import numpy as np

from ..regression.cross_validation import centred_gram, training_stimuli
from ..regression.ridge import RELATIVE_ALPHAS, predicted_by_inverses

# The share of the first set; 0 and 1 are ridge regression on one set alone.
SHARES = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0)
MODEL_ALONE, BASELINE_ALONE = SHARES[-1:], SHARES[:1]


def held_out_banded_ridge(
    first: np.ndarray,
    second: np.ndarray,
    responses: np.ndarray,
    tests: np.ndarray,
    shares: Sequence[float] = SHARES,
    groups: np.ndarray | None = None,
    relative_alphas: np.ndarray = RELATIVE_ALPHAS,
) -> np.ndarray:
    """Predict each split's test responses by banded ridge regression with an intercept, fitted to all other stimuli.

    Parameters
    ----------
    first, second : array of shape (n_stimuli, n_stimuli)
        Inner products of two sets of features; their scales do not matter.
    responses : array of shape (n_stimuli, n_neuroids)
        Responses to fit and predict.
    tests : array of int, shape (n_splits, n_test)
        The stimuli that each split predicts.
    shares : sequence of float
        Candidates for the share g of the first set.
    groups : array of int, shape (n_stimuli,), optional
        The same number for stimuli that show the same image, see
        :func:`~brainscore_mouse.metrics.regression.ridge.held_out_ridge`.
    relative_alphas : array
        Candidates for the penalty.

    Returns
    -------
    array of shape (n_splits, n_test, n_neuroids)

    Notes
    -----
    Penalties a / g and a / (1 - g) of the two sets' weights are one penalty a with the inner products
    ``g K1 + (1 - g) K2``, each divided by its mean diagonal after centring (Nunez-Elizalde et al. 2019,
    https://doi.org/10.1016/j.neuroimage.2019.04.012; Dupre la Tour et al. 2022,
    https://doi.org/10.1016/j.neuroimage.2022.119728). Per split, each neuroid gets the pair (g, a) with the least
    squared leave-one-out error on the training stimuli.
    """
    training_stimuli(len(first), tests)  # checks the splits
    inverses = _inverses(first, second, shares, relative_alphas)
    return predicted_by_inverses(inverses, responses, tests, groups)[0]


def leave_one_out_banded_error(
    first: np.ndarray,
    second: np.ndarray,
    responses: np.ndarray,
    shares: Sequence[float] = SHARES,
    relative_alphas: np.ndarray = RELATIVE_ALPHAS,
) -> np.ndarray:
    """Return the least squared error of predicting each stimulus from all others, shape (n_neuroids,).

    Parameters
    ----------
    first, second, responses, shares, relative_alphas
        As of :func:`held_out_banded_ridge`.
    """
    centred = responses - responses.mean(axis=0)
    least = np.full(responses.shape[1], np.inf)
    for inverse in _inverses(first, second, shares, relative_alphas):
        residuals = (inverse @ centred) / np.diagonal(inverse)[:, None]
        least = np.minimum(least, (residuals**2).sum(axis=0))
    return least


def normalized(gram: np.ndarray) -> np.ndarray:
    """Return centred inner products whose mean diagonal is 1; all zero where the features do not vary."""
    centred = centred_gram(gram)
    scale = float(np.trace(centred)) / len(gram)
    return centred / scale if scale > 0 else np.zeros_like(centred)


def _inverses(
    first: np.ndarray, second: np.ndarray, shares: Sequence[float], relative_alphas: np.ndarray
) -> np.ndarray:
    """Return ``P (g K1 + (1 - g) K2 + a I)^-1 P`` for every pair of a share and a penalty; P removes the mean."""
    first, second = normalized(first), normalized(second)
    found = []
    for share in shares:
        mixture = share * first + (1 - share) * second
        eigenvalues, vectors = np.linalg.eigh(mixture)
        eigenvalues = np.clip(eigenvalues, 0.0, None)
        vectors = vectors - vectors.mean(axis=0)  # leaves out the constant vector, which the intercept stands for
        found.append((vectors / (eigenvalues + relative_alphas[:, None])[:, None, :]) @ vectors.T)
    return np.concatenate(found)
