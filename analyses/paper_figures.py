"""Figures for papers, of all stored scores of whole areas: vector files, colour-blind safe, whose text stays text."""

import itertools
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..core.errors import DataError
from ..core.home import results_folder
from ..metrics.rsa.rdm_picture import clustered_order, decoded_rdm
from ..plugins.identifiers import benchmark_parts, in_order, model_parts
from ..results.marked_rows import instant_of
from ..results.matches import matches
from ..results.most_chosen_layer import most_chosen_layer
from ..results.store import read_record
from ..results.view import results_frame
from .drawing import COLOURS, STYLE, draw_legend, save_figure, shortened, text_width
from .neuroid_number_note import neuroid_number_note

SUFFIXES = (".pdf", ".svg")
# How many models a figure shows unless it is said; in curves, the colours before yellow, which is hard to see on white.
_DEFAULT_TOP = {"layer-curves": 6, "area-by-model": 60, "rdms": 3}
_DARK_SHARE = 0.45  # of cividis, on which white is read better than black


@dataclass(frozen=True)
class PaperFigures:
    """What was drawn.

    Attributes
    ----------
    paths : list of Path
        The files.
    notes : list of str
        Which figures leave models out, and how to choose others.
    """

    paths: list[Path]
    notes: list[str]


def write_paper_figures(
    folder: Path,
    models: Sequence[str] | None = None,
    benchmarks: Sequence[str] | None = None,
    metric: str | None = None,
    top: int | None = None,
) -> PaperFigures:
    """Draw all figures that the stored scores allow, one set for each dataset.

    Layer curves and RDM panels, an area x model heat map and ceilings for each metric; NeuRN's paired differences where
    models are stored with and without it.

    Parameters
    ----------
    folder : Path
        Where to; it is made if it is missing. Each file appears whole or not at all.
    models, benchmarks : sequence of str, optional
        Identifiers, or patterns as in a shell. Default: all.
    metric : str, optional
        Only benchmarks by this metric.
    top : int, optional
        Draw only this many models, those with the highest mean score over areas. Default: 6 in layer curves, 3 in RDM
        panels, 60 in heat maps, all elsewhere.

    Returns
    -------
    PaperFigures

    Raises
    ------
    DataError
        If no scores of a whole area are stored, or none that match.
    """
    scores = whole_area_scores()
    if scores.empty:
        raise DataError(f"No scores of a visual area are stored in {results_folder()}: score a model first.")
    chosen = [
        (matches(row.model, models) or matches(row.label, models))
        and matches(row.benchmark, benchmarks)
        and metric in (None, row.metric)
        for row in scores.itertuples()
    ]
    scores = scores[chosen]
    if scores.empty:
        raise DataError(
            "No stored score of a visual area matches; `brainscore-mouse results show` lists what is stored."
        )
    written: list[Path] = []
    notes = []
    for (dataset, name_of_metric), of_metric in scores.groupby(["dataset", "metric"], sort=False):
        figures: dict[str, Callable[[pd.DataFrame], Figure | None]] = {
            "layer-curves": layer_curves,
            "area-by-model": area_by_model,
            "ceilings": ceilings,
            "neurn-differences": neurn_differences,
            "rdms": rdm_panels,
        }
        order = list(_best(of_metric))
        for name, draw in figures.items():
            n_shown = top or _DEFAULT_TOP.get(name, len(order))
            stem = f"{name}-{dataset}-{name_of_metric}"
            with matplotlib.rc_context(STYLE):
                figure = draw(of_metric[of_metric["label"].isin(order[:n_shown])])
                if figure is None:
                    continue
                written += _saved(figure, folder / stem)
            if n_shown < len(order):
                notes.append(
                    f"{stem} shows the {n_shown} models with the highest mean score, of {len(order)}; choose others "
                    "with --models or --top."
                )
    if note := neuroid_number_note(zip(scores["benchmark"], scores["n_neuroids"], strict=True)):
        notes.append(note)
    return PaperFigures(written, notes)


def whole_area_scores() -> pd.DataFrame:
    """Return the newest stored scores of whole areas on the stimuli themselves; outdated ones are left out.

    Returns
    -------
    pandas.DataFrame
        As of `results_frame`, in the order of benchmarks, with the columns `dataset`, `area` and `metric`.
    """
    frame = results_frame()
    frame = frame.loc[frame["is_newest"]]
    parts = {name: benchmark_parts(name) for name in in_order(frame["benchmark"])}
    frame = frame.loc[np.array([parts[name].is_whole_area for name in frame["benchmark"]], dtype=bool)].copy()
    for column in ("dataset", "area", "metric"):
        frame[column] = [getattr(parts[name], column) for name in frame["benchmark"]]
    place = {name: number for number, name in enumerate(parts)}
    return frame.sort_values(
        ["benchmark", "label"], key=lambda values: values.map(lambda value: place.get(value, value))
    )


def layer_curves(scores: pd.DataFrame) -> Figure | None:
    """Draw the score of each layer, one panel per area."""
    with_curves = scores[[isinstance(curve, dict) and len(curve) > 1 for curve in scores["layer_scores"]]]
    if with_curves.empty:
        return None
    models = list(_best(with_curves))
    areas = _areas(scores)
    figure = Figure(figsize=(1.0 + 1.55 * len(areas), 2.6), layout="constrained")
    panels = figure.subplots(1, len(areas), sharey=True, squeeze=False)[0]
    for panel, area in zip(panels, areas, strict=True):
        for model, colour in zip(models, itertools.cycle(COLOURS), strict=False):
            for _, row in with_curves[(with_curves["area"] == area) & (with_curves["label"] == model)].iterrows():
                curve = np.array(list(row["layer_scores"].values()), dtype=float)  # None becomes NaN
                depth = np.linspace(0, 1, len(curve))
                panel.plot(depth, curve, color=colour, linewidth=1.1, label=model)
                chosen = list(row["layer_scores"]).index(most_chosen_layer(row))
                panel.plot(depth[chosen], curve[chosen], "o", color=colour, markersize=3.5)
        panel.axhline(0, color="black", linewidth=0.6)
        panel.set_title(area)
        panel.set_xticks([0, 1], ["first", "last"])
    panels[0].set_ylabel(f"{_metric(scores)}: share of the ceiling")
    panels[len(areas) // 2].set_xlabel("layer (dot: chosen)")
    handles = {label: line for panel in panels for line, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    draw_legend(figure, handles, most_columns=4)
    return figure


def area_by_model(scores: pd.DataFrame) -> Figure:
    """Draw all scores as a heat map, the best models on top; scores and standard errors are written in the cells."""
    areas, models = _areas(scores), list(_best(scores))
    values, errors = (
        scores.pivot(index="label", columns="area", values=name).reindex(index=models, columns=areas).to_numpy(float)
        for name in ("score", "error")
    )
    names = [shortened(model) for model in models]
    margin = max(2.2, 1.0 + text_width(names))
    figure = Figure(figsize=(margin + 0.75 * len(areas), 0.9 + 0.24 * len(models)), layout="constrained")
    axes = figure.subplots()
    image = axes.pcolormesh(np.ma.masked_invalid(values), cmap="cividis", edgecolors="white", linewidth=0.8)
    axes.invert_yaxis()
    shades = np.asarray(image.norm(values), dtype=float)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "black" if shades[row, column] > _DARK_SHARE else "white"
            text = f"{value:z.2f} ± {errors[row, column]:z.2f}"
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, fontsize=5.5)
    axes.set_xticks(np.arange(len(areas)) + 0.5, areas)
    axes.set_yticks(np.arange(len(models)) + 0.5, names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.colorbar(image, label=f"{_metric(scores)}: share of the ceiling", shrink=0.7)
    return figure


def ceilings(scores: pd.DataFrame) -> Figure:
    """Draw the ceiling of each area with its standard error, and the scores of all models as they were measured."""
    areas = _areas(scores)
    figure = Figure(figsize=(1 + 0.55 * len(areas), 2.4), layout="constrained")
    axes = figure.subplots()
    for number, area in enumerate(areas):
        rows = scores[scores["area"] == area]
        newest = rows.loc[pd.to_datetime(rows["created"].map(instant_of), utc=True).idxmax()]
        axes.bar(number, newest["ceiling"], 0.7, yerr=newest["ceiling_error"], color="0.85", capsize=2)
        offsets = np.linspace(-0.25, 0.25, len(rows)) if len(rows) > 1 else [0.0]
        axes.plot(number + np.array(offsets), rows["raw"], "o", color=COLOURS[0], markersize=2.5)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_xticks(range(len(areas)), areas)
    axes.set_ylabel(f"{_metric(scores)}, as measured")
    axes.set_title("bars: ceiling; dots: models")
    return figure


def neurn_differences(scores: pd.DataFrame) -> Figure | None:
    """Draw the score with NeuRN preprocessing minus that without it, by area and model.

    The error bars are the two standard errors, added as if independent: both scores are of the same stimuli, so the
    difference is known better than that.
    """
    parts = {label: model_parts(label) for label in scores["label"].unique()}
    pairs = {part.base: model for model, part in parts.items() if part.kind == "NeuRN" and part.base in parts}
    if not pairs:
        return None
    areas = _areas(scores)
    tables = {
        name: scores.pivot(index="label", columns="area", values=name).reindex(columns=areas)
        for name in ("score", "error")
    }
    figure = Figure(figsize=(1.2 + 0.7 * len(areas), 2.8), layout="constrained")
    axes = figure.subplots()
    width = 0.7 / len(pairs)
    for number, (plain, behind) in enumerate(sorted(pairs.items())):
        difference = tables["score"].loc[behind] - tables["score"].loc[plain]
        error = np.hypot(tables["error"].loc[behind], tables["error"].loc[plain])
        places = np.arange(len(areas)) + (number - (len(pairs) - 1) / 2) * width
        colour = COLOURS[number % len(COLOURS)]
        marker = "osD^v<>P"[number // len(COLOURS) % 8]
        axes.errorbar(places, difference, error, fmt=marker, color=colour, markersize=3.5, linewidth=0.9, label=plain)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_xticks(range(len(areas)), areas)
    axes.set_ylabel(f"{_metric(scores)}: with NeuRN minus without")
    lines, names = axes.get_legend_handles_labels()
    draw_legend(figure, dict(zip(names, lines, strict=True)), most_columns=3)
    return figure


def rdm_panels(scores: pd.DataFrame) -> Figure | None:
    """Draw the RDM of the mice and those of the models, by area."""
    records = _records_with_rdms(scores)
    models = [model for model in _best(scores) if any(key[1] == model for key in records)]
    areas = [area for area in _areas(scores) if any(key[0] == area for key in records)]
    if not models:
        return None
    # Rotated, and beside a panel: a name that does not fit in one line goes into several.
    names = {model: textwrap.wrap(shortened(model), 15) for model in models}
    margin = 0.8 + 0.25 * (max(map(len, names.values())) - 1)
    figure = Figure(figsize=(1.25 * len(areas) + margin, 1.25 * (1 + len(models)) + 0.5), layout="compressed")
    panels = figure.subplots(1 + len(models), len(areas), squeeze=False)
    for column, area in enumerate(areas):
        of_area = {model: record for (name, model), record in records.items() if name == area}
        mouse = decoded_rdm(next(iter(of_area.values()))["mouse_rdm"])
        order = clustered_order(mouse)
        panels[0, column].set_title(area)
        for row, model in enumerate([None, *models]):
            panel = panels[row, column]
            panel.set_xticks([])
            panel.set_yticks([])
            panel.spines[:].set_visible(False)
            if column == 0:
                panel.set_ylabel("mouse" if model is None else "\n".join(names[model]), fontsize=7)
            if model is None or model in of_area:
                rdm = mouse if model is None else decoded_rdm(of_area[model]["rdm"])
                image = panel.imshow(rdm[np.ix_(order, order)], cmap="cividis", vmin=0, vmax=1, interpolation="none")
    bar = figure.colorbar(image, ax=panels, shrink=0.4, label="rank of dissimilarity")
    bar.set_ticks([0, 1], labels=["similar", "dissimilar"])
    return figure


def _records_with_rdms(scores: pd.DataFrame) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Read what is stored of the RDMs, by area and model."""

    def found() -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
        for area, model, file in scores[["area", "label", "file"]].itertuples(index=False):
            record = read_record(results_folder() / file)
            if record is not None and "rdm" in record:
                yield (area, model), record

    return dict(found())


def _best(scores: pd.DataFrame) -> pd.Index:
    """Return the models by their mean score over areas, the highest first; those that lack an area last."""
    table = scores.pivot(index="label", columns="area", values="score")
    order = pd.DataFrame({"n": table.notna().sum(axis=1), "mean": table.mean(axis=1)})
    return order.sort_values(["n", "mean"], ascending=False, kind="stable").index


def _areas(scores: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(scores["area"]))


def _metric(scores: pd.DataFrame) -> str:
    name = scores["metric"].iloc[0]
    return {"rsa": "RSA", "pls": "PLS"}.get(name, name)


def _saved(figure: Figure, stem: Path) -> list[Path]:
    paths = [stem.with_name(stem.name + suffix) for suffix in SUFFIXES]
    for path in paths:
        save_figure(figure, path)
    return paths
