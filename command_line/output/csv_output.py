"""The option --csv, which takes a path, or - for standard output."""

from typing import Annotated

import typer

from ..expanded_path import expanded_path

STANDARD_OUTPUT = "-"


def _path_or_standard_output(text: str) -> str:
    return text if text == STANDARD_OUTPUT else str(expanded_path(text))


CsvOption = Annotated[
    str | None,
    typer.Option(
        help="CSV file to write; - writes to standard output.", parser=_path_or_standard_output, metavar="PATH"
    ),
]
