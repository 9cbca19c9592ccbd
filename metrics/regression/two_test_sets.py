"""Stimuli to hold out from readouts."""

import numpy as np

from ...uncertainty.grouped_splits import grouped_tests


def two_test_sets(stimuli: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Share out stimuli at random between two equally large test sets; what is left over is in none.

    Parameters
    ----------
    stimuli : array of int, shape (n_stimuli,)
        What to share out.
    groups : array of int, shape (n_stimuli,)
        The same number for stimuli that show the same picture: they are in one set, or in none.
    seed : int
        Seed of the draws.

    Returns
    -------
    array of int, shape (2, n_test)
        Each set is predicted by a readout that was fitted without it.

    Raises
    ------
    UnreliableDataError
        If there are fewer than two different pictures.
    """
    generator = np.random.default_rng(seed)
    n_test = len(stimuli) // 2
    while True:
        (first,) = grouped_tests(groups, n_test, 1, generator)
        others = np.setdiff1d(np.arange(len(stimuli)), first)
        (second,) = grouped_tests(groups[others], len(first), 1, generator)
        if len(second) == len(first):
            return stimuli[np.stack([first, others[second]])]
        n_test = len(second)  # whole pictures do not add up to as many a second time
