"""``brainscore-mouse results export``."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    csv: Annotated[Path | None, typer.Option(help="CSV file to write.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Parquet file to write (needs pyarrow).")] = None,
) -> None:
    """Write all stored scores as one table."""
    from ...core.errors import InvalidParameterError
    from ...results.export import export_csv, export_parquet

    if csv is None and parquet is None:
        raise InvalidParameterError("Say where to: --csv FILE, --parquet FILE, or both.")
    if parquet is not None:
        print(f"{export_parquet(parquet)} scores written to {parquet}")
    if csv is not None:
        print(f"{export_csv(csv)} scores written to {csv}")
