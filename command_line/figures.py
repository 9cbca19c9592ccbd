"""``brainscore-mouse figures``."""

from pathlib import Path
from typing import Annotated

import typer

from .expanded_path import expanded_path


def figures(
    output: Annotated[
        Path, typer.Option(help="Folder to write the figures to, as PDF and SVG.", parser=expanded_path, metavar="PATH")
    ],
) -> None:
    """Draw figures for papers of all stored scores: layer curves, heat maps, RDMs, NeuRN's differences, ceilings."""
    from ..analyses.paper_figures import write_paper_figures

    for path in write_paper_figures(output):
        print(path)
