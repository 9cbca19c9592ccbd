"""The style of all figures, and saving one so that the same numbers make the same file."""

import math
from collections.abc import Iterable, Mapping
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

_MOST_CHARACTERS = 44
_INCHES_PER_CHARACTER = 0.066  # of text of 8 points
_LEGEND_FONT_SIZE = 7
_LEGEND_HANDLE = 0.6  # inches, with the gaps around it


def shortened(model: str, most: int = _MOST_CHARACTERS) -> str:
    """Return a model's name for a figure: of a long one, such as the path of a file, the beginning and the end."""
    if len(model) <= most:
        return model
    at_end = (most - 1) * 2 // 3
    return f"{model[: most - 1 - at_end]}…{model[-at_end:]}"


def text_width(texts: Iterable[str]) -> float:
    """Return about how many inches the longest of some texts takes."""
    return max(map(len, texts), default=0) * _INCHES_PER_CHARACTER


def draw_legend(figure: Figure, handles: Mapping[str, Any], most_columns: int) -> None:
    """Name models below the panels, in as many columns as fit; the figure is made wider for a name that does not fit.

    Parameters
    ----------
    figure : Figure
        Of constrained layout.
    handles : mapping of str to artist
        By the model's name.
    most_columns : int
        Maximum number of columns.
    """
    names = [shortened(name) for name in handles]
    width = text_width(names) + _LEGEND_HANDLE
    figure.set_figwidth(max(figure.get_figwidth(), width + 0.2))
    columns = max(1, min(most_columns, math.floor((figure.get_figwidth() - 0.2) / width)))
    figure.legend(
        handles.values(), names, loc="outside lower center", ncols=columns, frameon=False, fontsize=_LEGEND_FONT_SIZE
    )
    n_rows = math.ceil(len(names) / columns)
    figure.set_figheight(figure.get_figheight() + 0.15 * max(0, n_rows - 2))


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all; without a date, so that the same numbers make the same bytes."""
    metadata = {"CreationDate": None} if path.suffix == ".pdf" else {"Date": None}
    with written_whole(path) as temporary:
        figure.savefig(temporary, metadata=metadata)
