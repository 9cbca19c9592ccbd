"""The properties of tuning to static gratings: how they are measured, and the bins of their distributions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data_packaging.allen.gratings.conditions import ORIENTATIONS, PHASES, SPATIAL_FREQUENCIES


@dataclass(frozen=True)
class TuningProperty:
    """A property of a neuroid or unit that is compared as a distribution.

    Attributes
    ----------
    column : str
        Of the Allen Institute's table of cells.
    edges : tuple of float
        Of the bins, ascending. What lies beyond counts in the first or last bin.
    unit : str
        Of the values; '' where they have none.
    """

    column: str
    edges: tuple[float, ...]
    unit: str

    @property
    def n_bins(self) -> int:
        """How many bins there are."""
        return len(self.edges) - 1

    def bins(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the bin of each value: those at an edge are in the upper one, as in histograms."""
        return np.clip(np.searchsorted(self.edges, values, side="right") - 1, 0, self.n_bins - 1)

    def shares(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the share of the values in each bin, shape (n_bins,)."""
        return np.bincount(self.bins(values), minlength=self.n_bins) / len(values)


def _edges_between(values: tuple[float, ...]) -> tuple[float, ...]:
    """Return the edges of bins of which each holds one of equidistant values."""
    half = (values[1] - values[0]) / 2
    return (values[0] - half, *(value + half for value in values))


PROPERTIES: dict[str, TuningProperty] = {
    "orientation-selectivity": TuningProperty("osi_sg", tuple(np.linspace(0, 1, 21).tolist()), ""),
    "preferred-orientation": TuningProperty("pref_ori_sg", _edges_between(ORIENTATIONS), "degrees"),
    # The frequencies double from one to the next.
    "preferred-spatial-frequency": TuningProperty(
        "pref_sf_sg",
        tuple(2**edge for edge in _edges_between(tuple(np.log2(SPATIAL_FREQUENCIES).tolist()))),
        "cycles per degree",
    ),
}
"""Name of a benchmark's metric -> property."""


def properties_of_responses(responses: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Measure the tuning of units as the AllenSDK measures that of cells.

    Parameters
    ----------
    responses : array of shape (n_gratings, n_units)
        To the gratings of :data:`~brainscore_mouse.data_packaging.allen.gratings.conditions.CONDITIONS`, less the
        response to a gray screen.

    Returns
    -------
    dict of str to array of shape (n_responsive_units,)
        By the names of `PROPERTIES`, of those units that respond to some grating more than to the gray screen, and to
        some grating less than to another. Orientation selectivity is ``(p - o) / (p + o)``: p is the largest response,
        o that to the orthogonal grating of the same spatial frequency and phase. NaN where ``p + o`` is zero.
    """
    best = responses.argmax(axis=0)
    largest = responses.max(axis=0)
    units = np.flatnonzero((largest > 0) & (largest > responses.min(axis=0)))
    orientation, frequency, phase = np.unravel_index(
        best[units], (len(ORIENTATIONS), len(SPATIAL_FREQUENCIES), len(PHASES))
    )
    n_orientations = len(ORIENTATIONS)
    orthogonal = (orientation + n_orientations // 2) % n_orientations
    opposite = np.ravel_multi_index(
        (orthogonal, frequency, phase), (n_orientations, len(SPATIAL_FREQUENCIES), len(PHASES))
    )
    preferred = largest[units].astype(np.float64)
    other = responses[opposite, units].astype(np.float64)
    total = preferred + other
    selectivity = np.divide(preferred - other, total, out=np.full(len(units), np.nan), where=total != 0)
    return {
        "orientation-selectivity": selectivity,
        "preferred-orientation": np.array(ORIENTATIONS)[orientation],
        "preferred-spatial-frequency": np.array(SPATIAL_FREQUENCIES)[frequency],
    }
