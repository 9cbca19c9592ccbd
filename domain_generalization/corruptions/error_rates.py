"""Error rates on corrupted images, and ImageNet-C's comparison of them with those of a baseline."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorRates:
    """A model's shares of wrong predictions.

    Attributes
    ----------
    uncorrupted : float
        Of the images as they are.
    corrupted : mapping of str to sequence of float
        Of each kind of corruption, by severity.
    harmful : sequence of str
        The kinds that add measurably to the errors on uncorrupted images.
    """

    uncorrupted: float
    corrupted: Mapping[str, Sequence[float]]
    harmful: Sequence[str]

    def relative_to(self, baseline: "ErrorRates") -> dict[str, float]:
        """Return the corruption error of each kind: summed over severities, divided by the baseline's sum.

        NaN where the baseline makes no error.

        Notes
        -----
        Hendrycks and Dietterich, ICLR 2019: CE, whose mean over kinds is the mCE. Theirs is in percent.
        """
        return {
            kind: _ratio(math.fsum(rates), math.fsum(baseline.corrupted[kind]))
            for kind, rates in self.corrupted.items()
        }

    def increase_relative_to(self, baseline: "ErrorRates") -> dict[str, float]:
        """Return the relative corruption error of each kind that harms the baseline: how much it adds to the errors.

        Summed over severities, divided by the same of the baseline. The ratio means nothing for a kind that does not
        harm the baseline; which these are is the same for all models.

        Notes
        -----
        Hendrycks and Dietterich, ICLR 2019: relative CE, there for all kinds.
        """
        return {kind: _ratio(self._increase(kind), baseline._increase(kind)) for kind in baseline.harmful}

    def _increase(self, kind: str) -> float:
        return math.fsum(rate - self.uncorrupted for rate in self.corrupted[kind])


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
