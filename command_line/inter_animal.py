"""``brainscore-mouse inter-animal BENCHMARK``."""

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.terminal.counted import counted
from .output.json_output import JsonOption, print_json
from .output.sign_of_life import sign_of_life
from .output.with_interval import with_interval

if TYPE_CHECKING:
    from ..benchmarks.inter_animal_consistency import InterAnimalConsistency

_OVER = {"both": "stimuli and mice", "stimuli": "stimuli only"}
_FEW_STIMULI = 500
_FEW_MICE = 10
_WIDTH = 79


def inter_animal(
    benchmark: Annotated[str, typer.Argument(help="Benchmark of a single area, e.g. simulated-mouse-VISp-ridge.")],
    models: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Model to compare with the mice; can be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the mice of an area with each other, and models with each mouse."""
    with sign_of_life("Loading libraries"):
        from ..benchmarks.inter_animal_consistency import inter_animal_consistency
        from ..models.model_name import ModelName
    for name in models or ():
        ModelName.parse(name)
    with sign_of_life(f"Comparing the mice of {benchmark}"):
        found = inter_animal_consistency(benchmark, models or [])
    if as_json:
        print_json(found.as_record())
        return
    print("\n".join(_table(found)))
    for text in _in_words(found):
        print(textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False))


def _table(found: "InterAnimalConsistency") -> Iterator[str]:
    """Write the consistencies, one a line."""
    counts = found.n_neuroids.values()
    each = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    yield f"{found.benchmark}: {len(counts)} mice with {each} neuroids each, {found.n_stimuli} stimuli"
    yield f"Consistency without noise (1: the same), 95% intervals over {_OVER[found.over]}"
    yield ""
    yield f"  {'one mouse on another':36}{with_interval(found.pairwise)}"
    yield f"  {'all others together on a mouse':36}{with_interval(found.pooled)}"
    for point in found.curve[:-1]:
        label = f"{point.n_neuroids} neuroids of the others"
        yield f"  {label:36}" + ("too noisy" if point.value != point.value else f"{point.value:z.3f} ± {point.sd:z.3f}")
    yield ""


def _in_words(found: "InterAnimalConsistency") -> Iterator[str]:
    """Say whether each model is as close to a mouse as another mouse is, and what to be careful about."""
    for name, model in found.models.items():
        difference = model.minus_pairwise
        if difference.high < 0:
            verdict = "is not as close to a mouse as another mouse is"
        elif difference.low > 0:
            verdict = "is closer to a mouse than another mouse is"
        else:
            verdict = "may be as close to a mouse as another mouse is"
        yield (
            f"{name} {verdict}: {model.score.value:z.3f} on these mice, difference {with_interval(difference)}; minus "
            f"all other mice together: {with_interval(model.minus_pooled)}."
        )
    if found.left_out_mice:
        yield f"Left out, too noisy alone: {', '.join(found.left_out_mice)} ({len(found.left_out_mice)})."
    if found.over == "stimuli":
        yield (
            "Two mice do not show how much mice differ: intervals are for these two and other stimuli, "
            "not for other mice."
        )
    few = []
    if found.n_stimuli < _FEW_STIMULI:
        few.append(counted(found.n_stimuli, "stimulus"))
    if len(found.n_neuroids) < _FEW_MICE:
        few.append(f"{len(found.n_neuroids)} mice")
    if few:
        yield f"Few: {' and '.join(few)}. More neuroids of a mouse would make mice more consistent (see the curve)."
