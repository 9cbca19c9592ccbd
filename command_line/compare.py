"""``brainscore-mouse compare FIRST SECOND --benchmarks PATTERN``."""

import dataclasses
import json
from typing import Annotated, Literal

import typer


def compare(
    first: Annotated[str, typer.Argument(help="Identifier of a model, for instance resnet50-neurn.")],
    second: Annotated[str, typer.Argument(help="The model it is compared with, for instance resnet50.")],
    benchmarks: Annotated[
        list[str], typer.Option(help="Pattern such as 'simulated-mouse-*-rsa'; can be given several times.")
    ],
    over: Annotated[Literal["stimuli", "mice", "both"], typer.Option(help="What to generalize to.")] = "both",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Compare two models by a paired jackknife: differences, intervals and corrected p-values."""
    from ..models.loading import ModelName
    from ..plugins.discovery import list_benchmarks
    from ..scoring.compare import compare as compare_models
    from .patterns import matching

    for model in (first, second):
        ModelName.parse(model)
    found = compare_models(first, second, matching("benchmark", benchmarks, list_benchmarks()), over)
    if as_json:
        content = {
            "mean": None if found.mean is None else dataclasses.asdict(found.mean),
            "random_effects": None if found.random_effects is None else dataclasses.asdict(found.random_effects),
            "over": found.over,
            "level": found.level,
            "table": found.table.to_dict("records"),
        }
        print(json.dumps(content, indent=2))
        return
    print(f"{first} minus {second}: {found.level:.0%} intervals over {_OVER[found.over]}")
    print(found.table.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    if found.mean is not None:
        mean = found.mean
        print(f"mean over benchmarks: {mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}], p = {mean.p:.3f}")
    if found.random_effects is not None:
        print(f"standard deviation between benchmarks beyond error: {found.random_effects.between_sd:.3f}")


_OVER = {"stimuli": "stimuli", "mice": "mice", "both": "stimuli and mice"}
