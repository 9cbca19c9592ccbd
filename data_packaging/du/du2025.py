"""Du et al. 2025 as it was published: files, terms, and what a response is."""

from ...plugins.registries import lazily
from ..packaged_dataset import Recipe
from ..published.published_dataset import PublishedDataset, PublishedFile

COLUMNS_OF_MICE = {
    "L1_A5_nat60k_2023_02_27": (0, 130),
    "L1_A1_nat60k_2023_03_06": (0, 130),
    "FX9_nat60k_2023_05_15": (0, 130),
    "FX10_nat60k_2023_05_16": (0, 130),
    "FX8_nat60k_2023_05_16": (0, 130),
    "FX20_nat60k_2023_09_29": (46, 176),
}
"""Each recording, and the columns of the three screens' images that hold its receptive fields (the authors' choice)."""

IMAGES = "nat60k_text16.mat"
_WHERE = (
    "The files are at https://janelia.figshare.com/articles/28797638 (doi 10.25378/janelia.28797638), to be downloaded "
    f"by hand: {', '.join(f'{name}.npz' for name in COLUMNS_OF_MICE)}, and the images, {IMAGES}."
)
_LICENCE = (
    "not known to this package: read it on the figshare page before use (the authors' programs are under GPL-3). No "
    "redistribution by this package"
)
_CITATION = (
    "Du, Nunez-Ochoa, Pachitariu, Stringer 2025, A simplified minimodel of visual cortical neurons, Nature "
    "Communications, doi 10.1038/s41467-025-61171-9"
)
_UNVERIFIED = {
    "licence": "the figshare page was not seen",
    "where": "address and doi are made from the article's number; neither was opened",
    "window_ms": "0 to 500 ms is a placeholder: neither the files nor their description state the window",
    "display": "size of the images in the visual field: not stated by the files, therefore unknown here",
    "positions": "position_x, position_y and plane as in the files, whose units are not stated",
    "gray_levels": "images are taken to have levels from 0 to 255; others stop the reader",
    "order_of_repetitions": "taken to be that of time; the files do not state it",
    "layout": "read from the authors' description and programs; tested with made-up files of this layout",
}


def _dataset(identifier: str, columns: tuple[int, int] | None) -> PublishedDataset:
    mice = [name for name, own in COLUMNS_OF_MICE.items() if columns in (None, own)]
    shown = (
        "the whole images (three screens)" if columns is None else f"columns {columns[0]} to {columns[1]} of the images"
    )
    return PublishedDataset(
        identifier=identifier,
        base="du2025",
        recordings=tuple(PublishedFile(f"{name}.npz") for name in mice),
        shared_files=(PublishedFile(IMAGES),),
        where=_WHERE,
        terms=f"""\
Du et al. 2025 (nat60k): terms of use

Licence: {_LICENCE}.

Please cite:
  {_CITATION}
""",
        recipe=Recipe(
            response="deconvolved calcium activity as in the files, in arbitrary units; the window is not stated",
            window_ms=(0.0, 500.0),
            filters=(
                f"repeated test images that all {len(mice)} mice saw; all neurons whose responses vary; the stimuli "
                f"are {shown}"
            ),
            source="Du et al. 2025, figshare, doi 10.25378/janelia.28797638",
            citation=_CITATION,
            licence=_LICENCE,
        ),
        read=lazily(__package__, ".read_du:read_du", columns=columns),
        unverified=_UNVERIFIED,
    )


DU2025 = (
    _dataset("du2025", None),
    *(
        _dataset(f"du2025-columns-{columns[0]}-{columns[1]}", columns)
        for columns in dict.fromkeys(COLUMNS_OF_MICE.values())
    ),
)
"""All mice with whole images, and, for each choice of columns, the mice whose receptive fields are there."""
