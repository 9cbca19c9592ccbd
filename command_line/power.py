"""``brainscore-mouse power``: plan an experiment."""

import dataclasses
import json
from typing import Annotated, Literal

import typer


def power(
    first: Annotated[float, typer.Option(help="Similarity of the first model to the mice, 0 to 1.")] = 0.6,
    second: Annotated[float, typer.Option(help="Similarity of the second model.")] = 0.4,
    metric: Annotated[str, typer.Option(help="Metric, see `list metrics`.")] = "rsa",
    mice: Annotated[int, typer.Option(help="Mice.")] = 6,
    neuroids: Annotated[int, typer.Option(help="Neuroids of each mouse.")] = 40,
    stimuli: Annotated[int, typer.Option(help="Stimuli.")] = 118,
    repetitions: Annotated[int, typer.Option(help="Repetitions of each stimulus.")] = 20,
    reliability: Annotated[float, typer.Option(help="Of a neuroid's mean over repetitions (median).")] = 0.7,
    recordings: Annotated[int, typer.Option(help="Experiments to simulate.")] = 50,
    over: Annotated[Literal["stimuli", "mice", "both"], typer.Option(help="What to generalize to.")] = "both",
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Simulate experiments, and count how often they tell two models of known similarity apart.

    Example: brainscore-mouse power --mice 4 --stimuli 200 --metric ridge
    """
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
        print(json.dumps(dataclasses.asdict(found), indent=2))
        return
    print(
        f"{found.power:.0%} ± {found.power_error:.0%} of {found.n_recordings} simulated experiments tell the models "
        "apart (p < 0.05)."
    )
    print(
        f"Scores: {found.first:.3f} and {found.second:.3f} of the ceiling ({found.ceiling:.3f}); difference "
        f"{found.difference:.3f}, standard deviation over experiments {found.difference_sd:.3f}."
    )
    if found.n_refused:
        print(f"{found.n_refused} experiments are too noisy for {metric}; they count as no difference found.")
