"""``brainscore-mouse results failures``."""

import json
from textwrap import indent

from ..output.json_output import JsonOption, print_json


def failures(as_json: JsonOption = False) -> None:
    """List what could not be scored when it was last tried, and why."""
    from ...results.open_view import FAILURE_COLUMNS
    from ...results.query import query

    names = ", ".join(FAILURE_COLUMNS)
    found = query(f"SELECT {names} FROM failures ORDER BY model, benchmark, created, file").records()  # noqa: S608
    if as_json:
        print_json([{**row, "host": None if row["host"] is None else json.loads(row["host"])} for row in found])
        return
    for row in found:
        print(f"{row['model']} on {row['benchmark']}, {row['created'][:10]}:")
        print(indent(f"{row['error']}: {row['message']}", "  "))
    if not found:
        print("Nothing has failed.")
        return
    print("Run the command that failed again to retry. To forget failures: brainscore-mouse results remove MODEL")
