"""Stringer et al. 2019 (natimg2800) as it was published: files, terms, and what a response is."""

from ...plugins.registries import lazily
from ..packaged_dataset import Recipe
from ..published.published_dataset import PublishedDataset, PublishedFile

MD5S: dict[str, str] = {"natimg2800_M170714_MP032_2017-09-14.mat": "597145257e2571213d51bcbbcae263fa"}
"""As the publisher states; those of the other files are not known to this package."""

RECORDINGS = (
    "natimg2800_M160825_MP027_2016-12-14.mat",
    "natimg2800_M161025_MP030_2017-05-29.mat",
    "natimg2800_M170604_MP031_2017-06-28.mat",
    "natimg2800_M170714_MP032_2017-08-07.mat",
    "natimg2800_M170714_MP032_2017-09-14.mat",
    "natimg2800_M170717_MP033_2017-08-20.mat",
    "natimg2800_M170717_MP034_2017-09-11.mat",
)
IMAGES = "images_natimg2800_all.mat"

_WHERE = (
    "The files are at https://doi.org/10.25378/janelia.6845348 (figshare), to be downloaded by hand: "
    f"{', '.join(RECORDINGS)}, and the images, {IMAGES}."
)
_LICENCE = (
    "CC BY-NC 4.0, as others quote the figshare page: read it there before use. No redistribution by this package"
)
_CITATION = (
    "Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019, High-dimensional geometry of population responses in "
    "visual cortex, Nature 571:361-365, doi 10.1038/s41586-019-1346-5; data: doi 10.25378/janelia.6845348"
)
_UNVERIFIED = {
    "licence": "quoted by a third party; the figshare page was not seen",
    "window_ms": "0 to 800 ms: inferred from 'mean of two time bins' at about 2.5 Hz; the files do not state it",
    "display": "270 x 68 pixels are said to be degrees of the three screens; not checked, therefore unknown here",
    "positions": "position_x, position_y and position_z as in med, whose units are not stated",
    "subjects": "MP032 was recorded on two days: its two recordings may share cells",
    "layout": "read from the authors' description and programs; tested with made-up files of this layout",
}
_PREPROCESSING = {
    True: (
        "z-scored by the mean and standard deviation of spontaneous activity, without the projection on its first 32 "
        "principal components, centered over the presentations of images (the authors' preprocessing)"
    ),
    False: "as in the files",
}


def _dataset(identifier: str, preprocessed: bool) -> PublishedDataset:
    return PublishedDataset(
        identifier=identifier,
        base="stringer2019",
        recordings=tuple(PublishedFile(name, MD5S.get(name)) for name in RECORDINGS),
        shared_files=(PublishedFile(IMAGES),),
        where=_WHERE,
        terms=f"""\
Stringer et al. 2019 (natimg2800): terms of use

Licence: {_LICENCE}.

Please cite:
  {_CITATION}
""",
        recipe=Recipe(
            response=f"deconvolved calcium activity, mean of two time bins, {_PREPROCESSING[preprocessed]}",
            window_ms=(0.0, 800.0),
            filters=(
                "images that were shown exactly twice in all recordings, without the gray screen; all neurons whose "
                "responses vary"
            ),
            source="Stringer et al. 2019, figshare, doi 10.25378/janelia.6845348",
            citation=_CITATION,
            licence=_LICENCE,
        ),
        read=lazily(__package__, ".read_stringer:read_stringer", preprocessed=preprocessed),
        unverified=_UNVERIFIED,
    )


STRINGER2019 = (_dataset("stringer2019", True), _dataset("stringer2019-raw", False))
