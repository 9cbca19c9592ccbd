"""Means over halves of the repetitions, and the noise in each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...uncertainty.split_half import as_slice, neuroids_of_the_same_presentations, random_halves
from .pooled import signal_share

# With fewer, a half has a single trial, which does not show its noise.
_LEAST_TRIALS_TO_SPLIT = 4
# Fifty trials of a hundred stimuli stay in the processor's cache, and beside the result memory does not grow.
_NEUROIDS_PER_BLOCK = 32


@dataclass(frozen=True)
class TrialSummary:
    """Means over trials.

    Attributes
    ----------
    means : array of shape (n_stimuli, n_neuroids)
    noise : array of shape (n_stimuli, n_neuroids)
        Variance of each mean, estimated from the spread of its trials around it.
    n_trials : float
        Trials of a stimulus, on average.
    """

    means: np.ndarray
    noise: np.ndarray
    n_trials: float

    @cached_property
    def reliability(self) -> np.ndarray:
        """Of each neuroid's means over all stimuli, shape (n_neuroids,); see `signal_share`."""
        return signal_share(self.means, self.noise)


def summarized_trials(trials: np.ndarray) -> TrialSummary:
    """Average trials and estimate the noise that is left.

    What a repetition adds to all stimuli alike (a drift) is no noise of the differences between stimuli: it is
    subtracted before their spread is taken.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Responses, NaN where a neuroid has no trial.
    """
    (summary,) = _summaries(trials, lambda present: present[None])
    return summary


def reliable_neuroids(summary: TrialSummary, min_reliability: float) -> np.ndarray:
    """Tell which neuroids are as reliable in all their trials, boolean of shape (n_neuroids,); False if undefined."""
    return summary.reliability >= min_reliability


def halves_of_repetitions(
    trials: np.ndarray, subjects: np.ndarray, n_splits: int, generator: np.random.Generator
) -> list[tuple[TrialSummary, TrialSummary]]:
    """Split the repetitions in random halves, many times.

    Neuroids recorded in the same presentations are split alike; the mice are split independently.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Responses, NaN where a neuroid has no trial.
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from.
    n_splits : int
        How many random splits to make.
    generator : numpy.random.Generator
        Source of the splits.

    Returns
    -------
    list of (TrialSummary, TrialSummary)
        One pair for each split; none where a stimulus has fewer than four trials.
    """
    if (~np.isnan(trials)).sum(axis=0).min() < _LEAST_TRIALS_TO_SPLIT:
        return []

    def halves(present: np.ndarray) -> np.ndarray:
        return random_halves(present, n_splits, generator).reshape(2 * n_splits, *present.shape)

    found = _summaries(trials, halves, subjects)
    return list(zip(found[::2], found[1::2], strict=True))


def _summaries(
    trials: np.ndarray, selections: Callable[[np.ndarray], np.ndarray], subjects: np.ndarray | None = None
) -> list[TrialSummary]:
    """Summarize selections of the trials.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
    selections : callable
        Takes which trials there are, (n_repetitions, n_stimuli), and returns some of them for each selection, boolean
        of shape (n_selections, n_repetitions, n_stimuli).
    subjects : array of shape (n_neuroids,), optional
        Neuroids of different mice are not selected alike.
    """
    _, n_stimuli, n_neuroids = trials.shape
    mice = [np.arange(n_neuroids)] if subjects is None else [np.flatnonzero(subjects == m) for m in np.unique(subjects)]
    found: list[tuple[np.ndarray, np.ndarray]] = []
    n_trials_of_groups = []
    for of_mouse in mice:
        for group in neuroids_of_the_same_presentations(trials[:, :, as_slice(of_mouse)]):
            neuroids = of_mouse[group]
            present = ~np.isnan(trials[:, :, neuroids[0]])
            selected = np.ascontiguousarray(selections(present).transpose(2, 0, 1), dtype=np.float64)
            n_trials = selected.sum(axis=2)
            n_trials_of_groups.append(n_trials.mean(axis=0))
            found = found or [
                (np.empty((n_stimuli, n_neuroids)), np.empty((n_stimuli, n_neuroids))) for _ in n_trials_of_groups[0]
            ]
            for start in range(0, len(neuroids), _NEUROIDS_PER_BLOCK):
                block = neuroids[start : start + _NEUROIDS_PER_BLOCK]
                of_block = _means_and_noise(trials[:, :, as_slice(block)], present, selected, n_trials[..., None])
                for (means, noise), of_means, of_noise in zip(found, *of_block, strict=True):
                    means[:, block], noise[:, block] = of_means, of_noise
    n_trials_of_all = np.mean(n_trials_of_groups, axis=0)
    return [TrialSummary(*arrays, float(of_all)) for arrays, of_all in zip(found, n_trials_of_all, strict=True)]


def _means_and_noise(
    trials: np.ndarray, present: np.ndarray, selected: np.ndarray, n_trials: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return means of selected trials and the variance of each mean, both (n_selections, n_stimuli, n_neuroids).

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Of neuroids recorded in the same presentations.
    present : array of bool, shape (n_repetitions, n_stimuli)
        Which trials there are.
    selected : array of shape (n_stimuli, n_selections, n_repetitions)
        1 where a trial is selected, else 0.
    n_trials : array of shape (n_stimuli, n_selections, 1)
        How many are.
    """
    n_stimuli = trials.shape[1]
    absent = None if present.all() else ~present.T[:, :, None]
    # Contiguous: numpy multiplies strided stacks of matrices nearly ten times slower.
    responses = np.ascontiguousarray(trials.transpose(1, 0, 2), dtype=np.float64)
    if absent is not None:
        np.copyto(responses, 0.0, where=absent)
    common = responses.sum(axis=0) / np.maximum(present.sum(axis=1), 1)[:, None]
    # Relative to the stimulus' mean, squares lose little in the differences below.
    deviations = responses - common
    deviations -= (deviations.sum(axis=1) / present.sum(axis=0)[:, None])[:, None]
    if absent is not None:
        np.copyto(deviations, 0.0, where=absent)
    means = selected @ responses / n_trials
    mean_deviations = selected @ deviations / n_trials
    np.square(deviations, out=deviations)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (selected @ deviations - n_trials * mean_deviations**2) / (n_trials - 1)
    noise = np.maximum(variance, 0.0) / n_trials * n_stimuli / (n_stimuli - 1)
    return means.swapaxes(0, 1), noise.swapaxes(0, 1)
