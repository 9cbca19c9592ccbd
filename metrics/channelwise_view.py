"""How the channels of a layer stand for neuroids."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..uncertainty.nan_mean import nan_means_of_groups

# The descriptions of so many selections are held at a time: tens of MB.
_SELECTIONS_PER_BLOCK = 16


def relative_to_floor(values: "float | np.ndarray", floor: "float | np.ndarray", perfect: float) -> Any:
    """Return 0 for values equal to the floor's, 1 for perfect ones, below 0 for worse than the floor; elementwise."""
    return (floor - values) / (floor - perfect)


class ChannelwiseView(ABC):
    """A population on the scored stimuli, and on those that counterparts are found on.

    Parameters
    ----------
    responses : array of shape (n_stimuli, n_neuroids)
        Trial-averaged.
    match, test : array of int
        Stimuli to find counterparts on, and to score.

    Attributes
    ----------
    defined : array of bool, shape (n_neuroids,)
        Which neuroids have descriptions of both sets of stimuli.
    floor : float
        The mean value of these neuroids that scores 0.
    """

    value: ClassVar[str]
    """What a comparison of two descriptions is called in scores."""
    perfect: ClassVar[float]
    """The value of two equal descriptions."""
    description: ClassVar[str]
    """What a description is called, in the singular."""
    floor_name: ClassVar[str]
    """What the floor is called in scores."""
    ceiling_name: ClassVar[str]
    """What the value at the ceiling is called in scores."""
    undefined: ClassVar[str]
    """What no neuroid does where none has a description: 'No neuroid ...'."""
    too_noisy: ClassVar[str]
    """What it means that the ceiling is hardly above the floor."""

    def __init__(self, responses: np.ndarray, match: np.ndarray, test: np.ndarray):
        self.match, self.test = match, test
        self.responses = responses[test]
        self._on_match = self.described(responses[match], match)
        self._on_test = self.described(self.responses, test)
        self.defined = np.isfinite(self._on_match).all(axis=1) & np.isfinite(self._on_test).all(axis=1)
        self.floor = self.mean_over_neuroids(self.compared(self._on_test, self.floor_description(np.ones(len(test)))))

    @abstractmethod
    def described(self, responses: np.ndarray, stimuli: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
        """Describe units by their responses.

        Parameters
        ----------
        responses : array of shape (n_of_these_stimuli, n_units)
        stimuli : array of int, shape (n_of_these_stimuli,)
            Which stimuli these are.
        counts : array of shape (..., n_of_these_stimuli), optional
            How often each counts. Default: once.

        Returns
        -------
        array of shape (..., n_units, n_features)
            NaN for a unit that cannot be described.
        """

    @staticmethod
    @abstractmethod
    def compared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Compare descriptions one by one, over the last axis; the others broadcast. NaN where one is undefined."""

    @abstractmethod
    def floor_description(self, counts: np.ndarray) -> np.ndarray:
        """Describe what scores 0, shape (..., n_features), for counts of the scored stimuli of shape (..., n_test)."""

    @abstractmethod
    def nearest(self, neural: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Find the nearest of the channels' descriptions to each neuroid's, shape (n_neuroids,)."""

    @abstractmethod
    def of_all_pairs(self, channels: np.ndarray) -> float:
        """Return the mean value over all pairs of a neuroid and a channel on the scored stimuli: nothing is matched."""

    @abstractmethod
    def details(self, generator: np.random.Generator) -> dict[str, float]:
        """Return what else is worth reporting of the population."""

    def mean_over_neuroids(self, values: np.ndarray) -> float:
        """Average the last axis over neuroids with descriptions (and all else); NaN where there are none.

        Silence without some stimuli leaves a neuroid out there.
        """
        present = values[..., self.defined]
        present = present[np.isfinite(present)]
        return float(present.mean()) if present.size else float("nan")

    def counterparts(self, channels: np.ndarray) -> np.ndarray | None:
        """Find each neuroid's channel on the stimuli that are not scored.

        Parameters
        ----------
        channels : array of shape (n_stimuli, n_channels)
            Responses of all channels to all stimuli.

        Returns
        -------
        array of int, shape (n_neuroids,), or None
            None where no channel can be described.
        """
        on_match = self.described(channels[self.match], self.match)
        # A channel must be described on the scored stimuli, too. No response of a neuroid enters here.
        undefined = np.isnan(self.described(channels[self.test], self.test)).any(axis=1)
        on_match[undefined] = np.nan
        if np.isnan(on_match).any(axis=1).all():
            return None
        return self.nearest(self._on_match, on_match)

    def counterpart_responses(self, channels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how the channels that are counterparts respond to the scored stimuli, and which is whose.

        Parameters
        ----------
        channels : array of shape (n_stimuli, n_channels)
            Responses of all channels to all stimuli.

        Returns
        -------
        responses : array of shape (n_test, n_used)
            NaN where no channel can be described.
        positions : array of int, shape (n_neuroids,)
            Each neuroid's counterpart among them.
        """
        counterparts = self.counterparts(channels)
        if counterparts is None:
            return np.full((len(self.test), 1), np.nan), np.zeros(len(self.defined), dtype=np.int64)
        used, positions = np.unique(counterparts, return_inverse=True)
        return channels[np.ix_(self.test, used)], positions

    def compared_with_counterparts(self, channels: np.ndarray) -> dict[str, float]:
        """Return the mean value of neuroids with their counterparts, and further ones, by name; NaN without any."""
        responses, positions = self.counterpart_responses(channels)
        descriptions = self.described(responses, self.test)[positions]
        mean = self.mean_over_neuroids(self.compared(self._on_test, descriptions))
        return {self.value: mean, **self.further_comparisons(responses, positions)}

    def further_comparisons(self, responses: np.ndarray, positions: np.ndarray) -> dict[str, float]:
        """Compare neuroids with their counterparts, see `counterpart_responses`, in other ways than by the score's."""
        return {}

    def of_selections(
        self, models: Sequence[np.ndarray], stimuli: np.ndarray, neuroids: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean value of models, and of the floor, for selections of the scored stimuli and of the neuroids.

        Parameters
        ----------
        models : sequence of array of shape (n_stimuli, n_channels)
            The responses of each model's channels to all stimuli; counterparts are those of all stimuli.
        stimuli : array of shape (n_stimulus_selections, n_test)
            How often each scored stimulus is in each selection.
        neuroids : array of bool, shape (n_neuroid_selections, n_neuroids)
            Which neuroids are.

        Returns
        -------
        values : array of shape (n_models, n_neuroid_selections, n_stimulus_selections)
        floors : array of shape (n_neuroid_selections, n_stimulus_selections)
            NaN in a selection without neuroids that are described.
        """
        values = np.empty((1 + len(models), len(neuroids), len(stimuli)))
        matched = [self.counterpart_responses(channels) for channels in models]
        for start in range(0, len(stimuli), _SELECTIONS_PER_BLOCK):
            some = slice(start, start + _SELECTIONS_PER_BLOCK)
            counts = stimuli[some].astype(np.float64)
            neural = self.described(self.responses, self.test, counts)
            of_floor = self.compared(neural, self.floor_description(counts)[:, None])
            values[0, :, some] = self._means_over_selected(of_floor, neuroids)
            for number, (responses, positions) in enumerate(matched, 1):
                of_channels = self.described(responses, self.test, counts)[:, positions]
                values[number, :, some] = self._means_over_selected(self.compared(neural, of_channels), neuroids)
        return values[1:], values[0]

    def _means_over_selected(self, values: np.ndarray, neuroids: np.ndarray) -> np.ndarray:
        """Average (n_stimulus_selections, n_neuroids) over selected neuroids with descriptions; selections first."""
        present = np.isfinite(values) & self.defined
        return nan_means_of_groups(np.where(present, values, np.nan), neuroids)

    def at_ceiling(self, first: np.ndarray, second: np.ndarray, counts: np.ndarray | None = None) -> float:
        """Return the mean value that scores 1: here of neuroids with themselves, measured in other repetitions.

        Parameters
        ----------
        first, second : array of shape (n_splits, n_stimuli, n_neuroids)
            Mean responses to all stimuli over each half of the repetitions.
        counts : array of shape (n_test,), optional
            How often each scored stimulus counts.
        """
        values = [
            self.compared(self.described(a, self.test, counts), self.described(b, self.test, counts))
            for a, b in zip(first[:, self.test], second[:, self.test], strict=True)
        ]
        return self.mean_over_neuroids(np.stack(values))
