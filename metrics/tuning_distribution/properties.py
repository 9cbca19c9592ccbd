"""The properties of tuning to static gratings: how they are measured, and the bins of their distributions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data_packaging.allen.gratings.conditions import ORIENTATIONS, PHASES, SPATIAL_FREQUENCIES
from ...data_packaging.allen.gratings.neuroid_tuning import Preference


@dataclass(frozen=True)
class TuningProperty:
    """A property of a neuroid or unit that is compared as a distribution.

    Attributes
    ----------
    column : str
        Of the Allen Institute's tables of cells and units, where they have it.
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


_SELECTIVITY_EDGES = tuple(np.linspace(0, 1, 21).tolist())

PROPERTIES: dict[str, TuningProperty] = {
    "orientation-selectivity": TuningProperty("osi_sg", _SELECTIVITY_EDGES, ""),
    "global-orientation-selectivity": TuningProperty("g_osi_sg", _SELECTIVITY_EDGES, ""),
    "preferred-orientation": TuningProperty("pref_ori_sg", _edges_between(ORIENTATIONS), "degrees"),
    # The frequencies double from one to the next.
    "preferred-spatial-frequency": TuningProperty(
        "pref_sf_sg",
        tuple(2**edge for edge in _edges_between(tuple(np.log2(SPATIAL_FREQUENCIES).tolist()))),
        "cycles per degree",
    ),
}
"""Name of a benchmark's metric -> property."""


def properties_of_responses(responses: NDArray[Any], preference: Preference) -> dict[str, NDArray[Any]]:
    """Measure the tuning of units as the AllenSDK measures that of cells, or of Neuropixels units.

    Parameters
    ----------
    responses : array of shape (n_gratings, n_units)
        To the gratings of :data:`~brainscore_mouse.data_packaging.allen.gratings.conditions.CONDITIONS`, less the
        response to a gray screen.
    preference : Preference
        How the preferred orientation, spatial frequency and phase are defined.

    Returns
    -------
    dict of str to array of shape (n_responsive_units,)
        By the names of `PROPERTIES`, of those units that respond to some grating more than to the gray screen, and to
        some grating less than to another. With ``r`` the responses to the six orientations of the preferred spatial
        frequency and phase, orientation selectivity is ``(p - o) / (p + o)``, where p is the response to the preferred
        orientation, and o that to the orthogonal one. Global orientation selectivity is
        ``|sum(r exp(2i orientation))| / sum(r)``, where responses below 0 count as 0. NaN where the denominator is 0.
    """
    largest = responses.max(axis=0)
    units = np.flatnonzero((largest > 0) & (largest > responses.min(axis=0)))
    n_values = (len(ORIENTATIONS), len(SPATIAL_FREQUENCIES), len(PHASES))
    of_values = responses[:, units].astype(np.float64).reshape(*n_values, len(units))
    if preference == "of a grating":
        orientation, frequency, phase = np.unravel_index(responses[:, units].argmax(axis=0), n_values)
    else:
        orientation, frequency, phase = (of_values.mean(axis=axes).argmax(axis=0) for axes in ((1, 2), (0, 2), (0, 1)))
    curves = of_values[:, frequency, phase, np.arange(len(units))]
    preferred = curves[orientation, np.arange(len(units))]
    orthogonal = curves[(orientation + len(ORIENTATIONS) // 2) % len(ORIENTATIONS), np.arange(len(units))]
    above_gray = np.maximum(curves, 0)
    vectors = np.exp(2j * np.deg2rad(ORIENTATIONS)) @ above_gray
    return {
        "orientation-selectivity": _ratio(preferred - orthogonal, preferred + orthogonal),
        "global-orientation-selectivity": _ratio(np.abs(vectors), above_gray.sum(axis=0)),
        "preferred-orientation": np.array(ORIENTATIONS)[orientation],
        "preferred-spatial-frequency": np.array(SPATIAL_FREQUENCIES)[frequency],
    }


def _ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> NDArray[Any]:
    """Divide; NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(len(denominator), np.nan), where=denominator != 0)
