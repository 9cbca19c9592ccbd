"""RDMs of two halves of the repetitions, corrected for what noise does to a correlation distance.

Noise makes patterns longer but not their inner products larger (each stimulus has trials of its own), so
it pulls correlations towards zero, more so for stimuli that drive the population little: it shapes the RDM. Here each
half's patterns get the length that they would have without noise. The rest of the noise is independent between the
halves, and the correlation of their RDMs says how much it weakens a correlation with a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ...core.errors import InvalidArraysError
from ...uncertainty.split_half import as_slice, random_halves
from .rdm import stimuli_of_pairs

# A squared length is not taken to be a smaller part of the measured one: it would be nothing but noise.
_LEAST_SIGNAL = 0.1
# Fifty trials of sixty stimuli stay in the processor's cache.
_NEUROIDS_PER_BLOCK = 48


@dataclass(frozen=True)
class HalfPatterns:
    """What the RDMs of the halves need to know of a population; that of several mice is the sum (:func:`together`).

    Attributes
    ----------
    grams : array of shape (n_splits, 2, n_stimuli, n_stimuli)
        Inner products of the stimuli's mean patterns, in each half.
    crossed : array of shape (n_splits, n_stimuli)
        Inner products of each stimulus' patterns in the two halves.
    sums : array of shape (n_splits, 2, n_stimuli)
        Sums over neuroids of the mean patterns.
    noise : array of shape (n_splits, 2, n_stimuli)
        Variance of the means, summed over neuroids; NaN with a single trial.
    noise_of_sums : array of shape (n_splits, 2, n_stimuli)
        Variance of `sums`: it differs from `noise` where neuroids share noise.
    n_neuroids : int
    """

    grams: np.ndarray
    crossed: np.ndarray
    sums: np.ndarray
    noise: np.ndarray
    noise_of_sums: np.ndarray
    n_neuroids: int


def half_patterns(
    trials: np.ndarray,
    n_splits: int,
    generator: np.random.Generator,
    stimuli: np.ndarray | None = None,
    neuroids: np.ndarray | None = None,
) -> HalfPatterns:
    """Split the repetitions of one mouse in random halves and describe the patterns of each.

    See :func:`~brainscore_mouse.uncertainty.split_half.random_halves`. Neuroids are taken in blocks: beside the trials,
    memory does not grow with their number.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_all_stimuli, n_all_neuroids)
        Responses of neuroids recorded in the same presentations; NaN where a stimulus has no such trial.
    n_splits : int
        How many random splits to make.
    generator : numpy.random.Generator
        Source of the splits.
    stimuli, neuroids : array of int, optional
        Those to describe; by default all.

    Raises
    ------
    InvalidArraysError
        If a stimulus has fewer than two trials.
    """
    stimuli = np.arange(trials.shape[1]) if stimuli is None else stimuli
    neuroids = np.arange(trials.shape[2]) if neuroids is None else neuroids
    present = ~np.isnan(trials[:, stimuli, neuroids[0]])
    n_trials = present.sum(axis=0)
    if n_trials.min() < 2:
        raise InvalidArraysError(
            f"Stimulus number {int(n_trials.argmin())} has {n_trials.min()} trials; a ceiling needs at least "
            "2 of each stimulus."
        )
    n_repetitions, n_stimuli = present.shape
    # Contiguous: numpy multiplies strided stacks of matrices nearly ten times slower.
    halves = np.ascontiguousarray(random_halves(present, n_splits, generator).transpose(3, 0, 1, 2), dtype=np.float64)
    halves = halves.reshape(n_stimuli, 2 * n_splits, n_repetitions)
    counts = halves.sum(axis=2)
    by_half = (n_splits, 2, n_stimuli)
    grams, crossed = np.zeros((*by_half, n_stimuli)), np.zeros((n_splits, n_stimuli))
    sums, squared_means = np.zeros(by_half), np.zeros(counts.shape)
    sums_of_trials, squares_of_trials = np.zeros((2, n_stimuli, n_repetitions))
    absent = None if present.all() else ~present.T
    # Of thousands of stimuli, adding up products takes longer than the products of a small block.
    n_per_block = max(_NEUROIDS_PER_BLOCK, n_stimuli // 2)
    for start in range(0, len(neuroids), n_per_block):
        block = as_slice(neuroids[start : start + n_per_block])
        # Repetitions are last: in single precision numpy's mean depends on the order in memory, and scores must not.
        of_block = np.ascontiguousarray(trials[:, :, block].transpose(2, 1, 0)[:, stimuli])
        # Relative to their mean, squares lose little in the differences below.
        offsets = of_block.mean(axis=2) if absent is None else np.nanmean(of_block, axis=2)
        of_block -= offsets[:, :, None]
        if absent is not None:
            np.copyto(of_block, 0.0, where=absent)
        responses = np.ascontiguousarray(of_block.transpose(1, 2, 0), dtype=np.float64)
        sums_of_trials += responses.sum(axis=2)
        squares_of_trials += np.einsum("srn,srn->sr", responses, responses)
        deviations = halves @ responses / counts[..., None]
        squared_means += np.einsum("shn,shn->sh", deviations, deviations)
        patterns = (deviations + offsets.T[:, None, :]).transpose(1, 0, 2).reshape(*by_half, -1)
        grams += patterns @ patterns.transpose(0, 1, 3, 2)
        crossed += (patterns[:, 0] * patterns[:, 1]).sum(axis=2)
        sums += patterns.sum(axis=3)

    def noise_of_means(squares: np.ndarray, squared_means: np.ndarray) -> np.ndarray:
        """Return the variance of means, from the squares of trials (n_stimuli, n_repetitions) and of means."""
        of_halves = (halves @ squares[..., None])[..., 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = (of_halves - counts * squared_means) / (counts - 1) / counts
        return np.where(counts < 2, np.nan, variance).T.reshape(by_half)

    means_of_sums = (halves @ sums_of_trials[..., None])[..., 0] / counts
    return HalfPatterns(
        grams=grams,
        crossed=crossed,
        sums=sums,
        noise=noise_of_means(squares_of_trials, squared_means),
        noise_of_sums=noise_of_means(sums_of_trials**2, means_of_sums**2),
        n_neuroids=len(neuroids),
    )


def together(parts: Sequence[HalfPatterns]) -> HalfPatterns:
    """Pool the neuroids of several mice, whose noise is independent."""
    return HalfPatterns(**{name.name: sum(getattr(part, name.name) for part in parts) for name in fields(HalfPatterns)})


def half_rdms(patterns: HalfPatterns) -> np.ndarray:
    """Return correlation distances of the halves' patterns, corrected for noise.

    Parameters
    ----------
    patterns : HalfPatterns

    Returns
    -------
    array of shape (n_splits, 2, n_pairs)
        Upper triangles of ``1 - c_ij / sqrt(v_i v_j)``: c are inner products of patterns less their mean over neuroids,
        v their squared lengths without noise. These are ``c_ii`` less the variance of the mean over the half's trials.
        Where a half has a single trial they are ``c_ii`` times the correlation of the stimulus' patterns in the two
        halves, averaged over splits. They are at least a tenth of ``c_ii``. NaN where a pattern does not vary over
        neuroids.
    """
    n_neuroids = patterns.n_neuroids
    measured = np.einsum("shii->shi", patterns.grams) - patterns.sums * patterns.sums / n_neuroids
    measured = np.where(measured > 0, measured, np.nan)
    if np.isnan(patterns.noise).any():
        crossed = patterns.crossed - patterns.sums[:, 0] * patterns.sums[:, 1] / n_neuroids
        signal = measured * (crossed / np.sqrt(measured[:, 0] * measured[:, 1])).mean(axis=0)
    else:
        signal = measured - (patterns.noise - patterns.noise_of_sums / n_neuroids)
    lengths = np.sqrt(np.maximum(signal, _LEAST_SIGNAL * measured))
    first, second = stimuli_of_pairs(lengths.shape[-1])
    pairs = np.empty((*lengths.shape[:2], len(first)))
    for half in np.ndindex(lengths.shape[:2]):  # one after the other, for their size
        products = patterns.grams[half][first, second]
        products -= patterns.sums[half][first] * patterns.sums[half][second] / n_neuroids
        products /= lengths[half][first] * lengths[half][second]
        np.subtract(1, products, out=pairs[half])
    return pairs
