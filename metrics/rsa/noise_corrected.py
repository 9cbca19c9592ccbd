"""The correlation of a model's RDM with the noise-free RDM of a population, also without some stimuli."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...uncertainty.correlation import ranks
from .compare_pairs import Correlation
from .rdm import n_stimuli_of_pairs, stimuli_of_pairs


def standardized(pairs: np.ndarray, correlation: Correlation) -> np.ndarray:
    """Bring RDMs to the scale on which their correlation is a sum of products.

    Parameters
    ----------
    pairs : array of shape (..., n_pairs)
        Upper triangles of RDMs.
    correlation : {'spearman', 'pearson'}
        Spearman's takes ranks first.

    Returns
    -------
    array of shape (..., n_pairs)
        With mean 0 and sum of squares 1; NaN for an RDM that has a NaN or does not vary.
    """
    undefined = np.isnan(pairs).any(axis=-1, keepdims=True)
    values = ranks(pairs) if correlation == "spearman" else pairs
    values = values - values.mean(axis=-1, keepdims=True)
    squares = (values**2).sum(axis=-1, keepdims=True)
    return values / np.sqrt(np.where((squares > 0) & ~undefined, squares, np.nan))


@dataclass(frozen=True)
class HalfStatistics:
    """All that is needed of pairs of half RDMs, for any number of models.

    Attributes
    ----------
    mean, mean_square, mean_product : array of shape (n_pairs,)
        Over splits: of the standardized RDMs, of their squares, and of the products of the two halves.
    """

    mean: np.ndarray
    mean_square: np.ndarray
    mean_product: np.ndarray

    @classmethod
    def of_rdms(cls, rdms: np.ndarray, correlation: Correlation) -> "HalfStatistics":
        """Summarize the RDMs of two halves, shape (n_splits, 2, n_pairs); a split after the other, for their size."""
        n_splits, _, n_pairs = rdms.shape
        mean, mean_square, mean_product = np.zeros((3, n_pairs))
        for of_split in rdms:
            first, second = standardized(of_split, correlation)
            mean += first
            mean += second
            mean_square += first**2
            mean_square += second**2
            mean_product += first * second
        mean /= 2 * n_splits
        mean_square /= 2 * n_splits
        mean_product /= n_splits
        return cls(mean, mean_square, mean_product)


def half_correlations(models: np.ndarray, halves: HalfStatistics) -> tuple[np.ndarray, float]:
    """Correlate models with half RDMs, and these with each other.

    Parameters
    ----------
    models : array of shape (n_models, n_pairs)
        Standardized RDMs.
    halves : HalfStatistics
        Of the recordings.

    Returns
    -------
    with_models : array of shape (n_models,)
        Correlation of each model with a half, averaged over splits and halves.
    between_halves : float
        Correlation of the two halves, averaged over splits.
    """
    return models @ halves.mean, float(halves.mean_product.sum())


@dataclass(frozen=True)
class WithoutStimuli:
    """Numbers as measured, and without one or two of the stimuli.

    Attributes
    ----------
    none : array of shape (...)
        As measured.
    one : array of shape (..., n_stimuli)
        Without each stimulus.
    two : array of shape (..., n_pairs)
        Without the two stimuli of each pair.
    """

    none: np.ndarray
    one: np.ndarray
    two: np.ndarray


def half_correlations_without(models: np.ndarray, halves: HalfStatistics) -> WithoutStimuli:
    """Correlate models with half RDMs as :func:`half_correlations`, also without one or two of the stimuli.

    Ranks stay those among all stimuli: leaving out one hardly changes them.

    Parameters
    ----------
    models, halves
        As of :func:`half_correlations`.

    Returns
    -------
    WithoutStimuli
        By model.
    """
    n_stimuli = n_stimuli_of_pairs(len(halves.mean))
    mean, mean_square = (_sums_without_stimuli(entries) for entries in (halves.mean, halves.mean_square))
    found = WithoutStimuli(
        np.empty(len(models)), np.empty((len(models), n_stimuli)), np.empty((len(models), len(halves.mean)))
    )
    for row, model in enumerate(models):  # one after the other: millions of pairs each
        of_model, of_squares, of_products = map(_sums_without_stimuli, (model, model**2, model * halves.mean))
        for n_out, of_kind in enumerate((found.none, found.one, found.two)):
            n_pairs = _n_pairs(n_stimuli - n_out)
            with np.errstate(invalid="ignore", divide="ignore"):
                covariance = of_products[n_out] - of_model[n_out] * mean[n_out] / n_pairs
                variances = (of_squares[n_out] - of_model[n_out] ** 2 / n_pairs) * (
                    mean_square[n_out] - mean[n_out] ** 2 / n_pairs
                )
                of_kind[row] = covariance / np.sqrt(variances)
    return found


def between_halves_without(halves: HalfStatistics) -> WithoutStimuli:
    """Correlate half RDMs with each other as :func:`half_correlations`, also without one or two of the stimuli.

    Returns
    -------
    WithoutStimuli
        With a leading axis of length 1.
    """
    n_stimuli = n_stimuli_of_pairs(len(halves.mean))
    sums = map(_sums_without_stimuli, (halves.mean, halves.mean_square, halves.mean_product))
    found = []
    for n_out, (mean, mean_square, mean_product) in enumerate(zip(*sums, strict=True)):
        square_of_mean = mean**2 / _n_pairs(n_stimuli - n_out)
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append(np.atleast_1d((mean_product - square_of_mean) / (mean_square - square_of_mean))[None])
    return WithoutStimuli(found[0][0], *found[1:])


def mutual_half_correlations_without(first: HalfStatistics, second: HalfStatistics) -> WithoutStimuli:
    """Correlate the half RDMs of two populations, also without one or two of the stimuli.

    Ranks stay those among all stimuli: leaving out one hardly changes them.

    Parameters
    ----------
    first, second : HalfStatistics
        Of two populations with independent noise, and the same stimuli.

    Returns
    -------
    WithoutStimuli
        With a leading axis of length 1: the correlation of a half RDM of one with a half RDM of the other, averaged
        over splits and halves of both.
    """
    n_stimuli = n_stimuli_of_pairs(len(first.mean))
    products = first.mean * second.mean
    sums = map(_sums_without_stimuli, (first.mean, second.mean, products, first.mean_square, second.mean_square))
    found = []
    for n_out, (of_first, of_second, of_products, first_square, second_square) in enumerate(zip(*sums, strict=True)):
        n_pairs = _n_pairs(n_stimuli - n_out)
        with np.errstate(invalid="ignore", divide="ignore"):
            variances = (first_square - of_first**2 / n_pairs) * (second_square - of_second**2 / n_pairs)
            correlation = (of_products - of_first * of_second / n_pairs) / np.sqrt(variances)
        found.append(np.atleast_1d(correlation)[None])
    return WithoutStimuli(found[0][0], *found[1:])


def _n_pairs(n_stimuli: int) -> float:
    return n_stimuli * (n_stimuli - 1) / 2


def _sums_without_stimuli(entries: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
    """Sum over pairs: all, those without each stimulus, and those without the two of each pair.

    Parameters
    ----------
    entries : array of shape (n_pairs,)
        A number of each pair.

    Returns
    -------
    all : float
    without_one : array of shape (n_stimuli,)
    without_two : array of shape (n_pairs,)
    """
    n_stimuli = n_stimuli_of_pairs(len(entries))
    first, second = stimuli_of_pairs(n_stimuli)
    of_stimuli = np.bincount(first, entries, n_stimuli) + np.bincount(second, entries, n_stimuli)
    total = entries.sum()
    without_two = entries + total
    without_two -= of_stimuli[first]
    without_two -= of_stimuli[second]
    return total, total - of_stimuli, without_two
