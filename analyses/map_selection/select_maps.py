"""The paper's selection of neuroids by their representation maps, from a packaged dataset to a table and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core.errors import InvalidParameterError, TooFewNeuroidsError
from ...core.files import written_whole
from ...data_packaging.datasets import load_dataset, load_stimulus_set, read_manifest
from ...data_packaging.recordings import trials_from_assembly
from ...metrics.representation_map.maps import MAP_SIDE, MapForm, flattened_scenes
from ..drawing import COLOURS
from .clusters import MIN_MAPS, MapClusters, central, clustered, embedded_maps, umap_class

ALL = "all"
"""The one group of a dataset without cell classes."""

_UNKNOWN = "unknown"  # of single neuroids, where others' class is known
_MAPS_SHOWN = 10


@dataclass(frozen=True)
class MapSelection:
    """What was selected of one cell class.

    Attributes
    ----------
    cell_class : str
        As the recordings name it, such as 'exc'; or `ALL`.
    table : pandas.DataFrame
        One row per neuroid with a map: `neuroid_id`, `area`, `subject`, `cell_class`, `cluster` (from 1, the largest
        first), `distance` to the cluster's centre, `umap_1`, `umap_2`, and whether it is `selected`.
    maps : array of shape (n_neuroids, side * side)
        Normalized representation maps, in the order of the table.
    centres : array of shape (n_clusters, 2)
        Of the clusters, in UMAP's plane.
    """

    cell_class: str
    table: pd.DataFrame
    maps: np.ndarray
    centres: np.ndarray


def write_map_selection(dataset: str, folder: Path, per_cluster: int, n_clusters: int, seed: int) -> list[str]:
    """Select neuroids of all areas of a dataset; write ``selection.csv`` and one ``selection-<class>.png`` per class.

    Parameters
    ----------
    dataset : str
        Identifier of a packaged dataset.
    folder : Path
        Where to; it is made if it is missing.
    per_cluster : int
        How many neuroids of each cluster, the nearest to its centre; fewer where a cluster has fewer.
    n_clusters : int
        How many clusters of each cell class.
    seed : int
        Seed of UMAP and k-means.

    Returns
    -------
    list of str
        What was selected, and what was left out, in words.

    Raises
    ------
    InvalidParameterError, UnknownIdentifierError, DatasetNotFoundError
        If an option makes no sense, or there is no such dataset.
    TooFewNeuroidsError
        If a cell class has too few neuroids with a map.
    BrainscoreMouseError
        If umap-learn is not installed.
    """
    for name, value in (("per-cluster", per_cluster), ("clusters", n_clusters)):
        if value < 1:
            raise InvalidParameterError(f"{name} is {value}; it must be at least 1.")
    read_manifest(dataset)  # an unknown name is reported before the seconds that UMAP takes to load
    umap_class()
    neuroids, maps = neuroids_and_maps(dataset)
    defined = np.isfinite(maps).all(axis=1)
    selections = select_maps(neuroids[defined].reset_index(drop=True), maps[defined], per_cluster, n_clusters, seed)
    lines = [_in_words(selection, per_cluster) for selection in selections]
    if not defined.all():
        lines.append(f"{(~defined).sum()} neuroids have no map (silent on average, or without a trial of some scene).")
    if [selection.cell_class for selection in selections] == [ALL]:
        lines.append("These recordings have no cell classes: excitatory and inhibitory neuroids are in one group.")
    with written_whole(folder / "selection.csv") as temporary:
        table = pd.concat([selection.table for selection in selections])
        table.to_csv(temporary, index=False, float_format="%.5f")
    for selection in selections:
        selection_figure(selection, folder / f"selection-{selection.cell_class}.png")
    return lines


def neuroids_and_maps(dataset: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Make the representation maps of all areas' neuroids, one area after the other.

    Parameters
    ----------
    dataset : str
        Identifier of a packaged dataset.

    Returns
    -------
    neuroids : pandas.DataFrame
        `neuroid_id`, `area`, `subject` and `cell_class` (`ALL` where the recordings do not say).
    maps : array of shape (n_neuroids, MAP_SIDE ** 2)
        Normalized; NaN for a neuroid without a map.
    """
    stimulus_set = load_stimulus_set(dataset)
    scenes = flattened_scenes([Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]])
    tables, maps = [], []
    for area in read_manifest(dataset)["regions"]:
        assembly = load_dataset(dataset, area)
        trials = trials_from_assembly(assembly)
        total, present = np.nansum(trials, axis=0, dtype=np.float64), (~np.isnan(trials)).sum(axis=0)
        responses = np.where(present > 0, total, np.nan) / np.maximum(present, 1)
        maps.append(MapForm().maps(responses, scenes))
        table = assembly.indexes["neuroid"].to_frame(index=False).rename(columns={"region": "area"})
        classes = table["cell_class"].replace("", _UNKNOWN) if "cell_class" in table else ALL
        tables.append(table[["neuroid_id", "area", "subject"]].assign(cell_class=classes))
    return pd.concat(tables, ignore_index=True), np.concatenate(maps)


def select_maps(
    neuroids: pd.DataFrame, maps: np.ndarray, per_cluster: int, n_clusters: int, seed: int
) -> list[MapSelection]:
    """Select from each cell class the neuroids whose maps are in the middle of a cluster of maps.

    Parameters
    ----------
    neuroids : pandas.DataFrame
        One row per neuroid, with `cell_class`.
    maps : array of shape (n_neuroids, n_pixels)
        Normalized and defined.
    per_cluster, n_clusters, seed
        See `write_map_selection`.

    Returns
    -------
    list of MapSelection
        One per class, in alphabetic order.

    Raises
    ------
    TooFewNeuroidsError
        If a class has fewer neuroids than UMAP's neighbourhoods, or than clusters.
    """
    counts = neuroids["cell_class"].value_counts().sort_index()
    for cell_class, count in counts.items():
        if count < max(MIN_MAPS, n_clusters):
            raise TooFewNeuroidsError(
                f"{count} neuroids of the class {cell_class!r} have maps; {n_clusters} clusters of maps need at least "
                f"{max(MIN_MAPS, n_clusters)}."
            )
    selections = []
    for cell_class in counts.index:
        of_class = (neuroids["cell_class"] == cell_class).to_numpy()
        found = clustered(embedded_maps(maps[of_class], seed), n_clusters, seed)
        table = _table(neuroids[of_class], found, per_cluster)
        selections.append(MapSelection(cell_class, table, maps[of_class], found.centres))
    return selections


def _table(neuroids: pd.DataFrame, found: MapClusters, per_cluster: int) -> pd.DataFrame:
    return neuroids.reset_index(drop=True).assign(
        cluster=found.clusters + 1,
        distance=found.distances,
        umap_1=found.embedding[:, 0],
        umap_2=found.embedding[:, 1],
        selected=central(found.clusters, found.distances, per_cluster),
    )


def _in_words(selection: MapSelection, per_cluster: int) -> str:
    sizes = selection.table["cluster"].value_counts().sort_index()
    words = (
        f"{selection.cell_class}: {selection.table['selected'].sum()} of {len(selection.table)} neuroids with maps are "
        f"selected, up to {per_cluster} of each of {len(sizes)} clusters"
    )
    smaller = sizes[sizes < per_cluster]
    if smaller.empty:
        return f"{words}."
    return f"{words}; fewer of {', '.join(f'cluster {number} ({size})' for number, size in smaller.items())}."


def selection_figure(selection: MapSelection, path: Path) -> None:
    """Draw the clusters in UMAP's plane, beside the most central maps of each.

    Parameters
    ----------
    selection : MapSelection
        What was selected.
    path : Path
        The image file to write; its suffix determines the format.
    """
    clusters = sorted(selection.table["cluster"].unique())
    with matplotlib.rc_context({"font.size": 8}):
        figure = Figure(figsize=(8.2, max(3.4, 0.36 * len(clusters) + 0.5)), layout="constrained")
        scatter, grid = figure.subfigures(1, 2, squeeze=False)[0]
        _draw_clusters(scatter.subplots(), selection, clusters)
        panels = grid.subplots(len(clusters), _MAPS_SHOWN, squeeze=False)
        grid.suptitle("maps nearest to the centres, by cluster", fontsize=8)
        for row, cluster in zip(panels, clusters, strict=True):
            _draw_maps(row, selection, cluster)
        with written_whole(path) as temporary:
            figure.savefig(temporary, dpi=110)


def _draw_clusters(axes: Axes, selection: MapSelection, clusters: Sequence[int]) -> None:
    table = selection.table
    for cluster in clusters:
        rows = table[table["cluster"] == cluster]
        colour, marker = _colour(cluster), "o^sD"[(cluster - 1) // len(COLOURS) % 4]
        for selected, size, opacity in ((False, 4, 0.35), (True, 9, 1.0)):
            shown = rows[rows["selected"] == selected]
            style: Any = {"color": colour, "marker": marker, "alpha": opacity, "linewidths": 0}
            axes.scatter(shown["umap_1"], shown["umap_2"], s=size, **style)
    outline = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": "black", "linewidth": 0.6}
    for number, (x, y) in enumerate(selection.centres, start=1):
        axes.text(x, y, str(number), ha="center", va="center", fontsize=7, bbox=outline)
    axes.set_xlabel("UMAP 1")
    axes.set_ylabel("UMAP 2")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(
        f"{selection.cell_class}: {len(table)} neuroids (pale), {table['selected'].sum()} selected", fontsize=8
    )


def _draw_maps(panels: Sequence[Axes], selection: MapSelection, cluster: int) -> None:
    table = selection.table
    nearest = table[table["cluster"] == cluster].sort_values("distance", kind="stable").index[:_MAPS_SHOWN]
    for panel in panels:
        panel.set_xticks([])
        panel.set_yticks([])
        panel.spines[:].set_visible(False)
    for panel, index in zip(panels, nearest, strict=False):
        panel.imshow(selection.maps[index].reshape(MAP_SIDE, MAP_SIDE), cmap="inferno", interpolation="none")
    panels[0].set_ylabel(str(cluster), rotation=0, ha="right", va="center", color=_colour(cluster), fontweight="bold")


def _colour(cluster: int) -> str:
    return COLOURS[(cluster - 1) % len(COLOURS)]
