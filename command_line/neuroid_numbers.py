"""``brainscore-mouse neuroid-numbers MODEL... --benchmarks PATTERN``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.terminal.counted import counted
from .output.check_stored import check_stored
from .output.csv_output import STANDARD_OUTPUT, CsvOption
from .output.json_output import JsonOption, print_json, records_of
from .output.sign_of_life import sign_of_life

if TYPE_CHECKING:
    import pandas as pd

    from ..analyses.neuroid_numbers import NeuroidNumbers


def neuroid_numbers(
    models: Annotated[list[str], typer.Argument(help="Models, or patterns such as 'resnet*'.", metavar="MODEL...")],
    benchmarks: Annotated[
        list[str],
        typer.Option(
            metavar="BENCHMARK",
            help="Benchmark, or a pattern such as 'simulated-mouse-*-rsa', by one metric; can be repeated.",
        ),
    ],
    numbers: Annotated[
        list[int] | None,
        typer.Option(
            metavar="NUMBER",
            help="Another number of neuroids, for the curve; can be repeated. Default: that of the smallest area only.",
            min=1,
        ),
    ] = None,
    draws: Annotated[int, typer.Option(help="Number of random draws of neuroids.", min=1)] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    csv: CsvOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare areas at equal numbers of neuroids: scores by some metrics grow with the number.

    The scores are stored; the leaderboard draws them as curves on the pages of the benchmarks.
    """
    with sign_of_life("Loading libraries"):
        from ..analyses.neuroid_numbers import neuroid_numbers as found_at_numbers
        from ..core.errors import NotWritableError
        from ..plugins.discovery import list_benchmarks
        from ..results.neuroid_numbers.stored_numbers import store_numbers
        from .patterns import matching, matching_models

    names = matching_models(models)
    identifiers = matching("benchmark", benchmarks, list_benchmarks())
    with sign_of_life("Scoring at several numbers"):
        found = found_at_numbers(names, identifiers, numbers or (), draws, seed)
    not_stored = []
    for identifier, of_benchmark in found.table.groupby("benchmark"):
        try:
            store_numbers(str(identifier), records_of(of_benchmark))
        except NotWritableError as error:  # what was computed is shown all the same
            not_stored.append(str(error))
    _print(found, csv, as_json)
    check_stored(not_stored)


def _print(found: "NeuroidNumbers", csv: str | None, as_json: bool) -> None:
    if csv == STANDARD_OUTPUT:
        print(found.table.to_csv(index=False), end="")
        return
    if csv is not None:
        found.table.to_csv(csv, index=False)
    if as_json:
        print_json({"equal": found.equal, "numbers": list(found.numbers), "table": records_of(found.table)})
        return
    print("\n\n".join(["\n".join(block) for block in _blocks(found)]))


def _blocks(found: "NeuroidNumbers") -> Iterator[list[str]]:
    """Yield tables of markdown: scores at each number, and with all neuroids; then what is not compared, and why."""
    table = found.table
    for number in found.numbers:
        note = ", that of the smallest area: areas compare here" if number == found.equal else ""
        at_number = table[table["n_neuroids_compared"] == number]
        yield [f"{number} neuroids in every area{note}", "", *_rows(at_number)]
    everything = table[table["n_neuroids_compared"] == table["n_neuroids"]]
    numbers = everything.drop_duplicates("benchmark")
    counts = " | ".join(f"{row.n_neuroids} of {counted(row.n_mice, 'mouse')}" for row in numbers.itertuples())
    yield [
        "All neuroids: the numbers differ between areas",
        "",
        *_rows(everything),
        f"| neuroids | {counts} |",
    ]
    problems = found.problems()
    if problems:
        yield ["Not compared:", "", *(f"- {problem}" for problem in problems)]


def _rows(table: "pd.DataFrame") -> Iterator[str]:
    columns = table.drop_duplicates("benchmark")
    areas = columns["area"].tolist()
    yield f"| model | {' | '.join(areas if len(set(areas)) == len(areas) else columns['benchmark'])} |"
    yield f"|---{'|---' * len(columns)}|"
    for model, of_model in table.groupby("model", sort=False):
        cells = [
            "not compared" if row.problem else f"{row.score:z.3f} ± {row.error:z.3f}" for row in of_model.itertuples()
        ]
        yield f"| {model} | {' | '.join(cells)} |"
    ceilings = ["" if row.problem else f"{row.ceiling:z.3f}" for row in columns.itertuples()]
    yield f"| ceiling | {' | '.join(ceilings)} |"
