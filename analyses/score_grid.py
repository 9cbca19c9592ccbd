"""Scores as a table of text to read: models in rows, areas in columns, one block per dataset and metric."""

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..models.mouse_models.each_mouse_alone import MOUSE_MODEL
from ..plugins.discovery import metrics_with_benchmarks
from ..plugins.identifiers import ALL_AREAS, BenchmarkParts, benchmark_parts, in_order
from ..uncertainty.student_t import two_sided_p
from .neuroid_number_note import neuroid_number_note

Row = Mapping[str, Any]

_SIGNIFICANCE = 0.05
_FOOTNOTE_WIDTH = 79
_FOOTNOTE = (
    "* ahead of every other model in its column by more than chance: p < 0.05 by the\n"
    "  standard errors, corrected for the number of models."
)
_PAIRED_TEST = " For a paired test over\n  the same stimuli and mice: brainscore-mouse compare"
_FOOTNOTE_OF_MICE = (
    "mouse-model: mice as models of other mice are on another scale than models, and\n"
    "  take no part in stars. For both on the same mice: brainscore-mouse inter-animal"
)


def score_grid(scores: Sequence[Row], width: int = 80) -> str:
    """Lay scores out for reading.

    Parameters
    ----------
    scores : sequence of mapping
        Rows of :func:`brainscore_mouse.score_table` or :func:`brainscore_mouse.results_frame`, one per model and
        benchmark: `model` (or `label`), `benchmark`, `score`, `error`, and `failure` and `n_neuroids` where known.
    width : int
        Characters in a line. Blocks with more columns continue below.

    Returns
    -------
    str
        In each block, the model with the highest mean over the block's columns comes first; models that lack a column
        come after those that have all, and mice as models (``mouse-model:``), which are on another scale, last. A star
        marks the best score of a column where it is clearly above all others, see `clear_best`; mice take no part.
        Where there is a star, a footnote explains it, and names `compare` if that can compare the models. Further
        footnotes say that mice are on another scale, and which areas cannot be compared, see `neuroid_number_note`.
    """
    by_benchmark: dict[str, dict[str, Row]] = {}
    for row in scores:
        by_benchmark.setdefault(row["benchmark"], {})[row.get("label") or row["model"]] = row
    parts = {identifier: benchmark_parts(identifier) for identifier in in_order(by_benchmark)}
    blocks: dict[str, list[str]] = {}
    for identifier, part in parts.items():
        blocks.setdefault(_heading(part), []).append(identifier)
    texts = []
    for heading, benchmarks in blocks.items():
        models = _in_order([by_benchmark[benchmark] for benchmark in benchmarks])
        columns = [_column(by_benchmark[benchmark], models, _area(parts[benchmark])) for benchmark in benchmarks]
        texts += ["\n".join([heading, *_lines(models, columns, width)])]
    starred = {parts[block[0]].metric for block, text in zip(blocks.values(), texts, strict=True) if "*" in text}
    if starred:
        texts.append(_FOOTNOTE + (_PAIRED_TEST if starred & set(metrics_with_benchmarks()) else ""))
    if any((row.get("label") or row["model"]).startswith(MOUSE_MODEL) for row in scores):
        texts.append(_FOOTNOTE_OF_MICE)
    if note := neuroid_number_note((row["benchmark"], row.get("n_neuroids")) for row in scores):
        texts.append(textwrap.fill(note, _FOOTNOTE_WIDTH, break_on_hyphens=False))
    return "\n\n".join(texts)


def _in_order(columns: Sequence[Mapping[str, Row]]) -> list[str]:
    """Return the models of a block's columns, as `score_grid` says."""

    def place(name: str) -> tuple[bool, int, float, str]:
        found = [_number(column[name].get("score")) for column in columns if name in column]
        known = [score for score in found if not math.isnan(score)]
        mean = sum(known) / len(known) if known else -math.inf
        return name.startswith(MOUSE_MODEL), len(columns) - len(known), -mean, name

    return sorted({name for column in columns for name in column}, key=place)


def clear_best(scores: Sequence[float], errors: Sequence[float], n_mice: Sequence[float]) -> int | None:
    """Return the index of the best score if it is clearly above every other, else None.

    The difference to each other score is compared with the two standard errors, taken as independent; scores on the
    same stimuli and mice err together, so that this is cautious. p-values are Student's, with one degree of freedom
    less than there are mice (those of a single mouse, or of none, are of a normal distribution), and corrected for the
    number of comparisons (Bonferroni).

    Parameters
    ----------
    scores, errors, n_mice : sequence of float
        NaN where there is none. A single score is not the best of anything.

    Examples
    --------
    >>> clear_best([0.30, 0.10, 0.12], [0.02, 0.02, 0.02], [6, 6, 6])
    0
    >>> clear_best([0.30, 0.10, 0.28], [0.02, 0.02, 0.02], [6, 6, 6]) is None
    True
    >>> clear_best([0.30, 0.10, 0.12], [0.02, 0.02, 0.02], [2, 2, 2]) is None
    True
    """
    values, spreads = np.asarray(scores, dtype=float), np.asarray(errors, dtype=float)
    present = np.flatnonzero(np.isfinite(values))
    if len(present) < 2 or not np.isfinite(spreads[present]).all():
        return None
    best = int(present[np.argmax(values[present])])
    others = present[present != best]
    spread = np.hypot(spreads[best], spreads[others])
    differences = values[best] - values[others]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = [
            _two_sided_p(size, min(n_mice[best], n_mice[other])) if difference > 0 else 1.0
            for difference, size, other in zip(differences, differences / spread, others, strict=True)
        ]
    return best if all(one * len(others) < _SIGNIFICANCE for one in p) else None


def _two_sided_p(size: float, n_mice: float) -> float:
    """Return a p-value; errors over stimuli alone, which are many, are taken to be known."""
    return two_sided_p(size, int(n_mice) - 1) if n_mice > 1 else math.erfc(size / math.sqrt(2))


def _heading(part: BenchmarkParts) -> str:
    what = "0: chance, 1: perfect" if part.is_robustness else "share of the ceiling"
    variant = f"@{part.variant}" if part.variant else ""
    return f"{part.dataset}{variant}, {part.metric} ({what} ± standard error)"


def _area(part: BenchmarkParts) -> str:
    name = "score" if part.is_robustness else "all areas" if part.area == ALL_AREAS else part.area
    return f"{name}.{part.part}" if part.part else name


def _column(by_name: Mapping[str, Row], models: Sequence[str], title: str) -> list[str]:
    rows: list[Row] = [by_name.get(name, {}) for name in models]
    scores, errors, n_mice = ([_number(row.get(column)) for row in rows] for column in ("score", "error", "n_mice"))
    of_models = [not name.startswith(MOUSE_MODEL) for name in models]
    best = clear_best(
        [score if is_one else math.nan for score, is_one in zip(scores, of_models, strict=True)], errors, n_mice
    )
    cells = [title]
    for number, (row, score, error) in enumerate(zip(rows, scores, errors, strict=True)):
        failed = isinstance(row.get("failure"), str)
        cells.append("failed" if failed else _cell(score, error, number == best))
    return cells


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):  # None, or another kind of NaN
        return math.nan


def _cell(score: float, error: float, is_best: bool) -> str:
    if math.isnan(score):
        return ""
    text = f"{score:z.2f}" if math.isnan(error) else f"{score:z.2f} ± {error:z.2f}"
    return f"{text}*" if is_best else f"{text} "


def _lines(models: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    names = ["", *models]
    first = max(map(len, names))
    widths = [max(map(len, column)) for column in columns]
    start = 0
    while start < len(columns):
        stop, used = start, first
        while stop < len(columns) and (stop == start or used + 2 + widths[stop] <= width):
            used += 2 + widths[stop]
            stop += 1
        if start:
            yield ""
        for number, name in enumerate(names):
            cells = (
                (column[number] + " " if number == 0 else column[number]).rjust(size)
                for column, size in zip(columns[start:stop], widths[start:stop], strict=True)
            )
            yield "  ".join([name.ljust(first), *cells]).rstrip()
        start = stop
