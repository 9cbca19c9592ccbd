"""``brainscore-mouse eigenspectrum BENCHMARK``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.terminal.counted import counted
from .output.json_output import JsonOption, print_json
from .output.sign_of_life import sign_of_life
from .output.with_interval import with_interval

if TYPE_CHECKING:
    from ..benchmarks.area_eigenspectrum import AreaEigenspectrum

_OVER = {"both": "stimuli and mice", "stimuli": "stimuli only"}
_SHOWN_RANKS = (1, 2, 4, 8, 16, 32, 64, 128)


def eigenspectrum(
    benchmark: Annotated[
        str, typer.Argument(help="Benchmark of a single area, by any metric, e.g. simulated-mouse-VISp-rsa.")
    ],
    ranks: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="FIRST LAST", help="Ranks to fit, from 1. Default: 4 to a third of the dimensions."),
    ] = None,
    neuroids: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="Number of neuroids to draw, to compare areas. Default: all.", min=1),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draws and of the halves of the repetitions.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Fit a power law to the variances of an area's principal components, without noise (cvPCA)."""
    with sign_of_life("Loading libraries"):
        from ..benchmarks.area_eigenspectrum import area_eigenspectrum
    with sign_of_life(f"Reading the recordings of {benchmark}"):
        found = area_eigenspectrum(benchmark, ranks=ranks, n_neuroids=neuroids, seed=seed)
    if as_json:
        print_json(found.as_record())
        return
    print("\n".join(_lines(found)))


def _lines(found: "AreaEigenspectrum") -> Iterator[str]:
    drawn = "" if found.n_neuroids_compared == found.n_neuroids else f"{found.n_neuroids_compared} of "
    yield (
        f"{found.benchmark}: {drawn}{counted(found.n_neuroids, 'neuroid')} of {counted(found.n_mice, 'mouse')}, "
        f"{found.n_stimuli} stimuli"
    )
    yield f"Cross-validated over repetitions, 95% intervals over {_OVER[found.over]}"
    yield ""
    yield f"  {f'exponent, ranks {found.ranks[0]} to {found.ranks[1]}':28}{with_interval(found.exponent)}"
    yield f"  {'effective dimension':28}{with_interval(found.effective_dimension)}"
    total = found.variances.sum()
    for rank in _SHOWN_RANKS:
        if rank <= len(found.variances):
            yield f"  {f'share of rank {rank}':28}{found.variances[rank - 1] / total:z.4f}"
    yield ""
    yield "Compare areas at the same numbers of neuroids and stimuli, and the same ranks."
