"""Datasets that this package knows of and cannot ship."""

from dataclasses import dataclass, field

from .allen.display import HEIGHT_DEGREES, WIDTH_DEGREES


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
        ``width_degrees`` and ``height_degrees`` of its stimuli, where its files do not tell.
    """

    how_to_get: str
    recipe_texts: dict[str, str] = field(default_factory=dict)
    display: dict[str, float] | None = None


KNOWN_DATASETS = {
    "allen-mouse": KnownDataset(how_to_get="brainscore-mouse data fetch allen-mouse"),
    "allen-mouse-events": KnownDataset(how_to_get="brainscore-mouse data fetch allen-mouse-events"),
    "allen-mouse-npx": KnownDataset(
        how_to_get=(
            "brainscore-mouse data fetch allen-mouse-npx, or, from arrays, brainscore-mouse data package-arrays FOLDER "
            "--dataset allen-mouse-npx"
        ),
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
