"""Patterns of names, as people choose stored scores by."""

import fnmatch
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def matches(identifier: str, patterns: Sequence[str] | None) -> bool:
    """Return whether a name is one of the patterns, with ``*``, ``?`` and ``[...]`` as in a shell; any is, of None."""
    return not patterns or any(fnmatch.fnmatchcase(identifier, pattern) for pattern in patterns)


def row_matches(row: Mapping[str, Any], models: Sequence[str] | None, benchmarks: Sequence[str] | None) -> bool:
    """Return whether a score's or failure's model (or label) and benchmark match patterns."""
    of_model = any(matches(row[column], models) for column in ("model", "label") if column in row)
    return of_model and matches(row["benchmark"], benchmarks)


def matching_rows(
    frame: "pd.DataFrame", models: Sequence[str] | None, benchmarks: Sequence[str] | None
) -> "pd.DataFrame":
    """Return the rows of a table of scores or failures whose model (or label) and benchmark match patterns."""
    columns = [column for column in ("model", "label", "benchmark") if column in frame.columns]
    rows = (dict(zip(columns, values, strict=True)) for values in zip(*(frame[name] for name in columns), strict=True))
    return frame[np.array([row_matches(row, models, benchmarks) for row in rows], dtype=bool)]
