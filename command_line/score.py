"""``brainscore-mouse score MODEL BENCHMARK``."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from .check_stored import check_stored


def score(
    model: Annotated[str, typer.Argument(help="Identifier of a model, see `list models`.")],
    benchmark: Annotated[str, typer.Argument(help="Identifier of a benchmark, see `list benchmarks`.")],
    layer: Annotated[str | None, typer.Option(help="Compare this layer instead of choosing one.")] = None,
    device: Annotated[str | None, typer.Option(help="Run the network there, for instance cuda:1.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images in one forward pass.")] = None,
    precision: Annotated[str, typer.Option(help="float32, float64, bfloat16 or float16.")] = "float32",
    as_json: Annotated[bool, typer.Option("--json", help="Print the score with all it knows as JSON.")] = False,
) -> None:
    """Score a model on a benchmark."""
    from ..activations.extraction import Extraction
    from ..scoring.score_model import score_model

    settings = (device, batch_size, precision)
    extraction = None if settings == (None, None, "float32") else Extraction(*settings)
    result = score_model(model, benchmark, layer=layer, extraction=extraction)
    attrs = result.attrs
    if as_json:
        print(json.dumps({"score": float(result), **attrs}, indent=2))
    else:
        _print_for_people(model, benchmark, float(result), attrs)
    check_stored([attrs["not_stored"]] if "not_stored" in attrs else [])


def _print_for_people(model: str, benchmark: str, value: float, attrs: Mapping[str, Any]) -> None:
    print(f"{model} on {benchmark}: {value:.3f} ± {attrs['error']:.3f} ({attrs['error_kind']})")
    if "ceiling" in attrs:
        is_ceiled = attrs["ceiling"] is not None
        ceiling = f"ceiling {attrs['ceiling']:.3f} ± {attrs['ceiling_error']:.3f}" if is_ceiled else "unceiled"
        print(f"  raw {attrs['raw']:.3f}, {ceiling}")
        print(f"  layer {attrs['layer']}; {attrs['n_neuroids']} neuroids of {attrs['n_mice']} mice")
    elif "mce" in attrs:
        accuracies = f"corrupted {attrs['raw']:.3f}, uncorrupted {attrs['source_accuracy']:.3f}"
        print(f"  accuracy: {accuracies} ({attrs['layer']})")
        mce = "undefined" if attrs["mce"] is None else f"{attrs['mce']:.3f} ± {attrs['mce_error']:.3f}"
        print(f"  mean corruption error (mCE) relative to {attrs['baseline']['model_identifier']}: {mce}")
    else:
        print(
            f"  accuracy: unseen domains {attrs['raw']:.3f}, source {attrs['source_accuracy']:.3f} ({attrs['layer']})"
        )
    if attrs["from_cache"]:
        print(f"  stored score, made {attrs['created']}")
