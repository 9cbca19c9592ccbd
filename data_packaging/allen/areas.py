"""The visual areas that benchmarks are made of: a new area is a new row."""

from dataclasses import dataclass


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


AREAS = (
    Area("VISp", "allen-mouse"),
    Area("VISl", "allen-mouse"),
    Area("VISal", "allen-mouse"),
    Area("VISpm", "allen-mouse"),
    Area("VISam", "allen-mouse"),
    Area("VISrl", "allen-mouse"),
    Area("VISp", "allen-mouse-events"),
    Area("VISl", "allen-mouse-events"),
    Area("VISal", "allen-mouse-events"),
    Area("VISpm", "allen-mouse-events"),
    Area("VISam", "allen-mouse-events"),
    Area("VISrl", "allen-mouse-events"),
    Area("VISp", "allen-mouse-npx"),
    Area("VISl", "allen-mouse-npx"),
    Area("VISal", "allen-mouse-npx"),
    Area("VISpm", "allen-mouse-npx"),
    Area("VISam", "allen-mouse-npx"),
    Area("VISrl", "allen-mouse-npx"),
    Area("VISmma", "allen-mouse-npx"),
    Area("VISmmp", "allen-mouse-npx"),
    Area("VISli", "allen-mouse-npx"),
    Area("LGd", "allen-mouse-npx"),
    Area("LP", "allen-mouse-npx"),
)


def areas_of(dataset: str) -> dict[str, Area]:
    """Return the areas of a dataset by name."""
    return {area.name: area for area in AREAS if area.dataset == dataset}
