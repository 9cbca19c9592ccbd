"""Terminals and files that cannot take every character: the rest is printed in its place, and no work is lost."""

import codecs
import io
import sys
import unicodedata

_ERRORS = "brainscore_mouse_replacements"
_REPLACEMENTS = {
    "±": "+/-",
    "×": "x",  # noqa: RUF001
    "−": "-",  # noqa: RUF001
    "–": "-",  # noqa: RUF001
    "—": "-",
    "…": "...",
    "→": "->",
    "µ": "u",
    "’": "'",  # noqa: RUF001
    "“": '"',
    "”": '"',
}


def print_whatever_the_terminal() -> None:
    """Have standard output and error replace what their encoding lacks, such as ± in ASCII, instead of failing."""
    codecs.register_error(_ERRORS, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and _fails(stream):
            stream.reconfigure(errors=_ERRORS)


def _fails(stream: io.TextIOWrapper) -> bool:
    """Tell whether printing can fail, or becomes illegible; what a user asked for by $PYTHONIOENCODING stays."""
    is_unicode = stream.encoding.lower().startswith("utf")
    return stream.errors == "strict" or (not is_unicode and stream.errors in ("surrogateescape", "backslashreplace"))


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    failed = error.object[error.start : error.end]
    return "".join(map(_replacement, failed)), error.end


def _replacement(character: str) -> str:
    if character in _REPLACEMENTS:
        return _REPLACEMENTS[character]
    # Letters lose their accents; what has no other form becomes a question mark.
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"
