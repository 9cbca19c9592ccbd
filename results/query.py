"""Questions to the stored results in SQL."""

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import Any

from ..core.errors import InvalidParameterError
from .open_view import FAILURE_COLUMNS, RESULT_COLUMNS, open_view


@dataclass(frozen=True)
class Answer:
    """What a query found.

    Attributes
    ----------
    columns : list of str
        Their names.
    rows : list of tuple
        One value per column: text, a number or None.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        """Return the rows by the names of their columns.

        Raises
        ------
        InvalidParameterError
            If two columns have the same name: one of them would be lost.
        """
        for name in self.columns:
            if self.columns.count(name) > 1:
                raise InvalidParameterError(f"Several columns are named {name!r}; name them apart: SELECT ... AS ...")
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def query(sql: str) -> Answer:
    """Ask the view a question in SQL.

    Parameters
    ----------
    sql : str
        A SELECT on the tables `results` (`RESULT_COLUMNS` and `file`; current scores), `all_results` (the same of all
        scores, see `is_current`) and `failures` (`FAILURE_COLUMNS`). Structures are JSON text.

    Raises
    ------
    InvalidParameterError
        If it is not a valid query.
    """
    with contextlib.closing(open_view()) as connection:
        try:
            cursor = connection.execute(sql)
            if cursor.description is None:
                raise sqlite3.ProgrammingError("it asks for nothing")
            return Answer([name for name, *_ in cursor.description], cursor.fetchall())
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise InvalidParameterError(
                f"{sql!r} cannot be answered: {error}. There are the tables results and all_results "
                f"({', '.join(RESULT_COLUMNS)}), and failures ({', '.join(FAILURE_COLUMNS)})."
            ) from error
