"""What leaving out stimuli and mice changes in a score, small enough to be stored with it.

Whether one model is ahead of another is decided by the difference of what leaving out changes in both (a paired
jackknife). So that this can be done later, without the models, each score keeps its effects of stimuli and mice.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .leave_one_out import LeaveOneOutScores, second_order

# What pairs of stimuli contribute, thousands of numbers of which only sums of squares are needed, is added up with
# random signs in so many places. Such a sum of squares is right on average, and to about sqrt(2 / 512) = 6 %.
N_PLACES = 512


@dataclass(frozen=True)
class LeftOutEffects:
    """How a score changes without a stimulus or a mouse.

    All are linear in the score: the effects on a difference or a mean of scores are those of their effects.

    Attributes
    ----------
    mice : tuple of str
        Names of the mice; empty where there is a single one.
    of_stimuli : array of shape (n_stimuli,)
        The score without each stimulus, minus the score.
    of_mice : array of shape (n_mice,)
        The score without each mouse, minus the score.
    of_both : array of shape (n_mice, n_stimuli)
        The score without both, beyond the sum of the two.
    of_pairs : array of shape (3, N_PLACES), optional
        Random sums of what pairs of stimuli contribute beyond the two stimuli: with all mice; of what each mouse
        changes in it; and of the sum of that over mice. None where the score does not depend on pairs.
    """

    mice: tuple[str, ...]
    of_stimuli: NDArray[Any]
    of_mice: NDArray[Any]
    of_both: NDArray[Any]
    of_pairs: NDArray[Any] | None

    @classmethod
    def of_scores(cls, scores: LeaveOneOutScores) -> Self | None:
        """Return the effects on the score of a single model; None where one of its scores is not defined."""
        (values,) = scores.values
        together = values[1:, 1:] - values[1:, :1] - values[:1, 1:] + values[0, 0]
        sums = None
        if scores.pairs is not None:
            sums = _random_sums(second_order(values, scores.pairs[0]), scores.mice)
        found = cls(scores.mice, values[0, 1:] - values[0, 0], values[1:, 0] - values[0, 0], together, sums)
        arrays = [found.of_stimuli, found.of_mice, found.of_both, *([] if sums is None else [sums])]
        return found if all(np.isfinite(array).all() for array in arrays) else None

    @property
    def kind(self) -> tuple[Any, ...]:
        """What two scores must share for their effects to be compared: mice, number of stimuli, pairs or none."""
        return (self.mice, len(self.of_stimuli), self.of_pairs is not None)

    def as_json(self) -> dict[str, Any]:
        """Return the effects as JSON holds them: 16-bit floats relative to the largest of each kind."""
        arrays = {"of_stimuli": self.of_stimuli, "of_mice": self.of_mice, "of_both": self.of_both}
        if self.of_pairs is not None:
            arrays["of_pairs"] = self.of_pairs
        return {"mice": list(self.mice), **{name: _encoded(array) for name, array in arrays.items()}}

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Self:
        """Read what `as_json` returned.

        Raises
        ------
        ValueError, KeyError, TypeError
            If it is damaged.
        """
        mice = tuple(map(str, content["mice"]))
        of_stimuli, of_mice = _decoded(content["of_stimuli"]), _decoded(content["of_mice"])
        of_both = _decoded(content["of_both"]).reshape(len(mice), len(of_stimuli))
        pairs = content.get("of_pairs")
        if len(of_mice) != len(mice):
            raise ValueError(f"effects of {len(of_mice)} mice, and names of {len(mice)}")
        return cls(mice, of_stimuli, of_mice, of_both, None if pairs is None else _decoded(pairs).reshape(3, N_PLACES))


def mean_effects(effects: Sequence[LeftOutEffects]) -> LeftOutEffects | None:
    """Return the effects on the mean of several scores on the same stimuli.

    Parameters
    ----------
    effects : sequence of LeftOutEffects
        Of each score: of areas that share stimuli and partly mice, or of networks with other random weights.

    Returns
    -------
    LeftOutEffects or None
        For every mouse of any score; one that was not recorded in an area changes nothing there. For no mice where
        one score has none. None where the numbers of stimuli differ, or only some depend on pairs of stimuli.
    """
    if len({(len(one.of_stimuli), one.of_pairs is None) for one in effects}) > 1:
        return None
    n = len(effects)
    names = sorted({mouse for one in effects for mouse in one.mice}) if all(one.mice for one in effects) else []
    of_mice, of_both = np.zeros(len(names)), np.zeros((len(names), len(effects[0].of_stimuli)))
    for one in effects if names else ():
        rows = [names.index(mouse) for mouse in one.mice]
        of_mice[rows] += one.of_mice / n
        of_both[rows] += one.of_both / n
    sums = [one.of_pairs for one in effects if one.of_pairs is not None]
    return LeftOutEffects(
        tuple(names),
        np.mean([one.of_stimuli for one in effects], axis=0),
        of_mice,
        of_both,
        np.mean(sums, axis=0) if sums else None,
    )


def _random_sums(contributions: NDArray[Any], mice: Sequence[str]) -> NDArray[Any]:
    """Add up contributions of pairs, of shape (1 + n_mice, n_pairs), with random signs in random places."""
    by_mouse, over_mice = np.zeros(N_PLACES), np.zeros(contributions.shape[1])
    for mouse, row in zip(mice, contributions[1:], strict=True):
        of_mouse = row - contributions[0]
        by_mouse += _random_sum(of_mouse, mouse)
        over_mice += of_mouse
    return np.stack([_random_sum(contributions[0], ""), by_mouse, _random_sum(over_mice, "")])


def _random_sum(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Add up values in places and with signs that depend on their number and a name only, on any machine."""
    start = np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))
    # SplitMix64. Not numpy's generators, whose numbers may change with its version.
    mixed = start + np.arange(1, 1 + len(values), dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    signs = np.where(mixed >> np.uint64(63), 1.0, -1.0)
    return np.bincount((mixed % np.uint64(N_PLACES)).astype(int), weights=signs * values, minlength=N_PLACES)


def _encoded(array: NDArray[Any]) -> dict[str, Any]:
    largest = float(np.abs(array).max(initial=0.0))
    relative = (array / (largest or 1.0)).astype("<f2")
    return {"largest": largest, "relative": base64.b64encode(relative.tobytes()).decode()}


def _decoded(content: Mapping[str, Any]) -> NDArray[Any]:
    relative = np.frombuffer(base64.b64decode(content["relative"]), dtype="<f2")
    return relative.astype(np.float64) * float(content["largest"])
