"""Keeping count of predictions for corrupted stimuli, over splits."""

from collections.abc import Mapping, Sequence

import numpy as np

from .corrupted_sets import Corruption


class CorruptionTally:
    """Which stimuli were classified correctly, in which corruption, by the readouts of several splits.

    Its statistics are of weighted sums over corruptions of a stimulus's hits (1: correct, 0: wrong): so a stimulus
    counts once in an error, in however many corruptions it was shown.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._split: list[int] = []
        self._hits: dict[Corruption, list[np.ndarray]] = {}

    def add(self, stimulus_ids: Sequence[str], hits: Mapping[Corruption, np.ndarray]) -> None:
        """Count the predictions of one split.

        Parameters
        ----------
        stimulus_ids : sequence of str
            Of the tested stimuli as they are.
        hits : mapping of Corruption to np.ndarray of shape (n_stimuli,)
            Whether each was classified correctly; the same corruptions in each split.
        """
        split = self._split[-1] + 1 if self._split else 0
        self._ids += stimulus_ids
        self._split += [split] * len(stimulus_ids)
        for corruption, values in hits.items():
            self._hits.setdefault(corruption, []).append(np.asarray(values, np.float64))

    @property
    def n_stimuli(self) -> int:
        """Number of different stimuli."""
        return len(set(self._ids))

    def mean(self, weights: Mapping[Corruption, float]) -> float:
        """Return the mean over splits."""
        return float(self._means(weights, self._split).mean())

    def error(self, weights: Mapping[Corruption, float]) -> float:
        """Return the standard error of the mean: the larger of that over splits and that over stimuli.

        Each split tests stimuli of its own, so that the spread over splits holds that over stimuli.
        """
        return float(np.fmax(self.error_over_seeds(weights), self.error_over_stimuli(weights)))

    def error_over_seeds(self, weights: Mapping[Corruption, float]) -> float:
        """Return the standard error over splits; NaN of a single one."""
        return _standard_error(self._means(weights, self._split))

    def error_over_stimuli(self, weights: Mapping[Corruption, float]) -> float:
        """Return the standard error over stimuli, each averaged over the splits that tested it; NaN of a single one."""
        return _standard_error(self._means(weights, self._ids))

    def _means(self, weights: Mapping[Corruption, float], groups: Sequence[str] | Sequence[int]) -> np.ndarray:
        """Return the mean of the weighted sums in each group of presentations: (n_groups,)."""
        sums = np.zeros(len(self._ids))
        for corruption, weight in weights.items():
            sums += weight * np.concatenate(self._hits[corruption])
        _, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        return np.bincount(group_of, weights=sums) / sizes


def _standard_error(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
