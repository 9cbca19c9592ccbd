"""``brainscore-mouse score MODEL BENCHMARK``."""

import re
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from .output.check_stored import check_stored
from .output.json_output import JsonOption, print_json
from .output.sign_of_life import sign_of_life

if TYPE_CHECKING:
    from ..metrics.mouse_score import MouseScore

_WIDTH = 79
_SHORT = 40
_FEWEST_MICE = 2
_UNBROKEN = "\u00a0"


def score(
    model: Annotated[str, typer.Argument(help="Identifier of a model, see `list models`.")],
    benchmark: Annotated[str, typer.Argument(help="Identifier of a benchmark, see `list benchmarks`.")],
    layer: Annotated[str | None, typer.Option(help="Compare this layer instead of choosing one.")] = None,
    device: Annotated[str | None, typer.Option(help="Device to run the network on, e.g. cuda:1.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Number of images in one forward pass.")] = None,
    precision: Annotated[str, typer.Option(help="float32, float64, bfloat16 or float16.")] = "float32",
    force: Annotated[
        bool, typer.Option("--force", help="Compute the score even if it is stored, and replace the stored one.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Score a model on a benchmark. A score that is stored is not computed again."""
    with sign_of_life("Loading libraries"):
        from ..activations.extraction import Extraction
        from ..scoring.score_model import score_model

    settings = (device, batch_size, precision)
    extraction = None if settings == (None, None, "float32") else Extraction(*settings)
    with sign_of_life(f"Scoring {model} on {benchmark}"):
        result = score_model(model, benchmark, layer=layer, extraction=extraction, force=force)
    if as_json:
        print_json({"score": float(result), **result.attrs})
    else:
        _print_for_people(model, benchmark, result)
    check_stored([result.attrs["not_stored"]] if "not_stored" in result.attrs else [])


def _print_for_people(model: str, benchmark: str, result: "MouseScore") -> None:
    attrs = result.attrs
    print(_wrapped(f"{model} on {benchmark}: {result}"))
    print(f"  error: {attrs['error_kind']}")
    if attrs.get("interval") is not None:
        # Student's t has one degree of freedom then: the interval is 13 errors wide on each side.
        why_wide = " (so wide because there are only two mice)" if attrs.get("n_mice") == _FEWEST_MICE else ""
        print("  95 % interval: {:z.3f} to {:z.3f}".format(*attrs["interval"]) + why_wide)
    if attrs.get("ceiling") is not None:
        print(f"  before dividing by the ceiling: {attrs['raw']:z.3f}")
    if "mce" in attrs:
        mce = "undefined" if attrs["mce"] is None else f"{attrs['mce']:z.3f} ± {attrs['mce_error']:z.3f}"
        print(f"  mean corruption error (mCE) relative to {attrs['baseline']['model_identifier']}: {mce}")
    if attrs["from_cache"]:
        print(f"  stored before, computed {attrs['created']}")


def _wrapped(text: str) -> str:
    """Break a text into lines, but neither within short brackets nor between a number and its error."""
    whole = re.sub(rf"\([^()]{{,{_SHORT}}}\)|\S+ ± \S+", lambda found: found[0].replace(" ", _UNBROKEN), text)
    lines = textwrap.fill(whole, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return lines.replace(_UNBROKEN, " ")
