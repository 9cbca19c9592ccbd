"""Distributions of a property of tuning as a Brain-Score metric."""

from typing import Any, ClassVar

import numpy as np
from brainscore_core.metrics import Metric, Score
from numpy.typing import ArrayLike

from ...core.errors import InvalidArraysError, InvalidParameterError
from ..layerwise import Claim
from .ks_similarity import ks_similarity, sampled_ks_similarity
from .properties import PROPERTIES


class TuningDistribution(Metric):
    """Compare how a property of tuning to gratings is distributed over units and over neuroids: 1 - KS / max KS.

    Parameters
    ----------
    tuning_property : str
        A name of `PROPERTIES`.
    n_samples : int
        How many samples of the units are compared, each as large as that of the neuroids.
    n_bootstraps : int
        Draws of mice, or of neuroids, for the error.
    seed : int
        Seed of samples, draws, and halves of the neuroids.

    Raises
    ------
    InvalidParameterError
        If there is no such property, or a number is below 1.
    """

    # Units without any tuning are not as different from the neuroids as can be.
    claims: ClassVar[frozenset[Claim]] = frozenset({"scale-invariant"})

    def __init__(self, tuning_property: str, n_samples: int = 1000, n_bootstraps: int = 1000, seed: int = 0):
        if tuning_property not in PROPERTIES:
            raise InvalidParameterError(f"The property is {tuning_property!r}; use one of {', '.join(PROPERTIES)}.")
        for name, number in (("n_samples", n_samples), ("n_bootstraps", n_bootstraps)):
            if number < 1:
                raise InvalidParameterError(f"{name} is {number}; it must be at least 1.")
        self.identifier = tuning_property
        self.n_samples = n_samples
        self.n_bootstraps = n_bootstraps
        self.seed = seed

    def __call__(self, source: ArrayLike, target: ArrayLike) -> Score:
        """Compare values of the property.

        Parameters
        ----------
        source, target : array-like of float, one-dimensional
            Of units, and of neuroids; there may be different numbers of them.

        Returns
        -------
        Score
            The mean over samples of the units, not ceiled; attrs: `ceiling`, that of the neuroids with themselves, and
            `without_sampling`, ``1 - KS / max KS`` of all units.

        Raises
        ------
        InvalidArraysError
            If there are no values, or some are not finite.
        """
        of_property = PROPERTIES[self.identifier]
        units, neuroids = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
        for name, values in (("source", units), ("target", neuroids)):
            if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
                raise InvalidArraysError(
                    f"The {name} must be a row of finite values, and has shape {values.shape} and "
                    f"{int((~np.isfinite(values)).sum())} values that are not finite. Leave those out."
                )
        shares, reference = of_property.shares(units), of_property.shares(neuroids)
        generator = np.random.default_rng(self.seed)
        sampled = [
            float(sampled_ks_similarity(of_side, reference, len(neuroids), self.n_samples, generator))
            for of_side in (shares, reference)
        ]
        score = Score(sampled[0])
        score.attrs.update(ceiling=sampled[1], without_sampling=float(ks_similarity(shares, reference)))
        return score

    @property
    def settings(self) -> dict[str, Any]:
        """The metric's name and all its options and bins: part of what a stored score is found by."""
        return {"metric": self.identifier, **vars(self), "edges": list(PROPERTIES[self.identifier].edges)}
