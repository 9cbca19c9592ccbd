"""Answers for other programs."""

import json
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead, for other programs.")]


def print_json(content: Any) -> None:
    """Print as JSON; NaN, which JSON does not have, becomes null."""
    print(json.dumps(_without_nan(content), indent=2, allow_nan=False))


def _without_nan(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _without_nan(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_nan(value) for value in content]
    return None if isinstance(content, float) and math.isnan(content) else content


def records_of(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a table as JSON can hold them: NaN becomes null."""
    records: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return records
