"""Tables of scores as they are asked for: patterns of identifiers, on the command line or in a TOML file."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..core.errors import InvalidParameterError


@dataclass(frozen=True)
class TableRequest:
    """A table as it is asked for.

    Attributes
    ----------
    models, benchmarks : sequence of str
        Identifiers or patterns.
    processes : int
        How many jobs at the same time.
    scheduler : str or None
        Address of a Dask scheduler.
    """

    models: Sequence[str]
    benchmarks: Sequence[str]
    processes: int = 1
    scheduler: str | None = None


def read_table_file(path: Path) -> TableRequest:
    """Read a TOML file with the keys of `TableRequest`.

    Raises
    ------
    InvalidParameterError
        If it cannot be read, or a key is missing, unknown or of the wrong kind.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidParameterError(f"There is no file {path}; give the path of a TOML file.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidParameterError(f"{path} cannot be read as TOML: {error}.") from error
    known = [field.name for field in fields(TableRequest)]
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise InvalidParameterError(f"{path} has the unknown keys {', '.join(unknown)}; known are {', '.join(known)}.")
    for key in ("models", "benchmarks"):
        if not _is_list_of_names(content.get(key)):
            raise InvalidParameterError(f"{path} must have {key} = [...], a list of at least one identifier.")
    if type(content.get("processes", 1)) is not int:
        raise InvalidParameterError(f"{path}: processes is {content['processes']!r}; it must be a whole number.")
    if not isinstance(content.get("scheduler", ""), str):
        raise InvalidParameterError(f"{path}: scheduler is {content['scheduler']!r}; it must be an address.")
    return TableRequest(**content)


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
