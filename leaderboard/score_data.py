"""The table of the leaderboard as its pages' script reads it."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..plugins.identifiers import benchmark_parts, model_parts
from ..results.marked_rows import instant_of
from ..uncertainty.rank_correlation import MINIMAL_N_MODELS, RankCorrelation, rank_correlations
from .board_table import BoardTable, Cell
from .page_name import page_name

_DIGITS = 4


def score_data(table: BoardTable, newest: pd.DataFrame, failures: pd.DataFrame) -> dict[str, Any]:
    """Lay the table out as the page's script reads it.

    Parameters
    ----------
    table : BoardTable
        Of the newest scores.
    newest : pandas.DataFrame
        Rows of :func:`brainscore_mouse.results.view.results_frame`, one per label and benchmark, all current.
    failures : pandas.DataFrame
        Of :func:`brainscore_mouse.results.view.failures_frame`.

    Returns
    -------
    dict
        `headline` (numbers of the benchmarks that are shown first), `benchmarks`, `groups` (what is averaged, with the
        numbers of their benchmarks) and `models`, with what is shown of each; `scores`: for each model, for each
        benchmark, [score, error, rank] or null; `means`: for each model, for each group, [mean, error, rank, number of
        areas] or null; `failures`: [model, benchmark, reason] by numbers; `correlations`: over models, between the
        scores of benchmark `mouse` and `robustness` (numbers of rows of `benchmarks`).
    """
    names = [group.name for group in table.groups]
    scores = [[_cell(table.scores.get((model, name))) for name in table.benchmarks] for model in table.models]
    means = [[_mean(table.means.get((model, name))) for name in names] for model in table.models]
    column = {identifier: number for number, identifier in enumerate(table.benchmarks)}
    row = {identifier: number for number, identifier in enumerate(table.models)}
    return {
        "headline": [column[name] for name in table.headline],
        "benchmarks": [
            {**_benchmark(name, rows), "ranking": table.rankings[name]}
            for name, rows in _rows_of(newest, table.benchmarks).items()
        ],
        "groups": [
            {
                **{key: value for key, value in vars(group).items() if key != "benchmarks"},
                "name": group.name,
                "ranking": table.rankings[group.name],
                "columns": [column[name] for name in group.benchmarks],
            }
            for group in table.groups
        ],
        "models": [_model(label, name) for label, name in _names(newest, table.models)],
        "scores": scores,
        "means": means,
        "failures": [
            [row[one.model], column[one.benchmark], f"{one.error}: {one.message}"]
            for one in failures.itertuples()
            if one.model in row and one.benchmark in column and (one.model, one.benchmark) not in table.scores
        ],
        "correlations": _correlations(table.benchmarks, scores),
    }


def _cell(cell: Cell | None) -> list[float | None] | None:
    return None if cell is None else [_rounded(cell.score), _rounded(cell.error), cell.rank]


def _mean(cell: Cell | None) -> list[float | None] | None:
    return None if cell is None else [_rounded(cell.score), _rounded(cell.error), cell.rank, cell.n_areas]


def _rows_of(newest: pd.DataFrame, benchmarks: Sequence[str]) -> Mapping[str, pd.DataFrame]:
    groups = dict(iter(newest.groupby("benchmark")))
    return {name: groups[name] for name in benchmarks}


def _benchmark(identifier: str, rows: pd.DataFrame) -> dict[str, Any]:
    parts = benchmark_parts(identifier)
    # The ceiling is that of the recordings, the same for all but for rounding on other processors.
    last = rows.loc[pd.to_datetime(rows["created"].map(instant_of), utc=True).idxmax()]
    return {
        "name": identifier,
        "page": f"benchmarks/{page_name(identifier)}",
        **vars(parts),
        "robustness": parts.is_robustness,
        "ceiling": _rounded(last["ceiling"]),
        "ceilingError": _rounded(last["ceiling_error"]),
        "nNeuroids": None if pd.isna(last["n_neuroids"]) else int(last["n_neuroids"]),
        "nMice": None if pd.isna(last["n_mice"]) else int(last["n_mice"]),
    }


def _names(newest: pd.DataFrame, labels: Sequence[str]) -> list[tuple[str, str]]:
    name_of = dict(zip(newest["label"], newest["model"], strict=True))
    return [(label, name_of.get(label, label)) for label in labels]  # one that only failed has no label of its own


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
    columns = np.array([[cell[0] if cell else np.nan for cell in row] for row in scores], dtype=float).T
    has_score = ~np.isnan(columns)
    # Pairs that the same models have share their draws, which takes a twentieth of the time.
    alike: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for mouse, robustness in pairs:
        alike[(has_score[mouse] & has_score[robustness]).tobytes()].append((mouse, robustness))
    correlations: dict[tuple[int, int], RankCorrelation] = {}
    for key, of_same in alike.items():
        models = np.frombuffer(key, dtype=bool)
        if models.sum() >= MINIMAL_N_MODELS:
            correlations |= zip(of_same, rank_correlations(columns[:, models], of_same), strict=True)
    return [
        {
            "mouse": mouse,
            "robustness": robustness,
            "value": _rounded(correlations[mouse, robustness].value),
            "low": _rounded(correlations[mouse, robustness].low),
            "high": _rounded(correlations[mouse, robustness].high),
            "nModels": correlations[mouse, robustness].n_models,
        }
        for mouse, robustness in pairs
        if (mouse, robustness) in correlations and math.isfinite(correlations[mouse, robustness].value)
    ]


def _rounded(value: float | None) -> float | None:
    """Round for the screen; None where there is no such number, which JSON cannot hold."""
    return None if value is None or not math.isfinite(value) else round(float(value), _DIGITS)
