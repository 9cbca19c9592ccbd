"""Charts as numbers: where ticks, lines and bars of an SVG go. The templates draw them in the page's own colours."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 320.0, 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 8.0, 8.0, 30.0
_HISTOGRAM_STEP = 0.1
_ROW_HEIGHT = 20.0
_LABEL_WIDTH = 120.0
_LABEL_DISTANCE = 26.0  # between numbers of three or four digits
_UNKNOWN = "–"  # noqa: RUF001, as in the templates

_Point = tuple[str, str, str, str]
"""Of a line: its places from the left and from the top, its name, escaped, and its value in words."""


@dataclass(frozen=True)
class Axis:
    """From values to places on the page.

    Attributes
    ----------
    low, high : float
        The values at its ends.
    start, end : float
        The places of its ends.
    """

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return where a value is, rounded to a tenth of a pixel."""
        return self.places([value])[0]

    def places(self, values: Iterable[float]) -> list[float]:
        """Return where each value is, rounded to a tenth of a pixel."""
        start, low, span, length = self.start, self.low, self.high - self.low, self.end - self.start
        return [round(start + (value - low) / span * length, 1) for value in values]

    def ticks(self, step: float) -> list[dict[str, Any]]:
        """Return places and labels of the multiples of a step."""
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        values = [number * step for number in range(first, last + 1)]
        return [
            {"place": place, "label": f"{value:g}", "is_zero": abs(value) < 1e-9}
            for place, value in zip(self.places(values), values, strict=True)
        ]


def layer_curves(
    layer_scores: Mapping[str, Mapping[str, float | None]],
    chosen: Mapping[str, str],
    baselines: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Lay out the score of each layer, one line per area.

    Parameters
    ----------
    layer_scores : mapping
        By area, by layer from early to late; None where a layer has no score.
    chosen : mapping of str to str
        The layer chosen in each area: it is marked.
    baselines : mapping of str to float, optional
        Scores of other models, by name, drawn as dashed lines.
    """
    baselines = baselines or {}
    layers = list(dict.fromkeys(layer for scores in layer_scores.values() for layer in scores))
    values = [value for scores in layer_scores.values() for value in scores.values() if value is not None]
    values += baselines.values()
    vertical = value_axis(values, _HEIGHT - _BOTTOM, _TOP)
    horizontal = Axis(0, max(len(layers) - 1, 1), _LEFT + 6, _WIDTH - _RIGHT - 6)
    x_of = {layer: str(horizontal.place(number)) for number, layer in enumerate(layers)}
    names = {layer: str(escape(layer)) for layer in layers}
    series, texts = [], []
    for area, scores in layer_scores.items():
        known = {layer: value for layer, value in scores.items() if value is not None}
        text_of = {layer: f"{value:z.3f}" for layer, value in known.items()}
        points = [
            (x_of[layer], str(y), names[layer], text_of[layer])
            for layer, y in zip(known, vertical.places(known.values()), strict=True)
        ]
        marked = names.get(chosen[area]) if area in chosen else None
        series.append({"name": area, "line": _line(points), "dots": _dots(area, points, marked)})
        texts.append(text_of)
    return {
        **_frame(),
        "layers": layers,
        "rows": [(layer, _cells([text_of.get(layer, _UNKNOWN) for text_of in texts])) for layer in layers],
        "series": series,
        "baselines": [{"name": name, "value": value, "y": vertical.place(value)} for name, value in baselines.items()],
        "y_ticks": vertical.ticks(step_of(vertical)),
        "first_x": horizontal.place(0),
        "last_x": horizontal.place(max(len(layers) - 1, 1)),
    }


def _line(points: Sequence[_Point]) -> str:
    return "".join([f"{x},{y} " for x, y, _, _ in points])


def _dots(area: str, points: Sequence[_Point], chosen: str | None) -> Markup:
    """Draw the points of a line; a template takes ten times as long for thousands of them."""
    name = escape(area)
    circles = [
        f'<circle cx="{x}" cy="{y}" r="{4 if layer == chosen else 1.8}">'
        f"<title>{name}, {layer}: {value}</title></circle>\n"
        for x, y, layer, value in points
    ]
    return Markup("".join(circles))  # noqa: S704, names are escaped and the rest are numbers


def _cells(texts: Sequence[str]) -> Markup:
    return Markup("".join([f'<td class="number">{text}</td>' for text in texts]))  # noqa: S704, numbers only


def number_chart(lines: Mapping[str, Sequence[tuple[int, float]]]) -> dict[str, Any]:
    """Lay out scores over numbers of neuroids, one line per model.

    Parameters
    ----------
    lines : mapping of str to sequence of (int, float)
        Of each model the numbers, ascending, and the scores.
    """
    numbers = sorted({number for line in lines.values() for number, _ in line})
    vertical = value_axis([score for line in lines.values() for _, score in line], _HEIGHT - _BOTTOM, _TOP)
    horizontal = Axis(0, max(numbers), _LEFT, _WIDTH - _RIGHT - 12)
    series = []
    for name, line in lines.items():
        points = [
            (str(horizontal.place(number)), str(vertical.place(score)), str(number), f"{score:z.3f}")
            for number, score in line
        ]
        series.append({"name": name, "line": _line(points), "dots": _dots(name, points, None)})
    labels = [{"place": horizontal.place(number), "label": str(number)} for number in numbers]
    shown = [one for one, after in zip(labels, [*labels[1:], None], strict=True) if _has_room(one, after)]
    return {**_frame(), "series": series, "y_ticks": vertical.ticks(step_of(vertical)), "x_ticks": shown}


def _has_room(label: Mapping[str, Any], after: Mapping[str, Any] | None) -> bool:
    return after is None or after["place"] - label["place"] >= _LABEL_DISTANCE


def histogram(values: Sequence[float]) -> dict[str, Any]:
    """Lay out how many neuroids have which score, in steps of a tenth.

    Parameters
    ----------
    values : sequence of float
        At least one.
    """
    low = min(0.0, math.floor(min(values) / _HISTOGRAM_STEP) * _HISTOGRAM_STEP)
    high = max(1.0, math.ceil(max(values) / _HISTOGRAM_STEP) * _HISTOGRAM_STEP)
    counts, edges = np.histogram(values, bins=round((high - low) / _HISTOGRAM_STEP), range=(low, high))
    horizontal = Axis(low, high, _LEFT, _WIDTH - _RIGHT)
    vertical = Axis(0, float(counts.max()), _HEIGHT - _BOTTOM, _TOP)
    places, tops = horizontal.places(edges), vertical.places(counts.tolist())
    bars = [
        {
            "x": left + 0.5,
            "width": max(round(right - left - 1, 1), 0.5),
            "y": top,
            "height": round(vertical.start - top, 1),
            "label": f"{first:.1f} to {last:.1f}: {count}",
        }
        for left, right, top, first, last, count in zip(
            places[:-1], places[1:], tops, edges[:-1], edges[1:], counts.tolist(), strict=True
        )
    ]
    median = float(np.median(values))
    return {
        **_frame(),
        "bars": bars,
        "n": len(values),
        "median": median,
        "median_x": horizontal.place(median),
        "x_ticks": horizontal.ticks(0.5),
        "largest": int(counts.max()),
    }


def domain_profile(domains: Sequence[Mapping[str, Any]], chance: float) -> dict[str, Any]:
    """Lay out the accuracy on each domain, one row each, from 0 to 1.

    Parameters
    ----------
    domains : sequence of mapping
        With `name`, `accuracy`, `error` (None where unknown) and `is_source`.
    chance : float
        The accuracy of guessing.
    """
    horizontal = Axis(0, 1, _LABEL_WIDTH, 460.0)
    rows = []
    for number, domain in enumerate(domains):
        error = domain["error"] or 0.0
        rows.append(
            {
                **domain,
                "y": round((number + 0.5) * _ROW_HEIGHT + 4, 1),
                "x": horizontal.place(domain["accuracy"]),
                "low": horizontal.place(max(domain["accuracy"] - error, 0)),
                "high": horizontal.place(min(domain["accuracy"] + error, 1)),
            }
        )
    bottom = len(domains) * _ROW_HEIGHT + 4
    return {
        "width": 470,
        "height": bottom + 22,
        "left": _LABEL_WIDTH,
        "bottom": bottom,
        "rows": rows,
        "chance_x": horizontal.place(chance),
        "x_ticks": horizontal.ticks(0.25),
    }


def _frame() -> dict[str, float]:
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "right": _WIDTH - _RIGHT,
        "top": _TOP,
        "bottom": _HEIGHT - _BOTTOM,
    }


def value_axis(values: Sequence[float], start: float, end: float) -> Axis:
    """Return an axis that holds all values and 0, and ends at multiples of a tenth."""
    low = min(0.0, math.floor(min(values, default=0.0) * 10) / 10)
    high = max(0.1, math.ceil(max(values, default=0.0) * 10) / 10)
    return Axis(low, high, start, end)


def step_of(axis: Axis) -> float:
    """Return the step that gives at most six ticks."""
    span = axis.high - axis.low
    power = 10.0 ** math.floor(math.log10(span / 5))
    return next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= 6)
