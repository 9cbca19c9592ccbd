"""Table and figure of how alike networks are built."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram

from ...core.files import written_whole
from ...core.terminal.progress import progress
from .alignment import similarity_matrix
from .layer_sequence import layer_sequence
from .paper_networks import PAPER_NETWORKS, build
from .shortlist import shortlist, tree


def write_architecture_report(folder: Path, n_chosen: int) -> list[str]:
    """Compare the paper's architectures; write ``architectures.csv`` (similarities) and ``architectures.png``.

    Parameters
    ----------
    folder : Path
        Where to.
    n_chosen : int
        Number of networks to shortlist.

    Returns
    -------
    list of str
        The shortlist.
    """
    sequences = [layer_sequence(build(name)) for name in progress(PAPER_NETWORKS, desc="networks", unit="network")]
    similarities = similarity_matrix(sequences)
    chosen = shortlist(PAPER_NETWORKS, similarities, n_chosen)
    table = pd.DataFrame(similarities, index=list(PAPER_NETWORKS), columns=list(PAPER_NETWORKS))
    table.insert(0, "n_layers", [len(sequence) for sequence in sequences])
    table.insert(1, "shortlisted", [name in chosen for name in PAPER_NETWORKS])
    with written_whole(folder / "architectures.csv") as temporary:
        table.to_csv(temporary, index_label="network", float_format="%.4f")
    similarity_figure(PAPER_NETWORKS, similarities, chosen, folder / "architectures.png")
    return chosen


def similarity_figure(names: Sequence[str], similarities: np.ndarray, chosen: Sequence[str], path: Path) -> None:
    """Draw similarities as a heat map in the order of their dendrogram; shortlisted networks in bold.

    Parameters
    ----------
    names : sequence of str
        The networks.
    similarities : array of shape (n_networks, n_networks)
        1: built alike.
    chosen : sequence of str
        The shortlist.
    path : Path
        The image file to write; its suffix determines the format.
    """
    side = 2.5 + 0.18 * len(names)
    with matplotlib.rc_context({"font.size": 7}):
        figure = Figure(figsize=(side + 1.5, side), layout="constrained")
        branches, map_ = figure.subplots(1, 2, width_ratios=[1, 5])
        drawn = dendrogram(
            tree(similarities), orientation="left", ax=branches, no_labels=True, color_threshold=0,
            above_threshold_color="black",
        )  # fmt: skip
        branches.set_axis_off()
        order = drawn["leaves"]
        shown = similarities[np.ix_(order, order)]
        image = map_.imshow(shown, origin="lower", vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto")
        ordered = [names[index] for index in order]
        map_.set_xticks(range(len(names)), ordered, rotation=90)
        map_.set_yticks(range(len(names)), ordered)
        for label in (*map_.get_xticklabels(), *map_.get_yticklabels()):
            label.set_fontweight("bold" if label.get_text() in chosen else "normal")
        figure.colorbar(image, ax=map_, label="Needleman-Wunsch score / length of the longer")
        with written_whole(path) as temporary:
            figure.savefig(temporary, dpi=150)
