"""Named parts of a population: by Cre line, cell class, layer, and the filters of published studies.

A part is written after the area: 'VISp.Sst', 'VISp.L4', 'VISp.exc', 'VISp.nayebi2023'.
"""

from __future__ import annotations  # listing benchmarks imports this file, and needs neither numpy nor pandas

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...core.errors import DataError, UnknownIdentifierError
from .cell_classes import EXCITATORY_LINES, INHIBITORY_LINES, LAYERS, short_line

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Selection = Callable[["pd.DataFrame"], "np.ndarray"]
"""From the table of neuroids to a bool array of shape (n_neuroids,)."""


def nayebi2023(neuroids: pd.DataFrame) -> np.ndarray:
    """Reliable, not modulated by running, and of a mouse with many such units (Nayebi et al. 2023).

    Split-half reliability (Spearman-Brown) of at least 0.75; p of running modulation above 0.05, or not testable;
    of each region, the mice that have at least the 75th percentile of such units over mice.
    """
    kept = (neuroids["reliability"] >= 0.75) & _not_modulated_by_running(neuroids)
    counts = kept.groupby([neuroids["region"], neuroids["subject"]]).transform("sum")
    per_mouse = kept.groupby([neuroids["region"], neuroids["subject"]]).sum()
    limits = per_mouse.groupby(level=0).quantile(0.75)
    return (kept & (counts >= neuroids["region"].map(limits))).to_numpy()


def conwell2021(neuroids: pd.DataFrame) -> np.ndarray:
    """Reliable and not modulated by running (Conwell et al. 2021): split-half reliability of at least 0.75."""
    return ((neuroids["reliability"] >= 0.75) & _not_modulated_by_running(neuroids)).to_numpy()


def devries2020(neuroids: pd.DataFrame) -> np.ndarray:
    """Responsive (de Vries et al. 2020): p < 0.05 against spontaneous activity on more than 11 trials of the scene.

    Of the neuroid's preferred scene; known for mean events only.
    """
    return (neuroids["n_responsive_trials"] > 11).to_numpy()


def reliable(neuroids: pd.DataFrame) -> np.ndarray:
    """Split-half reliability (Spearman-Brown) of at least 0.3, the default of this package's regressions."""
    return (neuroids["reliability"] >= 0.3).to_numpy()


def _not_modulated_by_running(neuroids: pd.DataFrame) -> pd.Series:
    p_values = neuroids["p_running_modulation"]
    return (p_values > 0.05) | p_values.isna()


def _of_line(line: str) -> Selection:
    return lambda neuroids: (neuroids["cre_line"].map(short_line) == line).to_numpy()


def _of_value(column: str, value: str) -> Selection:
    return lambda neuroids: (neuroids[column] == value).to_numpy()


CELL_SELECTIONS: dict[str, Selection] = {
    **{line: _of_line(line) for line in (*EXCITATORY_LINES, *INHIBITORY_LINES)},
    **{name: _of_value("cell_class", name) for name in ("exc", "inh")},
    **{layer.replace("/", ""): _of_value("layer", layer) for layer in LAYERS},
}
"""By mouse line and depth; 'L23' is layer 2/3."""

FILTERS: dict[str, Selection] = {
    "nayebi2023": nayebi2023,
    "conwell2021": conwell2021,
    "devries2020": devries2020,
    "reliable": reliable,
}
"""Published filters, by what was computed of each neuroid when it was packaged."""


def select(neuroids: pd.DataFrame, name: str) -> np.ndarray:
    """Return which neuroids belong to a named part.

    Parameters
    ----------
    neuroids : DataFrame
        The table of neuroids of one or more regions.
    name : str
        A key of `CELL_SELECTIONS` or `FILTERS`.

    Returns
    -------
    bool array of shape (n_neuroids,)

    Raises
    ------
    UnknownIdentifierError
        If there is no such part.
    DataError
        If the recordings lack the column that it selects by.
    """
    selections = {**CELL_SELECTIONS, **FILTERS}
    if name not in selections:
        raise UnknownIdentifierError(f"There is no part {name!r} of a population; there are {', '.join(selections)}.")
    try:
        return selections[name](neuroids)
    except KeyError as error:
        raise DataError(f"Cannot select {name!r}: this dataset has no {error} column.") from error
