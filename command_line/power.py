"""``brainscore-mouse power``: plan an experiment."""

import dataclasses
from typing import Annotated, Literal

import typer

from ..core.terminal.counted import counted
from .output.json_output import JsonOption, print_json


def power(
    first: Annotated[float, typer.Option(help="Similarity of the first model to the mice, 0 to 1.")] = 0.6,
    second: Annotated[float, typer.Option(help="Similarity of the second model.")] = 0.4,
    metric: Annotated[str, typer.Option(help="Metric, see `list metrics`.")] = "rsa",
    mice: Annotated[int, typer.Option(help="Number of mice.")] = 6,
    neuroids: Annotated[int, typer.Option(help="Number of neuroids of each mouse.")] = 40,
    stimuli: Annotated[int, typer.Option(help="Number of stimuli.")] = 118,
    repetitions: Annotated[int, typer.Option(help="Number of repetitions of each stimulus.")] = 20,
    reliability: Annotated[float, typer.Option(help="Median reliability of a neuroid's mean over repetitions.")] = 0.9,
    recordings: Annotated[int, typer.Option(help="Number of experiments to simulate.")] = 50,
    over: Annotated[
        Literal["stimuli", "mice", "both"], typer.Option(help="What the result should generalize to.")
    ] = "both",
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Simulate experiments, and count how often they tell two models of known similarity apart."""
    from ..analyses.simulated_power import simulated_power
    from ..core.errors import InvalidParameterError
    from ..data_packaging.simulate_recordings import RecordingDesign
    from ..metrics.layerwise import LayerwiseMetric
    from ..plugins.discovery import load_metric

    design = RecordingDesign(
        n_stimuli=stimuli, n_mice=mice, n_neuroids=neuroids, n_repetitions=repetitions, reliability=reliability
    )
    chosen = load_metric(metric)
    if not isinstance(chosen, LayerwiseMetric):
        raise InvalidParameterError(f"The metric {metric!r} compares assemblies only; use one such as rsa or ridge.")
    found = simulated_power(design, chosen, (first, second), recordings, over, seed)
    if as_json:
        print_json(dataclasses.asdict(found))
        return
    print(
        f"{found.power:.0%} ± {found.power_error:.0%} of {found.n_recordings} simulated experiments tell the models "
        "apart (p < 0.05)."
    )
    if found.n_recordings - found.n_refused > 1:
        print(
            f"Scores: {found.first:z.3f} and {found.second:z.3f} of the ceiling ({found.ceiling:z.3f}); difference "
            f"{found.difference:z.3f}, standard deviation over experiments {found.difference_sd:z.3f}."
        )
    if found.n_refused:
        print(
            f"Too noisy for {metric}: {counted(found.n_refused, 'experiment')}, counted as no difference found. More "
            "--neuroids, --repetitions or --reliability make fewer so; --metric ridge takes noisier ones."
        )
