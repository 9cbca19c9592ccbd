"""Scores as files for other programs and for people."""

import importlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from ..core.errors import BrainscoreMouseError
from ..core.files import written_whole
from .open_view import STRUCTURES
from .view import results_frame


def export_csv(path: Path, outdated: bool = False) -> int:
    """Write the table of `results_frame` as CSV; structures as JSON text. Return the number of scores."""
    frame = _flat_frame(outdated)
    with written_whole(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
    return len(frame)


def csv_text(outdated: bool = False) -> str:
    """Return what `export_csv` writes."""
    return str(_flat_frame(outdated).to_csv(index=False, lineterminator="\n"))


def export_parquet(path: Path, outdated: bool = False) -> int:
    """Write the table of `results_frame` as Parquet; structures as JSON text. Return the number of scores.

    Raises
    ------
    BrainscoreMouseError
        If pyarrow is not installed, or does not fit.
    """
    try:
        importlib.import_module("pyarrow")
    except ImportError as error:  # not there, or of a version that does not work with this numpy
        raise BrainscoreMouseError(
            f"Parquet needs pyarrow ({error}); install one that fits: pip install 'brainscore-mouse[parquet]'"
        ) from error
    frame = _flat_frame(outdated)
    with written_whole(path) as temporary:
        frame.to_parquet(temporary, index=False)
    return len(frame)


def write_report(output: Path, text: str, content: Any) -> None:
    """Write ``<output>.md``, for people, and ``<output>.json``, for programs.

    Parameters
    ----------
    output : Path
        Without a suffix.
    text : str
        Markdown.
    content : any
        What JSON can hold.
    """
    for suffix, written in ((".md", text), (".json", json.dumps(content, indent=1))):
        with written_whole(output.with_name(output.name + suffix)) as temporary:
            temporary.write_text(written, encoding="utf-8")


def _flat_frame(outdated: bool) -> pd.DataFrame:
    frame = results_frame(outdated)
    frame.attrs.clear()  # Parquet would keep them
    for name in STRUCTURES:
        frame[name] = [None if structure is None else json.dumps(structure) for structure in frame[name]]
    return frame
