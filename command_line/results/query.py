"""``brainscore-mouse results query SQL``."""

from typing import Annotated

import typer


def query(
    sql: Annotated[
        str, typer.Argument(help="A SELECT on the tables 'results', 'all_results' and 'failures'; see docs/tables.md.")
    ],
) -> None:
    """Ask the stored results a question in SQL."""
    from ...results.view import query as ask

    print(ask(sql).to_string(index=False))
