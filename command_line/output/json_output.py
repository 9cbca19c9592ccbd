"""Answers for other programs."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead, for other programs.")]


def print_json(content: Any) -> None:
    """Print what JSON can hold; NaN must have become None."""
    print(json.dumps(content, indent=2, allow_nan=False))


def records_of(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a table as JSON can hold them: NaN becomes null."""
    records: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return records
