"""Rows as a table of text."""

from collections.abc import Sequence
from typing import Any

_DIGITS = 6


def text_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Lay out rows under the names of their columns, aligned on the right; None is left blank."""
    texts = [list(columns), *([_text(value) for value in row] for row in rows)]
    widths = [max(map(len, of_column)) for of_column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in texts
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.{_DIGITS}g}" if isinstance(value, float) else str(value).replace("\n", "\\n")
