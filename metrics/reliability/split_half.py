"""Split-half reliability over repetitions, corrected to the full number of repetitions by Spearman-Brown."""

import numpy as np

from ...core.errors import InvalidArraysError
from ..correlation import pearson


def spearman_brown(half_correlation: np.ndarray | float) -> np.ndarray | float:
    """Predict the reliability of all repetitions from the correlation between halves of them.

    Source: Spearman 1910, Brown 1910: ``2 r / (1 + r)``.
    """
    return 2 * half_correlation / (1 + half_correlation)


def half_means(trials: np.ndarray, n_splits: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Average two random, disjoint, equally large halves of the repetitions, many times.

    Neuroids recorded in the same presentations (a mouse) are split alike, which keeps the correlations of their
    noise; other groups are split independently. With an odd number of trials one trial is left out of each split.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Responses, NaN where a neuroid has no trial.
    n_splits : int
        How many random splits to make.
    generator : numpy.random.Generator
        Source of the splits.

    Returns
    -------
    first, second : array of shape (n_splits, n_stimuli, n_neuroids)
        The means over each half.

    Raises
    ------
    InvalidArraysError
        If a neuroid has fewer than two trials of a stimulus.
    """
    n_repetitions, n_stimuli, n_neuroids = trials.shape
    present = ~np.isnan(trials)
    patterns, group_of_neuroid = np.unique(
        np.packbits(present.reshape(-1, n_neuroids), axis=0), axis=1, return_inverse=True
    )
    first = np.empty((n_splits, n_stimuli, n_neuroids), dtype=trials.dtype)
    second = np.empty_like(first)
    for group in range(patterns.shape[1]):
        neuroids = np.flatnonzero(group_of_neuroid.ravel() == group)
        group_present = present[:, :, neuroids[0]]
        half_size = group_present.sum(axis=0) // 2
        if half_size.min() < 1:
            raise InvalidArraysError(
                f"Stimulus number {int(half_size.argmin())} has fewer than 2 trials for neuroid number "
                f"{int(neuroids[0])}: reliability over repetitions needs at least 2 of each stimulus."
            )
        keys = generator.random((n_splits, n_repetitions, n_stimuli))
        rank = np.where(group_present, keys, np.inf).argsort(axis=1).argsort(axis=1)
        # One small matrix product per stimulus: (splits x repetitions) @ (repetitions x neuroids).
        by_stimulus = np.nan_to_num(trials[:, :, neuroids]).transpose(1, 0, 2)
        for half, in_half in (
            (first, rank < half_size),
            (second, (rank >= half_size) & (rank < 2 * half_size)),
        ):
            weights = (in_half / half_size).astype(trials.dtype).transpose(2, 0, 1)
            half[:, :, neuroids] = np.matmul(weights, by_stimulus).transpose(1, 0, 2)
    return first, second


def neuroid_reliability(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Estimate how reliable each neuroid's trial-averaged tuning over stimuli is.

    Parameters
    ----------
    first, second : array of shape (n_splits, n_stimuli, n_neuroids)
        Half means, from :func:`half_means`.

    Returns
    -------
    array of shape (n_neuroids,)
        Pearson correlation between halves, averaged over splits, Spearman-Brown corrected. NaN for a neuroid that
        is constant within a half in every split; a split in which it is constant is left out of its average.
    """
    # One split at a time: a float64 copy of all splits could be large.
    correlations = np.stack([pearson(a, b, axis=0) for a, b in zip(first, second, strict=True)])
    defined = ~np.isnan(correlations)
    with np.errstate(invalid="ignore"):
        mean = np.where(defined, correlations, 0).sum(axis=0) / defined.sum(axis=0)
    return np.asarray(spearman_brown(mean))
