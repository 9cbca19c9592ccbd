"""In which order the images of a folder belong to the responses: never guessed."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ..core.errors import InvalidArraysError

NameOrder = Literal["natural", "text"]
_N_SHOWN = 4
_DIGITS = re.compile(r"(\d+)")


def ordered_by_name(files: Sequence[Path], order: NameOrder | None = None) -> list[Path]:
    """Sort the files of a folder, whose order is to have a meaning, by name.

    Parameters
    ----------
    files : sequence of Path
        Files of one folder.
    order : {'natural', 'text'}, optional
        'natural' counts (im2 before im10, capitals as small letters), as file managers and `enumerate` do; 'text'
        compares letter by letter (im10 before im2), as ``sorted(glob(...))`` does. Default: whichever, if both agree.

    Returns
    -------
    list of Path

    Raises
    ------
    InvalidArraysError
        If the two orders differ and none was asked for, or a third one was.
    """
    if order not in (None, "natural", "text"):
        raise InvalidArraysError(f"There is no order {order!r}; use 'natural' or 'text'.")
    as_text = sorted(files, key=lambda path: path.name)
    natural = sorted(as_text, key=_natural_key)
    if order is None and natural != as_text:
        raise InvalidArraysError(
            f"The order of the {len(files)} images in {as_text[0].parent} is not clear: "
            f"by number {_beginning(natural)}, but as text {_beginning(as_text)}. Say which one the responses have, by "
            "--order natural or --order text, or write it down: the column filename of a stimuli.csv, or stimulus_ids "
            "in each array's .json."
        )
    return as_text if order == "text" else natural


def normal_name(name: str) -> str:
    """Return a name in Unicode's composed form: file systems differ in the form that they give back."""
    return unicodedata.normalize("NFC", name)


def same_names(names: Sequence[str]) -> list[list[str]]:
    """Return groups of names that some file systems hold to be one: equal but for Unicode's form, or for capitals."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(normal_name(normal_name(name).casefold()), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Compare runs of digits as numbers, what is between as text without capitals, and a number before any text."""
    # Without the suffix: of 'im.png' and 'im-1.png', only the names are counted up.
    parts = _DIGITS.split(normal_name(path.stem).casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def _beginning(files: Sequence[Path]) -> str:
    """List the first names, and the last."""
    return f"{', '.join(path.name for path in files[:_N_SHOWN])}, ..., {files[-1].name}"
