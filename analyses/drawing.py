"""The style of all figures, and saving one so that the same numbers make the same file."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from ..core.files import written_whole

# Okabe & Ito's colours: told apart by colour-blind readers.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")

STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "pdf.fonttype": 42,  # text stays text, with its font embedded
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "brainscore-mouse",  # the same numbers make the same file
}
"""Settings of matplotlib for vector figures, to be used with ``matplotlib.rc_context``."""


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all; without a date, so that the same numbers make the same bytes."""
    metadata = {"CreationDate": None} if path.suffix == ".pdf" else {"Date": None}
    with written_whole(path) as temporary:
        figure.savefig(temporary, metadata=metadata)
