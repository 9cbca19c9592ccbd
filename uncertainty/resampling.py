"""Draws of stimuli, and of mice with their neuroids, that several models are compared in."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidParameterError

Over = Literal["stimuli", "mice", "both"]


@dataclass(frozen=True)
class Resamples:
    """How often each stimulus and each neuroid is in each draw; one object serves all models, which pairs them.

    Attributes
    ----------
    stimuli : array of int, shape (n_draws, n_stimuli)
        All ones where stimuli are not resampled.
    neuroids : array of int, shape (n_draws, n_neuroids)
        All ones where mice are not resampled.
    """

    stimuli: NDArray[Any]
    neuroids: NDArray[Any]

    @classmethod
    def as_recorded(cls, n_stimuli: int, n_neuroids: int) -> "Resamples":
        """Return a single draw of everything once."""
        return cls(np.ones((1, n_stimuli), dtype=np.int64), np.ones((1, n_neuroids), dtype=np.int64))


def draw(n_stimuli: int, subjects: NDArray[Any], n_draws: int, over: Over, seed: int) -> Resamples:
    """Draw stimuli, or mice with their neuroids, or both, with replacement.

    Stimuli and mice have random numbers of their own, so that recordings of the same number of stimuli (the areas of a
    dataset) share the draws of stimuli.

    Parameters
    ----------
    n_stimuli : int
        How many stimuli there are.
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from.
    n_draws : int
        How many draws to make, at least two.
    over : {'stimuli', 'mice', 'both'}
        What is resampled; the rest stays as it was recorded.
    seed : int
        Seed of all draws.

    Raises
    ------
    InvalidParameterError
        If `over` is unknown, or there are less than two draws.
    """
    if over not in get_args(Over):
        raise InvalidParameterError(f"over is {over!r}; use one of {get_args(Over)}.")
    if n_draws < 2:
        raise InvalidParameterError(f"n_draws is {n_draws}; at least 2 are needed, and 1000 for an interval.")
    of_stimuli, of_mice = (np.random.default_rng([seed, number]) for number in range(2))
    stimuli = np.ones((n_draws, n_stimuli), dtype=np.int64)
    neuroids = np.ones((n_draws, len(subjects)), dtype=np.int64)
    if over != "mice":
        stimuli = bootstrap_counts(n_stimuli, n_draws, of_stimuli)
    if over != "stimuli":
        neuroids = hierarchical_counts(subjects, n_draws, of_mice)
    return Resamples(stimuli, neuroids)


def hierarchical_counts(subjects: NDArray[Any], n_draws: int, generator: np.random.Generator) -> NDArray[Any]:
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


def bootstrap_counts(n_stimuli: int, n_draws: int, generator: np.random.Generator) -> NDArray[Any]:
    """Draw stimuli with replacement and count how often each was drawn, shape (n_draws, n_stimuli)."""
    return generator.multinomial(n_stimuli, np.full(n_stimuli, 1 / n_stimuli), size=n_draws)
