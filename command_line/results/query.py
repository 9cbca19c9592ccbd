"""``brainscore-mouse results query SQL``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..output.csv_output import STANDARD_OUTPUT, CsvOption
from ..output.json_output import JsonOption, print_json, records_of


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
    from ...results.view import query as ask

    frame = ask(sql)
    if csv == STANDARD_OUTPUT:
        frame.to_csv(sys.stdout, index=False, lineterminator="\n")
    elif csv is not None:
        with written_whole(Path(csv)) as temporary:
            frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
    elif as_json:
        print_json(records_of(frame))
    else:
        print(frame.to_string(index=False))
