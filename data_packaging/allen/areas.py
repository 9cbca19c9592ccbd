"""The areas that benchmarks are made of, and the datasets that have them: a new area is a new row."""

import re
from dataclasses import dataclass, replace

from ...core.errors import PluginError
from ...core.visual_areas import VISUAL_AREAS
from ...plugins.discovery import import_plugins_once
from ...plugins.registries import area_registry


@dataclass(frozen=True)
class Area:
    """An area of a dataset, and what a benchmark of it, or of a part of it, needs at least.

    Attributes
    ----------
    name : str
        The Allen Institute's acronym.
    dataset : str
        'allen-mouse', 'allen-mouse-events' or 'allen-mouse-npx', or a dataset that has the areas of one of them.
    min_neuroids, min_mice : int
        Below these, a site is refused: an RDM of a handful of neuroids says little, and the layer is chosen on one
        half of the mice and scored on the other.
    """

    name: str
    dataset: str
    min_neuroids: int = 20
    min_mice: int = 2


_DATASETS = ("allen-mouse", "allen-mouse-events", "allen-mouse-npx")

_DERIVED_DATASETS = {
    "allen-mouse-npx-50-150ms": "allen-mouse-npx",
    "allen-mouse-gratings": "allen-mouse",
    "allen-mouse-gratings-events": "allen-mouse-events",
    "allen-mouse-npx-gratings": "allen-mouse-npx",
}
"""Other responses of the same neuroids that have benchmarks -> the dataset whose areas they have."""

CONTROL_AREAS = ("CA1", "CA3", "DG")
"""Hippocampal areas that the Neuropixels probes pass through: negative controls, which no average contains."""

AREAS = (
    *(Area(name, dataset) for dataset in _DATASETS for name in VISUAL_AREAS),
    Area("VISmma", "allen-mouse-npx"),
    Area("VISmmp", "allen-mouse-npx"),
    Area("VISli", "allen-mouse-npx"),
    Area("LGd", "allen-mouse-npx"),
    Area("LP", "allen-mouse-npx"),
    *(Area(name, "allen-mouse-npx") for name in CONTROL_AREAS),
)


def register_area(dataset: str, area: str, min_neuroids: int = 20, min_mice: int = 2) -> None:
    """Add an area of the Allen Institute's recordings to the table, in a plugin; its benchmarks follow.

    Parameters
    ----------
    dataset : str
        'allen-mouse', 'allen-mouse-events' or 'allen-mouse-npx'.
    area : str
        The Allen Institute's acronym.
    min_neuroids, min_mice : int
        See `Area`.

    Raises
    ------
    PluginError
        If the dataset does not exist, or already has this area.
    """
    if dataset not in _DATASETS:
        raise PluginError(f"An area cannot be added to {dataset!r}; use one of {', '.join(_DATASETS)}")
    if area in areas_of(dataset):
        raise PluginError(f"The dataset {dataset!r} has the area {area!r} already")
    if not re.fullmatch(r"[A-Z][A-Za-z0-9/]*", area):
        raise PluginError(f"An area cannot be called {area!r}; give the Allen Institute's acronym, such as 'VISpor'")
    area_registry[f"{dataset}-{area}"] = Area(area, dataset, min_neuroids, min_mice)


def all_areas() -> tuple[Area, ...]:
    """Return the table, with the areas that plugins add, and the rows of derived datasets."""
    import_plugins_once()
    rows = (*AREAS, *area_registry.values())
    derived = (
        replace(row, dataset=dataset)
        for dataset, base in _DERIVED_DATASETS.items()
        for row in rows
        if row.dataset == base
    )
    return (*rows, *derived)


def base_of(dataset: str) -> str:
    """Return 'allen-mouse', 'allen-mouse-events' or 'allen-mouse-npx' for a dataset of the table."""
    return _DERIVED_DATASETS.get(dataset, dataset)


def areas_of(dataset: str) -> dict[str, Area]:
    """Return the areas of a dataset by name."""
    return {area.name: area for area in all_areas() if area.dataset == dataset}
