"""Sums over the trials of each stimulus."""

from dataclasses import dataclass

import numpy as np

# Summed up at a time: they stay in the processor's cache, and beside the sums memory does not grow.
_RESPONSES_PER_BLOCK = 1 << 16


@dataclass(frozen=True)
class TrialSums:
    """Sums over the trials of each stimulus.

    Attributes
    ----------
    counts, sums, squares : array of shape (n_stimuli, n_neuroids)
        How many trials there are, the sum of their responses, and of the squares.
    """

    counts: np.ndarray
    sums: np.ndarray
    squares: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """Mean responses, NaN where a neuroid has no trial."""
        with np.errstate(invalid="ignore"):
            means: np.ndarray = self.sums / self.counts
        return means

    @classmethod
    def of_trials(cls, trials: np.ndarray) -> "TrialSums":
        """Sum up trials of shape (n_repetitions, n_stimuli, n_neuroids), NaN where a neuroid has none."""
        n_repetitions, n_stimuli, n_neuroids = trials.shape
        counts = np.empty((n_stimuli, n_neuroids), dtype=np.int64)
        sums, squares = np.empty((n_stimuli, n_neuroids)), np.empty((n_stimuli, n_neuroids))
        stimuli_per_block = max(1, _RESPONSES_PER_BLOCK // (n_repetitions * n_neuroids))
        for start in range(0, n_stimuli, stimuli_per_block):
            block = slice(start, start + stimuli_per_block)
            responses = trials[:, block].astype(np.float64)
            absent = np.isnan(responses)
            counts[block] = n_repetitions - np.count_nonzero(absent, axis=0)
            np.copyto(responses, 0.0, where=absent)
            sums[block] = responses.sum(axis=0)
            squares[block] = (responses**2).sum(axis=0)
        return cls(counts, sums, squares)
