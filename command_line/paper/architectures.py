"""``brainscore-mouse architectures``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def architectures(
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Where table and figure go; default: the package's home.", parser=expanded_path, metavar="PATH"
        ),
    ] = None,
    chosen: Annotated[int, typer.Option(help="Number of networks to shortlist.")] = 13,
) -> None:
    """Compare how networks are built (Needleman-Wunsch of their layers), and shortlist a representative subset."""
    from ...analyses.architectures.write_architecture_report import write_architecture_report
    from ...core.home import check_writable, home

    target = folder or home() / "figures"
    check_writable(target)
    names = write_architecture_report(target, chosen)
    print(f"Shortlist: {', '.join(names)}")
    print(f"Table and figure: {target / 'architectures.csv'}, {target / 'architectures.png'}")
