"""The visual areas that benchmarks are made of: a new area is a new row."""

from dataclasses import dataclass

from ...core.visual_areas import VISUAL_AREAS


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


def areas_of(dataset: str) -> dict[str, Area]:
    """Return the areas of a dataset by name."""
    return {area.name: area for area in AREAS if area.dataset == dataset}
