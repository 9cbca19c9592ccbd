"""Patterns of names, as people choose stored scores by."""

import fnmatch
from collections.abc import Sequence

import numpy as np
import pandas as pd


def matches(identifier: str, patterns: Sequence[str] | None) -> bool:
    """Return whether a name is one of the patterns, with ``*``, ``?`` and ``[...]`` as in a shell; any is, of None."""
    return not patterns or any(fnmatch.fnmatchcase(identifier, pattern) for pattern in patterns)


def matching_rows(frame: pd.DataFrame, models: Sequence[str] | None, benchmarks: Sequence[str] | None) -> pd.DataFrame:
    """Return the rows of a table of scores or failures whose model (or label) and benchmark match patterns."""
    columns = [frame[column] for column in ("model", "label") if column in frame.columns]
    of_models = [any(matches(name, models) for name in names) for names in zip(*columns, strict=True)]
    of_benchmarks = [matches(name, benchmarks) for name in frame["benchmark"]]
    return frame[np.array(of_models, dtype=bool) & np.array(of_benchmarks, dtype=bool)]
