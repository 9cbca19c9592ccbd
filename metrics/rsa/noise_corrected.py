"""The correlation of a model's RDM with the noise-free RDM of a population, in many selections of stimuli at once."""

from dataclasses import dataclass

import numpy as np

from ...uncertainty.correlation import ranks
from .bootstrap import pair_sums, pairs_in_draws
from .comparison import Correlation


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
    """All that is needed of pairs of half RDMs, for any number of models and selections of stimuli.

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


def half_correlations(models: np.ndarray, halves: HalfStatistics, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlate models with half RDMs, and these with each other, in selections of the stimuli.

    Ranks are those among all stimuli: leaving out a stimulus hardly changes them.

    Parameters
    ----------
    models : array of shape (n_models, n_pairs)
        Standardized RDMs.
    halves : HalfStatistics
        Of the recordings.
    counts : array of int, shape (n_draws, n_stimuli)
        How often each stimulus is in each selection.

    Returns
    -------
    with_models : array of shape (n_models, n_draws)
        Correlation of each model with a half, averaged over splits and halves.
    between_halves : array of shape (n_draws,)
        Correlation of the two halves, averaged over splits.
    """
    if (counts == 1).all():  # nothing is left out, so that all sums of squares are 1
        ones = np.ones(len(counts))
        return (models @ halves.mean)[:, None] * ones, halves.mean_product.sum() * ones
    n_models = len(models)
    of_halves = [halves.mean, halves.mean_square, halves.mean_product]
    sums = pair_sums(np.concatenate([models, models**2, models * halves.mean, of_halves]), counts)
    n_pairs = pairs_in_draws(counts)
    of_models, of_squares, of_products = (sums[number * n_models : (number + 1) * n_models] for number in range(3))
    mean, mean_square, mean_product = sums[3 * n_models :]
    with np.errstate(invalid="ignore", divide="ignore"):
        halves_variance = mean_square - mean**2 / n_pairs
        covariance = of_products - of_models * mean / n_pairs
        with_models = covariance / np.sqrt((of_squares - of_models**2 / n_pairs) * halves_variance)
        return with_models, (mean_product - mean**2 / n_pairs) / halves_variance
