"""The visual areas that benchmarks are made of: a new area is a new row."""

import re
from dataclasses import dataclass

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
        'allen-mouse', 'allen-mouse-events' or 'allen-mouse-npx'.
    min_neuroids, min_mice : int
        Below these, a site is refused: an RDM of a handful of neuroids says little, and the layer is chosen on one
        half of the mice and scored on the other.
    """

    name: str
    dataset: str
    min_neuroids: int = 20
    min_mice: int = 2


_DATASETS = ("allen-mouse", "allen-mouse-events", "allen-mouse-npx")

AREAS = (
    *(Area(name, dataset) for dataset in _DATASETS for name in VISUAL_AREAS),
    Area("VISmma", "allen-mouse-npx"),
    Area("VISmmp", "allen-mouse-npx"),
    Area("VISli", "allen-mouse-npx"),
    Area("LGd", "allen-mouse-npx"),
    Area("LP", "allen-mouse-npx"),
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
    """Return the table, with the areas that plugins add."""
    import_plugins_once()
    return (*AREAS, *area_registry.values())


def areas_of(dataset: str) -> dict[str, Area]:
    """Return the areas of a dataset by name."""
    return {area.name: area for area in all_areas() if area.dataset == dataset}
