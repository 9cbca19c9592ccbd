"""The picture on the first page: all models by area, between the floor and what mice reach of each other."""

from collections.abc import Sequence
from typing import Any

from ..models.mouse_models.each_mouse_alone import MOUSE_MODEL
from ..plugins.identifiers import benchmark_parts, model_parts
from .board_table import BoardTable, Cell
from .charts import Axis, step_of, value_axis

FLOOR = "pixels"
LARGEST_N_MODELS = 30
N_COLOURS = 8
_AREA_WIDTH, _LEFT, _RIGHT, _TOP, _HEIGHT, _BOTTOM = 130.0, 44.0, 8.0, 12.0, 300.0, 34.0
_MARGIN = 12.0  # between the bands of two areas


def overview_chart(table: BoardTable) -> dict[str, Any] | None:
    """Lay out scores with their errors by area, for the benchmarks that are shown first.

    Parameters
    ----------
    table : BoardTable
        All scores.

    Returns
    -------
    dict or None
        Of places on the page: `areas`, each with `bands` (`name`, `top`, `bottom` and the numbers `low` and `high`)
        and `points` (one per model: place, whisker, score, error); `models` (in the order of the points, the highest
        mean first), `n_left_out` (how many are not drawn). None where no score can be drawn.
    """
    names = [name for name in table.headline if any((model, name) in table.scores for model in table.models)]
    if not names:
        return None
    candidates = [model for model in table.models if _is_drawn(model)]
    ordered = sorted(
        (model for model in candidates if table.headline_cell(model) is not None),
        key=lambda model: -_value(table.headline_cell(model)),
    )
    models = ordered[:LARGEST_N_MODELS]
    bands = {name: _bands(table, name) for name in names}
    cells = {(model, name): table.scores.get((model, name)) for name in names for model in models}
    ends = [end for of_area in bands.values() for _, low, high in of_area for end in (low, high)]
    ends += [cell.score + sign * (cell.error or 0) for cell in cells.values() if cell is not None for sign in (-1, 1)]
    vertical = value_axis(ends, _HEIGHT - _BOTTOM, _TOP)
    width = _LEFT + _AREA_WIDTH * len(names) + _RIGHT
    areas = []
    for number, name in enumerate(names):
        left = _LEFT + number * _AREA_WIDTH
        horizontal = Axis(-0.5, max(len(models), 1) - 0.5, left + _MARGIN, left + _AREA_WIDTH - _MARGIN)
        areas.append(
            {
                "name": benchmark_parts(name).area,
                "left": round(left + _MARGIN / 2, 1),
                "width": _AREA_WIDTH - _MARGIN,
                "middle": round(left + _AREA_WIDTH / 2, 1),
                "bands": [_band(kind, low, high, vertical) for kind, low, high in bands[name]],
                "points": [
                    _point(model, place, cell, horizontal, vertical)
                    for place, model in enumerate(models)
                    if (cell := cells[model, name]) is not None
                ],
            }
        )
    parts = benchmark_parts(names[0])
    return {
        "dataset": parts.dataset,
        "metric": parts.metric,
        "width": width,
        "height": _HEIGHT,
        "left": _LEFT,
        "right": width - _RIGHT,
        "bottom": _HEIGHT - _BOTTOM,
        "y_ticks": vertical.ticks(step_of(vertical)),
        "areas": areas,
        "models": [{"name": model, "colour": place % N_COLOURS} for place, model in enumerate(models)],
        "n_left_out": len(ordered) - len(models),
        "kinds": list(dict.fromkeys(kind for of_area in bands.values() for kind, _, _ in of_area)),
    }


def _is_drawn(model: str) -> bool:
    return model != FLOOR and not model.startswith(MOUSE_MODEL) and model_parts(model).kind != "random"


def _value(cell: Cell | None) -> float:
    return float("-inf") if cell is None else cell.score


def _bands(table: BoardTable, name: str) -> list[tuple[str, float, float]]:
    """Return what a score lies between, as (name, low, high)."""

    def spread(models: Sequence[str]) -> tuple[float, float] | None:
        cells = [cell for model in models if (cell := table.scores.get((model, name))) is not None]
        if not cells:
            return None
        return (
            min(cell.score - (cell.error or 0) for cell in cells),
            max(cell.score + (cell.error or 0) for cell in cells),
        )

    # Single mice, of the same area: all mice together are on another scale, other areas are another question.
    of_single_mice = f"{MOUSE_MODEL}{benchmark_parts(name).dataset}-{benchmark_parts(name).area}-"
    found = {
        "floor": spread([FLOOR]),
        "untrained": spread([model for model in table.models if model_parts(model).kind == "random"]),
        "mice": spread([model for model in table.models if model.startswith(of_single_mice)]),
    }
    return [(kind, *ends) for kind, ends in found.items() if ends is not None]


def _band(kind: str, low: float, high: float, vertical: Axis) -> dict[str, Any]:
    top, bottom = vertical.place(high), vertical.place(low)
    return {"kind": kind, "low": low, "high": high, "top": top, "height": max(round(bottom - top, 1), 1.0)}


def _point(model: str, place: int, cell: Cell, horizontal: Axis, vertical: Axis) -> dict[str, Any]:
    error = cell.error or 0.0
    return {
        "model": model,
        "colour": place % N_COLOURS,
        "score": cell.score,
        "error": cell.error,
        "x": horizontal.place(place),
        "y": vertical.place(cell.score),
        "low": vertical.place(cell.score - error),
        "high": vertical.place(cell.score + error),
    }
