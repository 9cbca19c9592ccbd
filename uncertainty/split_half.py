"""Split-half reliability over repetitions, corrected to the full number of repetitions by Spearman-Brown."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidArraysError
from .correlation import pearson
from .nan_mean import nan_mean

# This many half means are held at a time: they stay in the cache.
_HALF_MEANS_PER_BLOCK = 1 << 17
_NEUROIDS_PER_BLOCK = 1024


def spearman_brown(correlation: NDArray[Any] | float, n_times: float = 2.0) -> NDArray[Any] | float:
    """Predict the reliability of the mean over more trials from the correlation between means over fewer.

    Parameters
    ----------
    correlation : array or float
        Between means over equally many trials.
    n_times : float
        How many times as many trials there are in all: 2 for halves of an even number, n / (n // 2) for n.

    Notes
    -----
    Spearman 1910, Brown 1910: ``k r / (1 + (k - 1) r)`` for k times as many.
    """
    return n_times * correlation / (1 + (n_times - 1) * correlation)


def half_means(
    trials: NDArray[Any], n_splits: int, generator: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any]]:
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
    _, n_stimuli, n_neuroids = trials.shape
    first = np.empty((n_splits, n_stimuli, n_neuroids), dtype=trials.dtype)
    second = np.empty_like(first)
    for neuroids, halves, _ in _blocks_of_half_means(trials, n_splits, generator):
        first[:, :, neuroids] = halves[:, :n_splits].transpose(1, 0, 2)
        second[:, :, neuroids] = halves[:, n_splits:].transpose(1, 0, 2)
    return first, second


def split_half_reliability(trials: NDArray[Any], n_splits: int, generator: np.random.Generator) -> NDArray[Any]:
    """Estimate how reliable each neuroid's trial-averaged tuning over stimuli is.

    The half means are made and forgotten for a block of neuroids after the other: beside the trials, memory does not
    grow with the number of neuroids.

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
    array of shape (n_neuroids,)
        As :func:`neuroid_reliability` of :func:`half_means`.

    Raises
    ------
    InvalidArraysError
        If a neuroid has fewer than two trials of a stimulus.
    """
    reliability = np.empty(trials.shape[2])
    for neuroids, halves, n_times in _blocks_of_half_means(trials, n_splits, generator):
        correlations = pearson(halves[:, :n_splits], halves[:, n_splits:], axis=0)
        reliability[neuroids] = _reliability_of_correlations(correlations, n_times)
    return reliability


def _blocks_of_half_means(
    trials: NDArray[Any], n_splits: int, generator: np.random.Generator
) -> Iterator[tuple[NDArray[Any], NDArray[Any], float]]:
    """Yield indices of neuroids, their half means, and how many times as many trials as a half has there are.

    Half means have shape (n_stimuli, 2 * n_splits, n_indices), first halves first.
    """
    n_repetitions, n_stimuli, _ = trials.shape
    for neuroids in neuroids_of_the_same_presentations(trials):
        present = ~np.isnan(trials[:, :, neuroids[0]])
        n_trials = present.sum(axis=0)
        half_size = n_trials // 2
        if half_size.min() < 1:
            raise InvalidArraysError(
                f"Stimulus number {int(half_size.argmin())} has fewer than 2 trials for neuroid number "
                f"{int(neuroids[0])}: reliability over repetitions needs at least 2 of each stimulus."
            )
        keys = generator.random((n_splits, n_repetitions, n_stimuli))
        rank = _ranks_of_present(present, keys)
        in_halves = np.concatenate([rank < half_size, (rank >= half_size) & (rank < 2 * half_size)])
        # Contiguous: numpy multiplies strided stacks of matrices nearly ten times slower.
        weights = np.ascontiguousarray((in_halves / half_size).astype(trials.dtype).transpose(2, 0, 1))
        n_per_block = max(1, _HALF_MEANS_PER_BLOCK // (n_stimuli * 2 * n_splits))
        for start in range(0, len(neuroids), n_per_block):
            block = neuroids[start : start + n_per_block]
            # One small matrix product per stimulus: (splits x repetitions) @ (repetitions x neuroids).
            of_block = trials[:, :, as_slice(block)]
            if not present.all():
                of_block = np.where(present[:, :, None], of_block, 0)
            yield block, weights @ of_block.transpose(1, 0, 2), float(n_trials.mean() / half_size.mean())


def random_halves(present: NDArray[Any], n_splits: int, generator: np.random.Generator) -> NDArray[Any]:
    """Share out all trials of each stimulus between two halves, many times.

    A block of presentations (the same repetition of all stimuli) is in the same half for all stimuli, unless a stimulus
    lacks trials that others have. With an odd number of trials the second half has one more.

    Parameters
    ----------
    present : array of bool, shape (n_repetitions, n_stimuli)
        Which trials there are.
    n_splits : int
        How many random splits to make.
    generator : numpy.random.Generator
        Source of the splits.

    Returns
    -------
    array of bool, shape (n_splits, 2, n_repetitions, n_stimuli)
    """
    keys = generator.random((n_splits, len(present), 1))
    rank = _ranks_of_present(present, keys)
    first = rank < present.sum(axis=0) // 2
    return np.stack([first & present, present & ~first], axis=1)


def _ranks_of_present(present: NDArray[Any], keys: NDArray[Any]) -> NDArray[Any]:
    """Rank the trials of each stimulus by random keys (n_splits, n_repetitions, ...), those that are missing last."""
    return np.where(present, keys, np.inf).argsort(axis=1).argsort(axis=1)


def as_slice(indices: NDArray[Any]) -> NDArray[Any] | slice:
    """Return ascending indices as a slice where they leave no gap: indexing by it makes no copy."""
    is_range = indices[-1] - indices[0] + 1 == len(indices)
    return slice(indices[0], indices[-1] + 1) if is_range else indices


def neuroids_of_the_same_presentations(
    trials: NDArray[Any], stimuli: NDArray[Any] | None = None, neuroids: NDArray[Any] | None = None
) -> list[NDArray[Any]]:
    """Group neuroids by the trials they have; those of a mouse share them.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Responses, NaN where a neuroid has no trial.
    stimuli : array of int, optional
        Whose trials count; by default all.
    neuroids : array of int, optional
        The neuroids to group, ascending; by default all.

    Returns
    -------
    list of array of int
        Indices of the neuroids of each group, ascending.
    """
    patterns: dict[bytes, list[int]] = {}
    neuroids = np.arange(trials.shape[2]) if neuroids is None else neuroids
    for start in range(0, len(neuroids), _NEUROIDS_PER_BLOCK):
        block = neuroids[start : start + _NEUROIDS_PER_BLOCK]
        of_block = trials[:, :, as_slice(block)]
        missing = np.isnan(of_block if stimuli is None else of_block[:, stimuli])
        if not missing.any():  # as in most recordings
            pattern = np.packbits(~missing[:, :, 0]).tobytes()
            patterns.setdefault(pattern, []).extend(block.tolist())
            continue
        packed = np.packbits(~missing.reshape(-1, missing.shape[2]), axis=0)
        for neuroid, column in zip(block.tolist(), np.ascontiguousarray(packed.T), strict=True):
            patterns.setdefault(column.tobytes(), []).append(neuroid)
    return [np.array(patterns[pattern]) for pattern in sorted(patterns)]


def neuroid_reliability(first: NDArray[Any], second: NDArray[Any], n_times: float = 2.0) -> NDArray[Any]:
    """Estimate how reliable each neuroid's trial-averaged tuning over stimuli is.

    Parameters
    ----------
    first, second : array of shape (n_splits, n_stimuli, n_neuroids)
        Half means, from :func:`half_means`.
    n_times : float
        How many times as many trials as a half has there are, see :func:`spearman_brown`.

    Returns
    -------
    array of shape (n_neuroids,)
        Pearson correlation between halves, averaged over splits, Spearman-Brown corrected. NaN for a neuroid that
        is constant within a half in every split; a split in which it is constant is left out of its average.
    """
    # One split at a time: a float64 copy of all splits could be large.
    correlations = np.stack([pearson(a, b, axis=0) for a, b in zip(first, second, strict=True)])
    return _reliability_of_correlations(correlations, n_times)


def _reliability_of_correlations(correlations: NDArray[Any], n_times: float) -> NDArray[Any]:
    """Average over splits (the first axis) where defined, and correct to all repetitions."""
    return np.asarray(spearman_brown(nan_mean(correlations), n_times))
