"""Keeping count of predictions over seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .measures import confusion_matrix, expected_calibration_error


class DomainTally:
    """The predictions for a domain's stimuli, over several fits.

    Parameters
    ----------
    domain : str
        Its name.
    n_classes : int
        Number of classes.
    """

    def __init__(self, domain: str, n_classes: int):
        self.domain = domain
        self._confusion = np.zeros((n_classes, n_classes), int)
        self._calibration_errors: list[float] = []
        self._correct: dict[str, list[bool]] = {}
        self.accuracy_of_seed: list[float] = []

    def add(self, stimulus_ids: Sequence[str], probabilities: np.ndarray, labels: np.ndarray) -> None:
        """Count the predictions of one fit.

        Parameters
        ----------
        stimulus_ids : sequence of str
            Of the tested stimuli.
        probabilities : np.ndarray of shape (n_stimuli, n_classes)
            Predictions.
        labels : np.ndarray of shape (n_stimuli,)
            Class numbers.
        """
        predicted = probabilities.argmax(axis=1)
        for key, hit in zip(stimulus_ids, predicted == labels, strict=True):
            self._correct.setdefault(key, []).append(bool(hit))
        self._confusion += confusion_matrix(predicted, labels, len(self._confusion))
        self._calibration_errors.append(expected_calibration_error(probabilities, labels))
        self.accuracy_of_seed.append(float((predicted == labels).mean()))

    @property
    def accuracy(self) -> float:
        """Mean over fits."""
        return float(np.mean(self.accuracy_of_seed))

    @property
    def correct_of_stimulus(self) -> dict[str, float]:
        """Share of the fits in which a stimulus was classified correctly, by its id."""
        return {key: float(np.mean(hits)) for key, hits in self._correct.items()}

    def summary(self) -> dict[str, Any]:
        """Return accuracy with its standard error (over fits and stimuli), calibration and confusions."""
        shares = np.array(list(self.correct_of_stimulus.values()))
        n_seeds = len(self.accuracy_of_seed)
        variance = shares.var(ddof=1) / len(shares) if len(shares) > 1 else 0.0
        if n_seeds > 1:
            variance += np.var(self.accuracy_of_seed, ddof=1) / n_seeds
        return {
            "accuracy": self.accuracy,
            "error": float(np.sqrt(variance)),
            "ece": float(np.mean(self._calibration_errors)),
            "confusion": self._confusion.tolist(),
            "n_stimuli": len(shares),
        }
