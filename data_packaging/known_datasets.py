"""Datasets that this package knows by name and does not ship: fetched, packaged from arrays, or made on first use."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .allen.allen_dataset import allen_dataset
from .allen.display import HEIGHT_DEGREES, WIDTH_DEGREES
from .on_disk.manifest import SIMULATED_MOUSE
from .published_datasets import PUBLISHED_DATASETS
from .simulated_mouse import ensure_simulated_mouse


@dataclass(frozen=True)
class KnownDataset:
    """What is known of a dataset before its files are here.

    Attributes
    ----------
    how_to_get : str
        What to run to have it on this machine.
    recipe_texts : dict of str to str
        ``response``, ``filters``, ``source``, ``citation`` and ``licence`` of `Recipe`, where its files do not
        say otherwise.
    display : dict of str to float, optional
        ``width_degrees`` and ``height_degrees`` of its stimuli, where its files do not say.
    ensure : callable, optional
        Makes the dataset on this machine unless it is there; for datasets that need no download.
    """

    how_to_get: str
    recipe_texts: dict[str, str] = field(default_factory=dict)
    display: dict[str, float] | None = None
    ensure: Callable[[], None] | None = None


KNOWN_DATASETS = {
    **{identifier: KnownDataset(published.how_to_get) for identifier, published in PUBLISHED_DATASETS.items()},
    SIMULATED_MOUSE: KnownDataset(how_to_get="it is made on first use", ensure=ensure_simulated_mouse),
    "allen-mouse": KnownDataset(allen_dataset("allen-mouse").how_to_get),
    "allen-mouse-events": KnownDataset(allen_dataset("allen-mouse-events").how_to_get),
    **{
        identifier: KnownDataset(allen_dataset(identifier).how_to_get)
        for identifier in (
            *("allen-mouse-npx-50-150ms", "allen-mouse-npx-gratings"),
            *("allen-mouse-gratings", "allen-mouse-gratings-events"),
        )
    },
    "allen-mouse-npx": KnownDataset(
        how_to_get=allen_dataset("allen-mouse-npx").how_to_get,
        recipe_texts={
            "response": "firing rate in spikes/s, averaged over the window of each subject and region",
            "filters": "as in the source: units, subjects and windows were selected there",
            "source": (
                "Allen Brain Observatory Visual Coding, Neuropixels, natural scenes, in trial-level form by "
                "github giovanni-lucarelli/mice-representation"
            ),
            "citation": "Siegle et al. 2021, Nature 592:86-92, doi 10.1038/s41586-020-03171-x",
            "licence": "(c) Allen Institute, non-commercial use with citation: alleninstitute.org/legal/terms-use",
        },
        display={"width_degrees": WIDTH_DEGREES, "height_degrees": HEIGHT_DEGREES},
    ),
}
