"""``brainscore-mouse figures``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .expanded_path import expanded_path
from .patterns import BenchmarksOption, MetricOption, ModelsOption


def figures(
    output: Annotated[
        Path, typer.Option(help="Folder to write the figures to, as PDF and SVG.", parser=expanded_path, metavar="PATH")
    ],
    models: ModelsOption = None,
    benchmarks: BenchmarksOption = None,
    metric: MetricOption = None,
    top: Annotated[
        int | None,
        typer.Option(
            help="Draw only this many models, those with the highest mean score. Default: 6 in layer curves, 3 in RDM "
            "panels, 60 in heat maps, all elsewhere.",
            min=1,
        ),
    ] = None,
) -> None:
    """Draw figures of stored scores for papers: layer curves, heat maps, RDMs, NeuRN differences and ceilings."""
    from ..analyses.paper_figures import write_paper_figures

    figures = write_paper_figures(output, models, benchmarks, metric, top)
    for path in figures.paths:
        print(path)
    for note in figures.notes:
        print(f"Note: {note}", file=sys.stderr)
