"""``brainscore-mouse compare FIRST SECOND --benchmarks PATTERN``."""

import dataclasses
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..core.terminal.p_value import p_number, p_value
from .output.json_output import JsonOption, print_json, records_of
from .output.sign_of_life import sign_of_life
from .output.with_interval import with_interval

if TYPE_CHECKING:
    from ..scoring.compare import PairedComparison

_OVER = {"stimuli": "stimuli", "mice": "mice", "both": "stimuli and mice"}
_SIGNIFICANCE = 0.05
_WIDTH = 79
_MOST_LISTED = 8


def compare(
    first: Annotated[str, typer.Argument(help="Identifier of a model, e.g. resnet50-neurn.")],
    second: Annotated[str, typer.Argument(help="Identifier of the model to compare it with, e.g. resnet50.")],
    benchmarks: Annotated[
        list[str],
        typer.Option(
            metavar="BENCHMARK", help="Benchmark, or a pattern such as 'simulated-mouse-*-rsa'; can be repeated."
        ),
    ],
    over: Annotated[
        Literal["stimuli", "mice", "both"],
        typer.Option(help="What the result should generalize to."),
    ] = "both",
    as_json: JsonOption = False,
) -> None:
    """Compare two models by a paired jackknife over stimuli and mice: differences, intervals, corrected p-values."""
    with sign_of_life("Loading libraries"):
        from ..models.model_name import ModelName
        from ..plugins.discovery import list_benchmarks
        from ..scoring.compare import compare as compare_models
        from .patterns import matching

    for model in (first, second):
        ModelName.parse(model)
    identifiers = matching("benchmark", benchmarks, list_benchmarks())
    if len(identifiers) > 1:
        print(
            f"Comparing on {len(identifiers)} benchmarks; scores that are not stored are computed, not stored.",
            file=sys.stderr,
        )
    with sign_of_life(f"Comparing {first} and {second}"):
        found = compare_models(first, second, identifiers, over)
    for name, reason in found.left_out.items():
        print(f"Left out: {name}: {reason}", file=sys.stderr)
    if as_json:
        has_mean = _one_metric(found) is not None
        print_json(
            {
                "mean": dataclasses.asdict(found.mean) if found.mean is not None and has_mean else None,
                "random_effects": (
                    dataclasses.asdict(found.random_effects) if found.random_effects is not None and has_mean else None
                ),
                "over": found.over,
                "level": found.level,
                "left_out": found.left_out,
                "table": records_of(found.table),
            }
        )
        return
    print(f"{first} minus {second}: {found.level:.0%} intervals over {_OVER[found.over]}\n")
    print("\n".join(_table(found)))
    print()
    for text in _in_words(first, second, found):
        print(textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False))


def _table(found: "PairedComparison") -> Iterator[str]:
    """Write one line per benchmark; p-values are those corrected for the number of benchmarks."""
    size = max(len(name) for name in found.table["benchmark"])
    numbers = [
        f"  {row.first:z6.2f}  {row.second:z6.2f}  "
        f"{row.difference:z6.2f} [{row.low:z5.2f}, {row.high:z5.2f}]  {p_number(row.p_holm):>7}"
        for row in found.table.itertuples()
    ]
    fits = size + max(map(len, numbers)) <= _WIDTH  # else names have lines of their own
    yield f"{'':{size if fits else 0}}   first  second  difference [interval]        p"
    for name, text in zip(found.table["benchmark"], numbers, strict=True):
        if fits:
            yield f"{name:{size}}{text}"
        else:
            yield name
            yield text


def _in_words(first: str, second: str, found: "PairedComparison") -> Iterator[str]:
    """Say which model is ahead where, and whether that could be chance."""
    ahead: dict[str, list[str]] = {first: [], second: [], "": []}
    for row in found.table.itertuples():
        if row.p_holm < _SIGNIFICANCE:
            ahead[first if row.difference > 0 else second].append(row.benchmark)
        else:
            ahead[""].append(row.benchmark)
    for model, other in ((first, second), (second, first)):
        if ahead[model]:
            yield f"{model} is ahead of {other} by more than chance on {_listed(ahead[model], found)}."
    if ahead[""]:
        yield f"The difference could be chance on {_listed(ahead[''], found)}."
    if len(found.table) > 1:
        yield (
            f"p-values are corrected for {len(found.table)} benchmarks (Holm); a difference with p < "
            f"{_SIGNIFICANCE} is called more than chance."
        )
    metric = _one_metric(found)
    if len(found.table) > 1 and metric is None:
        yield "No mean is given: scores of different metrics are not averaged. Compare by one metric for a mean."
    elif found.mean is not None:
        mean: Any = found.mean
        verdict = "more than chance" if mean.p < _SIGNIFICANCE else "could be chance"
        yield (
            f"Mean difference over the {len(found.table)} benchmarks: {with_interval(mean)}, "
            f"{p_value(mean.p)}: {verdict}."
        )
        if found.random_effects is not None:
            yield (
                f"Standard deviation of the true differences between benchmarks: {found.random_effects.between_sd:.3f}."
            )


def _one_metric(found: "PairedComparison") -> str | None:
    from ..plugins.identifiers import benchmark_parts

    metrics = {benchmark_parts(name).metric for name in found.table["benchmark"]}
    return metrics.pop() if len(metrics) == 1 else None


def _listed(names: list[str], found: "PairedComparison") -> str:
    n_benchmarks = len(found.table)
    if len(names) == n_benchmarks > 1:
        return "every benchmark"
    # The table has the names; a paragraph of dozens of them cannot be read.
    return f"{len(names)} of {n_benchmarks} benchmarks" if len(names) > _MOST_LISTED else ", ".join(names)
