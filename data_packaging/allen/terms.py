"""On which terms the Allen Institute's recordings may be used, and what to cite."""

import sys
from pathlib import Path

from ...core.files import written_whole

LICENCE = (
    "(c) Allen Institute; non-commercial research use with citation: https://alleninstitute.org/terms-of-use and "
    "https://alleninstitute.org/citation-policy"
)
CITATIONS = {
    "allen-mouse": (
        "de Vries, Lecoq, Buice et al. 2020, A large-scale standardized physiological survey reveals functional "
        "organization of the mouse visual cortex, Nature Neuroscience 23:138-151, doi 10.1038/s41593-019-0550-9"
    ),
    "allen-mouse-npx": (
        "Siegle, Jia et al. 2021, Survey of spiking in the mouse visual system reveals functional hierarchy, "
        "Nature 592:86-92, doi 10.1038/s41586-020-03171-x"
    ),
}
CITATIONS["allen-mouse-events"] = CITATIONS["allen-mouse"]

TERMS = f"""\
Allen Brain Observatory, Visual Coding: terms of use

{LICENCE}
The recordings and the scenes may not be redistributed; this package fetches them for your own use.

Please cite, with the 2-photon recordings:
  {CITATIONS["allen-mouse"]}
and with the Neuropixels recordings:
  {CITATIONS["allen-mouse-npx"]}
"""


def show_terms(path: Path) -> None:
    """Show the terms before the first use, and keep them.

    Parameters
    ----------
    path : Path
        Where they are, once they were shown.
    """
    if path.is_file():
        return
    print(TERMS, file=sys.stderr)
    with written_whole(path) as temporary:
        temporary.write_text(TERMS, encoding="utf-8")
