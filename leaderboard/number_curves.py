"""The scores of models at several numbers of neuroids, for the page of a benchmark."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .charts import number_chart

LARGEST_N_DRAWN = 8
# Of a score at all neuroids and the stored score, which are the same unless model or recordings have changed since.
_ROUNDING = 1e-6


def number_curves(rows: Sequence[Mapping[str, Any]], scores: Mapping[str, float]) -> dict[str, Any] | None:
    """Lay out curves over the number of neuroids.

    Parameters
    ----------
    rows : sequence of mapping
        From :func:`brainscore_mouse.results.neuroid_numbers.stored_numbers.stored_numbers`.
    scores : mapping of str to float
        The scores of the models on the benchmark, with all neuroids, by label. Curves that do not end in the score of
        their model are of another model, recordings or version, and left out.

    Returns
    -------
    dict or None
        `chart` (None where fewer than two numbers have scores), `numbers` (ascending), `models` (for each its `name`
        and its `cells`, None where there is no score), `problems` (the reason, for each number without scores),
        `n_neuroids`, `n_stale` (curves left out) and `n_not_drawn`. None where no curve is known.
    """
    by_model: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        by_model.setdefault(row["model"], {})[row["n_neuroids_compared"]] = row
    current = {name: found for name, found in by_model.items() if name in scores and _ends_in(found, scores[name])}
    if not current:
        return None
    numbers = sorted({number for found in current.values() for number in found})
    ordered = sorted(current, key=lambda name: (-scores[name], name))
    problems = {number: row["problem"] for found in current.values() for number, row in found.items() if row["problem"]}
    lines = {
        name: [(number, row["score"]) for number, row in sorted(current[name].items()) if row["score"] is not None]
        for name in ordered[:LARGEST_N_DRAWN]
    }
    with_scores = {number for line in lines.values() for number, _ in line}
    return {
        "chart": number_chart(lines) if len(with_scores) > 1 else None,
        "numbers": numbers,
        "models": [{"name": name, "cells": [current[name].get(number) for number in numbers]} for name in ordered],
        "problems": [{"number": number, "why": problems[number]} for number in sorted(problems)],
        "n_neuroids": max(row["n_neuroids"] for found in current.values() for row in found.values()),
        "n_stale": sum(name in scores for name in by_model) - len(current),
        "n_not_drawn": max(len(ordered) - LARGEST_N_DRAWN, 0),
    }


def _ends_in(found: Mapping[int, Mapping[str, Any]], score: float) -> bool:
    whole = found.get(next(iter(found.values()))["n_neuroids"])
    return (
        whole is not None
        and whole["score"] is not None
        and math.isclose(whole["score"], score, rel_tol=_ROUNDING, abs_tol=_ROUNDING)
    )
