"""``brainscore-mouse select-maps``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def select_maps(
    dataset: Annotated[str, typer.Argument(help="A packaged dataset; all of its areas are pooled.")],
    output: Annotated[
        Path,
        typer.Option(
            help="Folder to write selection.csv and one figure per cell class to.", parser=expanded_path, metavar="PATH"
        ),
    ],
    per_cluster: Annotated[int, typer.Option(help="Neuroids of each cluster, the nearest to its centre.")] = 50,
    clusters: Annotated[int, typer.Option(help="Clusters of each cell class.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of UMAP and k-means.")] = 0,
) -> None:
    """Select neuroids whose representation maps are typical: UMAP, k-means, and those nearest to each centre."""
    from ...analyses.map_selection.select_maps import write_map_selection
    from ...core.home import check_writable

    check_writable(output)
    for line in write_map_selection(dataset, output, per_cluster, clusters, seed):
        print(line)
    print(f"Table: {output / 'selection.csv'}")
