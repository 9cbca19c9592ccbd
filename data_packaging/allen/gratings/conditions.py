"""The 120 static gratings of session B and of the Neuropixels sessions, and how files describe their presentations."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from ....core.errors import UnexpectedFormatError
from ..responses.protocol import BLANK, Protocol

ORIENTATIONS = (0.0, 30.0, 60.0, 90.0, 120.0, 150.0)
"""In degrees."""

SPATIAL_FREQUENCIES = (0.02, 0.04, 0.08, 0.16, 0.32)
"""In cycles per degree."""

PHASES = (0.0, 0.25, 0.5, 0.75)
"""In cycles."""

CONTRAST = 0.8
"""Where 1 is black to white. Files of Neuropixels sessions state it, and are compared with it; others do not."""

CONDITIONS = tuple(itertools.product(ORIENTATIONS, SPATIAL_FREQUENCIES, PHASES))
"""Index -> orientation, spatial frequency and phase."""

_VALUES = {"orientation": ORIENTATIONS, "spatial_frequency": SPATIAL_FREQUENCIES, "phase": PHASES}
_PREFERRED = {"pref_ori_sg": ORIENTATIONS, "pref_sf_sg": SPATIAL_FREQUENCIES}
_TOLERANCE = 1e-6  # of numbers that were written as text, or as float32


def check_preferences(columns: Mapping[str, np.ndarray], whose: Sequence[str]) -> None:
    """Raise UnexpectedFormatError if a table of tuning has preferred gratings that were not shown.

    Parameters
    ----------
    columns : mapping of str to array of shape (n_neuroids,)
        Has ``pref_ori_sg`` (degrees) and ``pref_sf_sg`` (cycles per degree); NaN where there is none.
    whose : sequence of str, n_neuroids long
        What messages call the neuroids.
    """
    for name, known in _PREFERRED.items():
        values = columns[name]
        distance = np.abs(values[:, np.newaxis] - np.array(known)).min(axis=1)
        unknown = np.flatnonzero(distance > _TOLERANCE)
        if len(unknown):
            raise UnexpectedFormatError(
                f"{whose[unknown[0]]} has {name} = {values[unknown[0]]:g}; the gratings have "
                f"{', '.join(f'{value:g}' for value in known)}."
            )


def _condition_indices(columns: Mapping[str, np.ndarray], where: str) -> np.ndarray:
    """Return the index of the grating of each presentation.

    A blank has no orientation, frequency and phase in NWB files (NaN), and a frequency of 0 in analysis files.
    """
    is_blank = np.isnan(columns["spatial_frequency"]) | (columns["spatial_frequency"] == 0)
    index = np.zeros(len(is_blank), dtype=np.int64)
    for name, known in _VALUES.items():
        distance = np.abs(columns[name][:, np.newaxis] - np.array(known))
        unknown = ~is_blank & ~(distance.min(axis=1) <= _TOLERANCE)
        if unknown.any():
            raise UnexpectedFormatError(
                f"{where} has static gratings whose {name} is {columns[name][unknown][0]}; known are "
                f"{', '.join(f'{value:g}' for value in known)}, and blanks (NaN, or a spatial_frequency of 0)."
            )
        index = index * len(known) + np.where(is_blank, 0, distance.argmin(axis=1))
    return np.where(is_blank, BLANK, index)


def _means_by_index(means: np.ndarray) -> np.ndarray:
    """Flatten [orientation, spatial frequency (the first is 0: the blank), phase, cell, statistic]."""
    expected = (len(ORIENTATIONS), len(SPATIAL_FREQUENCIES) + 1, len(PHASES))
    if means.ndim != 5 or means.shape[:3] != expected:
        raise UnexpectedFormatError(f"response_sg has shape {means.shape}; expected is {expected} x (cells + 1, 3).")
    return np.concatenate([means[:1, 0, 0], means[:, 1:].reshape(-1, *means.shape[3:])])


GRATINGS = Protocol(
    name="static gratings",
    one="grating",
    suffix="sg",
    group="static_gratings",
    columns=("orientation", "spatial_frequency", "phase"),
    stimulus_ids=tuple(
        f"grating_{orientation:03.0f}deg_{frequency:.2f}cpd_phase{phase:.2f}"
        for orientation, frequency, phase in CONDITIONS
    ),
    repetitions=(40, 60),  # about 50
    indices=_condition_indices,
    means_by_index=_means_by_index,
)
