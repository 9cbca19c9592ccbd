"""The table of the leaderboard as its pages' script reads it."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from ..plugins.identifiers import benchmark_parts, in_order, model_parts
from ..uncertainty.rank_correlation import MINIMAL_N_MODELS, rank_correlation

_DIGITS = 4


def page_name(model: str) -> str:
    """Return the name of a model's page: readable, safe in any file system and address, different for each model."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", model).strip(".-")[:60]
    return f"{readable or 'model'}-{hashlib.sha256(model.encode()).hexdigest()[:8]}.html"


def score_data(newest: pd.DataFrame) -> dict[str, Any]:
    """Lay the newest scores out as a table.

    Parameters
    ----------
    newest : pandas.DataFrame
        Rows of :func:`brainscore_mouse.results.view.results_frame`, one per label and benchmark, all current.

    Returns
    -------
    dict
        `benchmarks` and `models`, with what is told of each; `scores`: for each model, for each benchmark,
        [score, error] or null; `correlations`: over models, between the scores of benchmark `mouse` and `robustness`
        (numbers of rows of `benchmarks`).
    """
    benchmarks = in_order(newest["benchmark"])
    models = sorted(set(newest["label"]))
    column = {identifier: number for number, identifier in enumerate(benchmarks)}
    row = {identifier: number for number, identifier in enumerate(models)}
    scores: list[list[list[float | None] | None]] = [[None] * len(benchmarks) for _ in models]
    for model, benchmark, score, error in newest[["label", "benchmark", "score", "error"]].itertuples(index=False):
        scores[row[model]][column[benchmark]] = [_rounded(score), _rounded(error)]
    return {
        "benchmarks": [_benchmark(name, rows) for name, rows in _rows_of(newest, benchmarks).items()],
        "models": [_model(label, name) for label, name in _names(newest, models)],
        "scores": scores,
        "correlations": _correlations(benchmarks, scores),
    }


def _rows_of(newest: pd.DataFrame, benchmarks: Sequence[str]) -> Mapping[str, pd.DataFrame]:
    groups = dict(iter(newest.groupby("benchmark")))
    return {name: groups[name] for name in benchmarks}


def _benchmark(identifier: str, rows: pd.DataFrame) -> dict[str, Any]:
    parts = benchmark_parts(identifier)
    # The ceiling is that of the recordings, the same for all but for rounding on other processors.
    last = rows.loc[pd.to_datetime(rows["created"], utc=True).idxmax()]
    return {
        "name": identifier,
        **vars(parts),
        "robustness": parts.is_robustness,
        "ceiling": _rounded(last["ceiling"]),
        "ceilingError": _rounded(last["ceiling_error"]),
        "nNeuroids": None if pd.isna(last["n_neuroids"]) else int(last["n_neuroids"]),
        "nMice": None if pd.isna(last["n_mice"]) else int(last["n_mice"]),
    }


def _names(newest: pd.DataFrame, labels: Sequence[str]) -> list[tuple[str, str]]:
    name_of = dict(zip(newest["label"], newest["model"], strict=True))
    return [(label, name_of[label]) for label in labels]


def _model(label: str, identifier: str) -> dict[str, str]:
    parts = model_parts(identifier)
    return {
        "name": label,
        "page": f"models/{page_name(label)}",
        "family": parts.family,
        "kind": parts.kind,
    }


def _correlations(benchmarks: Sequence[str], scores: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Compare each whole area with each benchmark of robustness, where enough models have both."""
    kinds = [benchmark_parts(name) for name in benchmarks]
    pairs = [
        (mouse, robustness)
        for mouse, of_mouse in enumerate(kinds)
        for robustness, of_robustness in enumerate(kinds)
        if of_mouse.is_whole_area and of_robustness.is_robustness
    ]
    found = []
    for mouse, robustness in tqdm(pairs, desc="rank correlations", unit="pair", leave=False, disable=None):
        both = [(row[mouse][0], row[robustness][0]) for row in scores if row[mouse] and row[robustness]]
        if len(both) < MINIMAL_N_MODELS:
            continue
        correlation = rank_correlation(*np.array(both, dtype=float).T)
        found.append(
            {
                "mouse": mouse,
                "robustness": robustness,
                "value": _rounded(correlation.value),
                "low": _rounded(correlation.low),
                "high": _rounded(correlation.high),
                "nModels": correlation.n_models,
            }
        )
    return found


def _rounded(value: float) -> float | None:
    """Round for the screen; None where there is no such number, which JSON cannot hold."""
    return None if value is None or not math.isfinite(value) else round(float(value), _DIGITS)
