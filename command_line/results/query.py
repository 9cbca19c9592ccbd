"""``brainscore-mouse results query SQL``."""

import csv as csv_format
import io
from pathlib import Path
from typing import Annotated

import typer

from ..output.csv_output import STANDARD_OUTPUT, CsvOption
from ..output.json_output import JsonOption, print_json
from ..output.text_table import text_table


def query(
    sql: Annotated[
        str,
        typer.Argument(
            help="A SELECT on the tables 'results', 'all_results' and 'failures'; docs/tables.md lists their columns."
        ),
    ],
    csv: CsvOption = None,
    as_json: JsonOption = False,
) -> None:
    """Query the stored scores with SQL."""
    from ...core.files import written_whole
    from ...results.query import query as ask

    found = ask(sql)
    if csv is not None:
        text = io.StringIO()
        csv_format.writer(text, lineterminator="\n").writerows([found.columns, *found.rows])
        if csv == STANDARD_OUTPUT:
            print(text.getvalue(), end="")
        else:
            with written_whole(Path(csv)) as temporary:
                temporary.write_text(text.getvalue(), encoding="utf-8", newline="\n")
    elif as_json:
        print_json(found.records())
    else:
        print(text_table(found.columns, found.rows))
