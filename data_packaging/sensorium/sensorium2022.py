"""Sensorium 2022 as it was published: files, terms, and what a response is."""

from dataclasses import replace

from ...plugins.registries import lazily
from ..packaged_dataset import Recipe
from ..published.published_dataset import PublishedDataset, PublishedFile

MICE = ("21067-10-18", "22846-10-16", "23343-5-17", "23656-14-22", "23964-4-22")
"""The five mice of the pre-training sets, whose responses are published for all tiers."""

_WHERE = (
    "The files are at https://gin.g-node.org/cajal/Sensorium2022, where each has to be downloaded by a click of its "
    f"own (the five with the mice {', '.join(MICE)}; unpacking them is not needed)."
)
_CONTACT = (
    "The authors require that you contact them before you use the data in your own research, and ask for permission "
    "before you publish a new analysis of them"
)
_LICENCE = f"CC BY-NC-ND 4.0. {_CONTACT}. No redistribution, also not of packaged or derived recordings"
_CITATION = (
    "Willeke, Fahey, Bashiri et al. 2022, The Sensorium competition on predicting large-scale mouse primary visual "
    f"cortex activity, arXiv:2206.08666. {_CONTACT}"
)
_UNVERIFIED = {
    "licence": "inferred from the README of Sensorium 2023 by the same authors; read LICENSE beside the 2022 files",
    "window_ms": "50 to 550 ms after the onset: stated by a later publication of the lab, not by the files",
    "running_speed": "taken to be in cm/s; the files do not state its unit",
    "display": "size of the images in the visual field: not stated by the files, therefore unknown here",
    "layout": "read from descriptions and from programs of others; tested with made-up files of this layout",
}

SENSORIUM2022 = PublishedDataset(
    identifier="sensorium2022",
    base="sensorium2022",
    recordings=tuple(
        PublishedFile(f"static{mouse}-GrayImageNet-94c6ff995dac583098847cfecd43e7b6.zip") for mouse in MICE
    ),
    shared_files=(),
    where=_WHERE,
    terms=f"""\
Sensorium 2022: terms of use

{_LICENCE}.
(Inferred from the README of Sensorium 2023 by the same authors: read the LICENSE beside the files.)

Please cite:
  {_CITATION}.
""",
    recipe=Recipe(
        response=(
            "deconvolved calcium activity, 50 to 550 ms after the onset, in arbitrary units, not standardized (the "
            "competition divides by each neuron's standard deviation)"
        ),
        window_ms=(50.0, 550.0),
        filters="tier 'test' of the five pre-training mice; all neurons whose responses vary",
        source="Sensorium 2022, https://gin.g-node.org/cajal/Sensorium2022",
        citation=_CITATION,
        licence=_LICENCE,
    ),
    read=lazily(__package__, ".read_sensorium:read_sensorium"),
    unverified=_UNVERIFIED,
)

SENSORIUM2022_REGRESSION = tuple(
    replace(
        SENSORIUM2022,
        identifier=f"sensorium2022-regression-{mouse}",
        recordings=(file,),
        recipe=replace(
            SENSORIUM2022.recipe,
            filters=f"tiers 'train' and 'test' of the mouse {mouse}; all neurons whose responses vary",
        ),
        read=lazily(__package__, ".read_sensorium:read_sensorium_regression"),
    )
    for mouse, file in zip(MICE, SENSORIUM2022.recordings, strict=True)
)
"""One dataset for each mouse, since the training images of different mice need not be the same."""
