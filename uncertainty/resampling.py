"""Selections of stimuli, and of mice with their neuroids, that several models are compared in."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..core.errors import InvalidParameterError

Over = Literal["stimuli", "mice", "both"]


@dataclass(frozen=True)
class Resamples:
    """How often each stimulus and each neuroid is in each draw; one object serves all models, which pairs them.

    Attributes
    ----------
    stimuli : array of int, shape (n_draws, n_stimuli)
        All ones where all stimuli are kept.
    neuroids : array of int, shape (n_draws, n_neuroids)
        All ones where all mice are kept.
    """

    stimuli: np.ndarray
    neuroids: np.ndarray

    @classmethod
    def as_recorded(cls, n_stimuli: int, n_neuroids: int) -> "Resamples":
        """Return a single draw of everything once."""
        return cls(np.ones((1, n_stimuli), dtype=np.int64), np.ones((1, n_neuroids), dtype=np.int64))


@dataclass(frozen=True)
class DistinctResamples:
    """Draws, with what is the same in several of them said once.

    Attributes
    ----------
    stimuli : array of int, shape (n_distinct, n_stimuli)
    neuroids : array of int, shape (n_other_distinct, n_neuroids)
    stimuli_of_draw, neuroids_of_draw : array of int, shape (n_draws,)
        Which rows make each draw.
    """

    stimuli: np.ndarray
    neuroids: np.ndarray
    stimuli_of_draw: np.ndarray
    neuroids_of_draw: np.ndarray


def distinct_resamples(resamples: Resamples) -> DistinctResamples:
    """Find the distinct selections of stimuli and of neuroids."""
    stimuli, stimuli_of_draw = np.unique(resamples.stimuli, axis=0, return_inverse=True)
    neuroids, neuroids_of_draw = np.unique(resamples.neuroids, axis=0, return_inverse=True)
    return DistinctResamples(stimuli, neuroids, stimuli_of_draw.ravel(), neuroids_of_draw.ravel())


def check_over(over: str) -> None:
    """Raise InvalidParameterError unless `over` is 'stimuli', 'mice' or 'both'."""
    if over not in get_args(Over):
        raise InvalidParameterError(f"over is {over!r}; use one of {get_args(Over)}.")


def hierarchical_counts(subjects: np.ndarray, n_draws: int, generator: np.random.Generator) -> np.ndarray:
    """Draw mice with replacement, and of each drawn mouse as many neuroids as it has, with replacement.

    Parameters
    ----------
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from. With a single mouse only its neuroids are drawn.
    n_draws : int
        How many draws to make.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    array of int, shape (n_draws, n_neuroids)
        How often each neuroid is in each draw.
    """
    mice, mouse_of_neuroid = np.unique(subjects, return_inverse=True)
    of_mice = bootstrap_counts(len(mice), n_draws, generator)
    counts = np.empty((n_draws, len(subjects)), dtype=np.int64)
    for number in range(len(mice)):
        neuroids = np.flatnonzero(mouse_of_neuroid == number)
        share = np.full(len(neuroids), 1 / len(neuroids))
        counts[:, neuroids] = generator.multinomial(of_mice[:, number] * len(neuroids), share)
    return counts


def bootstrap_counts(n_stimuli: int, n_draws: int, generator: np.random.Generator) -> np.ndarray:
    """Draw stimuli with replacement and count how often each was drawn, shape (n_draws, n_stimuli)."""
    return generator.multinomial(n_stimuli, np.full(n_stimuli, 1 / n_stimuli), size=n_draws)
