"""Reading a JSON file that must be of some kind."""

import json
from pathlib import Path
from typing import Any

from ..errors import BrainscoreMouseError
from .kind import Kind


def read_json(
    path: Path, kind: Kind, error: type[BrainscoreMouseError], what_to_do: str, allow_nan: bool = False
) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : Path
        The file.
    kind : Kind
        What it must hold.
    error : class
        What is raised if it does not.
    what_to_do : str
        A sentence that ends the message.
    allow_nan : bool
        Whether it may say NaN and Infinity, as files do that people write with Python. JSON has neither.

    Raises
    ------
    BrainscoreMouseError
        Of the class `error`, if the file cannot be read, is not JSON, or a value is missing or of another kind. The
        message names the file, the value and its place.
    """
    try:
        with path.open("rb", buffering=0) as file:  # a store has 100,000 files, and text files take twice as long
            text = str(file.read(), "utf-8")
    except (OSError, ValueError) as reason:
        raise error(f"{path} cannot be read ({reason}). {what_to_do}") from reason
    return json_of(text, kind, error, str(path), what_to_do, allow_nan)


def json_of(
    text: str, kind: Kind, error: type[BrainscoreMouseError], source: str, what_to_do: str, allow_nan: bool = False
) -> Any:
    """Return what a text of JSON holds; parameters and errors as of `read_json`, `source` is named in messages."""
    try:
        content = (_WITH_NAN if allow_nan else _WITHOUT_NAN).decode(text)
    except (ValueError, RecursionError) as reason:
        raise error(f"{source} is not JSON ({reason}). {what_to_do}") from reason
    problem = kind.problem(content, "")
    if problem is not None:
        raise error(f"{source} is damaged: {problem}. {what_to_do}")
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"it says {constant}, which JSON does not have")


_WITH_NAN, _WITHOUT_NAN = json.JSONDecoder(), json.JSONDecoder(parse_constant=_refuse)
