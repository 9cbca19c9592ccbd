"""How fast the variance of responses falls over their dimensions."""

from dataclasses import dataclass

import numpy as np

from ..core.errors import InvalidArraysError, InvalidParameterError, UnreliableDataError
from ..metrics.feature_gram import FeatureGram
from ..uncertainty.split_half import half_means
from .array_checks import Numbers, as_array, checked_matrix, checked_trials


@dataclass(frozen=True)
class Eigenspectrum:
    """Variances over dimensions.

    Attributes
    ----------
    variances : array of shape (n_dimensions,)
        Of the principal components in order. Cross-validated ones may be negative where there is nothing but noise.
    exponent : float
        The alpha of ``variance ~ rank ** -alpha``, fitted to `ranks`.
    ranks : (int, int)
        First and last rank of the fit, from 1, inclusive.
    effective_dimension : float
        The participation ratio, ``(sum of variances)^2 / sum of squares``.
    """

    variances: np.ndarray
    exponent: float
    ranks: tuple[int, int]
    effective_dimension: float


def eigenspectrum(
    responses: Numbers, *, ranks: tuple[int, int] | None = None, n_splits: int = 10, seed: int = 0
) -> Eigenspectrum:
    """Fit a power law to the variances of principal components, of a model's features or of noisy recordings.

    A diagnostic, not a score: two models with the same exponent need not be alike, and few stimuli or neuroids cut the
    spectrum off. Compare only what has as many of both.

    Parameters
    ----------
    responses : array of shape (n_stimuli, n_units) or (n_repetitions, n_stimuli, n_neuroids)
        Features, whose plain variances are taken; or single trials (NaN where a neuroid has none), of which they are
        cross-validated: components of one half of the repetitions, and the covariance of both halves along these.
    ranks : (int, int), optional
        First and last rank that are fitted, from 1. Default: 4 to a third of the dimensions.
    n_splits : int
        Random halves of the repetitions.
    seed : int
        Seed of the halves.

    Raises
    ------
    InvalidArraysError
        If the array is not as described, or a neuroid has fewer than two trials of a stimulus.
    InvalidParameterError
        If the ranks are not two different ones of the dimensions, or there is no split.
    UnreliableDataError
        If a variance that is to be fitted is not positive.

    Notes
    -----
    Stringer et al. 2019, https://doi.org/10.1038/s41586-019-1346-5: cvPCA, and a fit to the logarithms with weights
    1 / rank. Variances have the number of stimuli in the denominator.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> latents = np.linalg.qr(generator.normal(size=(200, 100)))[0] * np.arange(1, 101) ** -0.5
    >>> round(eigenspectrum(latents - latents.mean(axis=0)).exponent, 1)
    1.0
    """
    if n_splits < 1:
        raise InvalidParameterError(f"n_splits is {n_splits}; it must be at least 1.")
    array = as_array(responses, "responses")
    if array.ndim == 3:
        variances = _cross_validated(checked_trials(array), n_splits, seed)
    elif array.ndim == 2:
        matrix = checked_matrix(array, "responses", 3)
        gram = FeatureGram.of_features(matrix).centred()
        variances = np.linalg.eigvalsh(gram)[::-1][: min(len(matrix) - 1, matrix.shape[1])] / len(matrix)
    else:
        raise InvalidArraysError(
            f"responses has the shape {array.shape}; it must be (n_stimuli, n_units) or (n_repetitions, n_stimuli, "
            "n_neuroids)."
        )
    chosen = checked_ranks(ranks, len(variances))
    exponent = power_law_exponent(variances, chosen)
    return Eigenspectrum(variances, exponent, chosen, effective_dimension(variances))


def checked_ranks(ranks: tuple[int, int] | None, n_dimensions: int) -> tuple[int, int]:
    """Return the first and the last rank to fit, from 1: 4 to a third of the dimensions if none are given.

    Raises
    ------
    InvalidParameterError
        If they are not two different ones of the dimensions.
    """
    chosen = ranks if ranks is not None else (4, n_dimensions // 3)
    if len(chosen) != 2 or any(not isinstance(rank, int | np.integer) for rank in chosen):
        raise InvalidParameterError(f"ranks is {ranks!r}; give the first and the last rank, two whole numbers.")
    first, last = chosen
    if not 1 <= first < last <= n_dimensions:
        raise InvalidParameterError(
            f"The ranks {first} to {last} cannot be fitted to {n_dimensions} dimensions; give others by ranks=, or "
            "use more stimuli and units."
        )
    return first, last


def power_law_exponent(variances: np.ndarray, ranks: tuple[int, int]) -> float:
    """Return the alpha of ``variance ~ rank ** -alpha``, fitted to logarithms with weights 1 / rank.

    Parameters
    ----------
    variances : array of shape (n_dimensions,)
        In the order of the ranks.
    ranks : (int, int)
        First and last rank to fit, from 1, inclusive.

    Raises
    ------
    UnreliableDataError
        If a variance that is to be fitted is not positive.
    """
    first, last = ranks
    fitted = variances[first - 1 : last]
    if (fitted <= 0).any():
        raise UnreliableDataError(
            f"The variance of rank {first + int(np.argmax(fitted <= 0))} is not positive: noise, or nothing. "
            "End the fit before, by ranks=, or use more repetitions."
        )
    fitted_ranks = np.arange(first, last + 1)
    slope, _ = np.polyfit(np.log(fitted_ranks), np.log(fitted), 1, w=fitted_ranks**-0.5)
    return float(-slope)


def effective_dimension(variances: np.ndarray) -> float:
    """Return the participation ratio, ``(sum of variances)^2 / sum of squares``."""
    return float(variances.sum() ** 2 / (variances**2).sum())


def cross_validated_variances(first: np.ndarray, both: np.ndarray, n_dimensions: int) -> np.ndarray:
    """Return covariances of two halves of the repetitions along the principal components of the first.

    Parameters
    ----------
    first : array of shape (..., n_stimuli, n_stimuli)
        Inner products of the first half's mean responses over neuroids.
    both : array of shape (..., n_stimuli, n_stimuli)
        Those of the second half's with the first half's.
    n_dimensions : int
        How many components to return.

    Returns
    -------
    array of shape (..., n_dimensions)
        Largest variance in the first half first.
    """
    # With first = U L U' the k-th component's scores are u_k sqrt(l_k) in the first half and both @ u_k / sqrt(l_k) in
    # the second: the roots cancel.
    components = np.linalg.eigh(_centred(first))[1][..., ::-1][..., :n_dimensions]
    products = (components * (_centred(both) @ components)).sum(axis=-2)
    return np.asarray(products / first.shape[-1])


def _centred(products: np.ndarray) -> np.ndarray:
    """Return inner products of patterns less their mean over stimuli."""
    of_rows, of_columns = products.mean(axis=-1, keepdims=True), products.mean(axis=-2, keepdims=True)
    return np.asarray(products - of_rows - of_columns + products.mean(axis=(-2, -1), keepdims=True))


def _cross_validated(trials: np.ndarray, n_splits: int, seed: int) -> np.ndarray:
    """Return the cross-validated variances, averaged over splits."""
    n_stimuli, n_neuroids = trials.shape[1:]
    halves = half_means(trials.astype(np.float64), n_splits, np.random.default_rng(seed))
    n_dimensions = min(n_stimuli - 1, n_neuroids)
    found = [
        cross_validated_variances(first @ first.T, second @ first.T, n_dimensions)
        for first, second in zip(*halves, strict=True)
    ]
    return np.asarray(np.mean(found, axis=0))
