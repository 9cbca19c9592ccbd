"""``brainscore-mouse results export``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path
from ..output.csv_output import STANDARD_OUTPUT, CsvOption


def export(
    csv: CsvOption = None,
    parquet: Annotated[
        Path | None, typer.Option(help="Parquet file to write (needs pyarrow).", parser=expanded_path, metavar="PATH")
    ] = None,
    outdated: Annotated[
        bool,
        typer.Option("--outdated", help="Include outdated scores; the column is_current is False for them."),
    ] = False,
) -> None:
    """Write the stored scores as one table; docs/tables.md lists its columns."""
    from ...core.errors import InvalidParameterError
    from ...results.export import csv_text, export_csv, export_parquet

    if csv is None and parquet is None:
        raise InvalidParameterError("Say where to: --csv FILE (or - for standard output), --parquet FILE, or both.")
    if parquet is not None:
        print(f"{export_parquet(parquet, outdated)} scores written to {parquet}", file=sys.stderr)
    if csv == STANDARD_OUTPUT:
        print(csv_text(outdated), end="")
    elif csv is not None:
        print(f"{export_csv(Path(csv), outdated)} scores written to {csv}", file=sys.stderr)
