"""``brainscore-mouse results merge OTHER...``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def merge(
    others: Annotated[
        list[Path],
        typer.Argument(
            help="Home folders copied from other machines, or their results/ subfolders.",
            parser=expanded_path,
            metavar="OTHERS",
        ),
    ],
) -> None:
    """Copy the scores of other stores into this one. Conflicts are reported, and nothing is overwritten."""
    from ...results.merge import merge_results

    report = merge_results(others)
    print(f"{report.n_added} results added, {report.n_same} were here already, {report.n_failures} failures taken over")
    for path in report.damaged:
        print(f"damaged, left out: {path}")
    for conflict in report.conflicts:
        print(f"CONFLICT {conflict}")
    if report.conflicts or report.damaged:
        raise typer.Exit(1)
