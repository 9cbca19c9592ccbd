"""Means over halves of the repetitions, and the noise in each of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...uncertainty.split_half import neuroids_of_the_same_presentations, random_halves
from .pooled import signal_share

# With fewer, a half has a single trial, which does not show its noise.
_LEAST_TRIALS_TO_SPLIT = 4


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
    return signal_share(summary.means, summary.noise) >= min_reliability


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
    parts = []
    for of_mouse in mice:
        for group in neuroids_of_the_same_presentations(trials[:, :, of_mouse]):
            neuroids = of_mouse[group]
            of_group = trials[:, :, neuroids].astype(np.float64)
            present = ~np.isnan(of_group[:, :, 0])
            selected = selections(present).transpose(2, 0, 1).astype(np.float64)
            n_trials = selected.sum(axis=2)[..., None]
            of_group = np.where(present[:, :, None], of_group, 0.0)
            common = of_group.sum(axis=1, keepdims=True) / np.maximum(present.sum(axis=1), 1)[:, None, None]
            # Relative to the stimulus' mean, squares lose little in the differences below.
            deviations = of_group - common
            deviations -= deviations.sum(axis=0) / present.sum(axis=0)[:, None]
            deviations = np.where(present[:, :, None], deviations, 0.0).transpose(1, 0, 2)
            means = selected @ np.ascontiguousarray(of_group.transpose(1, 0, 2)) / n_trials
            mean_deviations = selected @ np.ascontiguousarray(deviations) / n_trials
            with np.errstate(invalid="ignore", divide="ignore"):
                variance = (selected @ deviations**2 - n_trials * mean_deviations**2) / (n_trials - 1)
            noise = np.maximum(variance, 0.0) / n_trials * n_stimuli / (n_stimuli - 1)
            parts.append((neuroids, means, noise, n_trials.mean(axis=(0, 2))))
    summaries = []
    for number in range(len(parts[0][3])):
        means, noise = np.empty((n_stimuli, n_neuroids)), np.empty((n_stimuli, n_neuroids))
        for neuroids, of_means, of_noise, _ in parts:
            means[:, neuroids], noise[:, neuroids] = of_means[:, number], of_noise[:, number]
        summaries.append(TrialSummary(means, noise, float(np.mean([part[3][number] for part in parts]))))
    return summaries
