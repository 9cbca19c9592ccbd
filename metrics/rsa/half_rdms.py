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
from ...uncertainty.split_half import random_halves
from .rdm import stimuli_of_pairs

# A squared length is not taken to be a smaller part of the measured one: it would be nothing but noise.
_LEAST_SIGNAL = 0.1


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


def half_patterns(trials: np.ndarray, n_splits: int, generator: np.random.Generator) -> HalfPatterns:
    """Split the repetitions of one mouse in random halves and describe the patterns of each.

    See :func:`~brainscore_mouse.uncertainty.split_half.random_halves`.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Responses of neuroids recorded in the same presentations; NaN where a stimulus has no such trial.
    n_splits : int
        How many random splits to make.
    generator : numpy.random.Generator
        Source of the splits.

    Raises
    ------
    InvalidArraysError
        If a stimulus has fewer than two trials.
    """
    present = ~np.isnan(trials).any(axis=2)
    n_trials = present.sum(axis=0)
    if n_trials.min() < 2:
        raise InvalidArraysError(
            f"Stimulus number {int(n_trials.argmin())} has {n_trials.min()} complete trials; a ceiling needs at least "
            "2 of each stimulus."
        )
    # Relative to their mean, squares lose little in the differences below.
    offsets = np.nanmean(trials, axis=0)
    responses = np.where(present[:, :, None], trials - offsets, 0.0).transpose(1, 0, 2)
    responses = np.ascontiguousarray(responses, dtype=np.float64)
    sums = responses.sum(axis=2)
    squares = responses**2
    halves = random_halves(present, n_splits, generator).transpose(3, 0, 1, 2).astype(np.float64)
    n_stimuli, n_repetitions = sums.shape
    halves = halves.reshape(n_stimuli, 2 * n_splits, n_repetitions)
    counts = halves.sum(axis=2)

    def mean_and_noise(values: np.ndarray, squared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = halves @ values / counts[..., None]
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = (halves @ squared - counts[..., None] * mean**2) / (counts[..., None] - 1)
        return mean, variance.sum(axis=2) / counts

    deviations, noise = mean_and_noise(responses, squares)
    _, noise_of_sums = mean_and_noise(sums[..., None], sums[..., None] ** 2)
    patterns = (deviations + offsets[:, None, :]).transpose(1, 0, 2).reshape(n_splits, 2, n_stimuli, -1)
    by_half = (n_splits, 2, n_stimuli)
    alone = counts.T.reshape(by_half) < 2
    return HalfPatterns(
        grams=patterns @ patterns.transpose(0, 1, 3, 2),
        crossed=(patterns[:, 0] * patterns[:, 1]).sum(axis=2),
        sums=patterns.sum(axis=3),
        noise=np.where(alone, np.nan, noise.T.reshape(by_half)),
        noise_of_sums=np.where(alone, np.nan, noise_of_sums.T.reshape(by_half)),
        n_neuroids=trials.shape[2],
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
