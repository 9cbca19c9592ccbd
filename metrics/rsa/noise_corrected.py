"""The correlation of a model's RDM with the noise-free RDM of a population, also without some stimuli."""

from dataclasses import dataclass

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
    values = _ranks(pairs) if correlation == "spearman" else pairs
    values = values - values.mean(axis=-1, keepdims=True)
    squares = (values**2).sum(axis=-1, keepdims=True)
    return values / np.sqrt(np.where((squares > 0) & ~undefined, squares, np.nan))


def _ranks(pairs: np.ndarray) -> np.ndarray:
    """Rank along the last axis; several times faster than :func:`ranks` where there are no ties."""
    order = np.argsort(pairs, axis=-1)
    in_order = np.take_along_axis(pairs, order, axis=-1)
    if (in_order[..., 1:] == in_order[..., :-1]).any():
        return ranks(pairs)
    found = np.empty(pairs.shape)
    np.put_along_axis(found, order, np.broadcast_to(np.arange(1.0, pairs.shape[-1] + 1), pairs.shape), axis=-1)
    return found


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
        """Summarize the RDMs of two halves, shape (n_splits, 2, n_pairs)."""
        values = standardized(rdms, correlation)
        return cls(values.mean(axis=(0, 1)), (values**2).mean(axis=(0, 1)), (values[:, 0] * values[:, 1]).mean(axis=0))


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


def half_correlations_without(models: np.ndarray, halves: HalfStatistics) -> tuple[WithoutStimuli, WithoutStimuli]:
    """Do as :func:`half_correlations`, also without one or two of the stimuli.

    Ranks stay those among all stimuli: leaving out one hardly changes them.

    Parameters
    ----------
    models, halves
        As of :func:`half_correlations`.

    Returns
    -------
    with_models : WithoutStimuli
        By model.
    between_halves : WithoutStimuli
        With a leading axis of length 1.
    """
    n_models = len(models)
    of_halves = [halves.mean, halves.mean_square, halves.mean_product]
    entries = np.concatenate([models, models**2, models * halves.mean, of_halves])
    n_stimuli = n_stimuli_of_pairs(entries.shape[1])

    def correlations(sums: np.ndarray, n_left: int) -> tuple[np.ndarray, np.ndarray]:
        n_pairs = n_left * (n_left - 1) / 2
        of_models, of_squares, of_products = (sums[number * n_models : (number + 1) * n_models] for number in range(3))
        mean, mean_square, mean_product = sums[3 * n_models :]
        with np.errstate(invalid="ignore", divide="ignore"):
            halves_variance = mean_square - mean**2 / n_pairs
            covariance = of_products - of_models * mean / n_pairs
            with_models = covariance / np.sqrt((of_squares - of_models**2 / n_pairs) * halves_variance)
            return with_models, ((mean_product - mean**2 / n_pairs) / halves_variance)[None]

    found = [
        correlations(sums, n_stimuli - n_out) for n_out, sums in enumerate(_sums_without_stimuli(entries, n_stimuli))
    ]
    with_models, between_halves = (WithoutStimuli(*of_kind) for of_kind in zip(*found, strict=True))
    return with_models, between_halves


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
    squares = [first.mean_square, second.mean_square]
    entries = np.stack([first.mean, second.mean, first.mean * second.mean, *squares])
    n_stimuli = n_stimuli_of_pairs(entries.shape[1])

    def correlation(sums: np.ndarray, n_left: int) -> np.ndarray:
        n_pairs = n_left * (n_left - 1) / 2
        of_first, of_second, of_products, first_square, second_square = sums
        with np.errstate(invalid="ignore", divide="ignore"):
            variances = (first_square - of_first**2 / n_pairs) * (second_square - of_second**2 / n_pairs)
            return ((of_products - of_first * of_second / n_pairs) / np.sqrt(variances))[None]

    return WithoutStimuli(
        *(correlation(sums, n_stimuli - n_out) for n_out, sums in enumerate(_sums_without_stimuli(entries, n_stimuli)))
    )


def _sums_without_stimuli(entries: np.ndarray, n_stimuli: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum over pairs: all (n_entries,), those without each stimulus, and those without the two of each pair."""
    first, second = stimuli_of_pairs(n_stimuli)
    square = np.zeros((len(entries), n_stimuli, n_stimuli))
    square[:, first, second] = entries
    of_stimuli = square.sum(axis=1) + square.sum(axis=2)
    total = entries.sum(axis=1)
    without_two = total[:, None] - of_stimuli[:, first] - of_stimuli[:, second] + entries
    return total, total[:, None] - of_stimuli, without_two
