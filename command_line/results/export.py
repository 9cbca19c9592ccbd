"""``brainscore-mouse results export``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def export(
    csv: Annotated[Path | None, typer.Option(help="CSV file to write.", parser=expanded_path, metavar="PATH")] = None,
    parquet: Annotated[
        Path | None, typer.Option(help="Parquet file to write (needs pyarrow).", parser=expanded_path, metavar="PATH")
    ] = None,
    outdated: Annotated[
        bool,
        typer.Option("--outdated", help="Also scores on older recordings; the column is_current is False for them."),
    ] = False,
) -> None:
    """Write the stored scores as one table."""
    from ...core.errors import InvalidParameterError
    from ...results.export import export_csv, export_parquet

    if csv is None and parquet is None:
        raise InvalidParameterError("Say where to: --csv FILE, --parquet FILE, or both.")
    if parquet is not None:
        print(f"{export_parquet(parquet, outdated)} scores written to {parquet}")
    if csv is not None:
        print(f"{export_csv(csv, outdated)} scores written to {csv}")
