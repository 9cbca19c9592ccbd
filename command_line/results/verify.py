"""``brainscore-mouse results verify FILE|HASH``."""

from typing import Annotated

import typer

from ..output.json_output import JsonOption, print_json

_N_SHOWN = 10


def verify(
    table: Annotated[
        str, typer.Argument(metavar="FILE|HASH", help="table.csv or table.json of a leaderboard, or the hash it shows.")
    ],
    models: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="As given to `leaderboard`; needed for the hash of a selection only."),
    ] = None,
    benchmarks: Annotated[
        list[str] | None,
        typer.Option(metavar="BENCHMARK", help="As given to `leaderboard`; needed for the hash of a selection only."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check whether a table downloaded from a leaderboard is what the stored scores give."""
    from ...leaderboard.published_table import verify_table

    found = verify_table(table, models, benchmarks)
    if as_json:
        print_json(vars(found))
    elif found.is_same:
        print(f"The same: all {found.n_scores} scores are those of the store (SHA-256 {found.sha256}).")
        if found.n_others:
            print(f"The store has {found.n_others} scores of other models or benchmarks.")
    else:
        n_differences = len(found.differences)
        print(f"NOT the same: {n_differences} {'difference' if n_differences == 1 else 'differences'}.")
        for difference in found.differences[:_N_SHOWN]:
            print(f"  {difference}")
        if len(found.differences) > _N_SHOWN:
            print(f"  and {len(found.differences) - _N_SHOWN} more (--json lists all)")
    if not found.is_same:
        raise typer.Exit(1)
