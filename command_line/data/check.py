"""``brainscore-mouse data check DATASET``."""

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import Annotated

import typer

from ..expanded_path import expanded_path

_SIGNIFICANCE = 0.05
_WIDTH = 79
_METRICS = ("ridge", "rsa")  # the first may have a ceiling where the second has none


def check(
    dataset: Annotated[str, typer.Argument(help="A packaged dataset.")],
    figure: Annotated[
        Path | None,
        typer.Option(
            help="Where to draw the images with their responses. Default: in the home's figures.",
            parser=expanded_path,
            metavar="PATH",
        ),
    ] = None,
) -> None:
    """Check that images and responses belong together: a contact sheet, and a test against shuffled orders.

    Responses of allen-mouse are also compared with the Allen Institute's own table of cells.
    """
    from ...analyses.check_cell_table import can_be_checked
    from ...analyses.check_pairing import N_SHUFFLES, check_pairing
    from ...core.home import home
    from ...data_packaging.datasets import read_manifest

    figure = figure or home() / "figures" / f"check-{dataset}.png"
    found = check_pairing(dataset, figure)
    manifest = read_manifest(dataset)
    shuffled = found.explained_shuffled
    print(f"{dataset}: {found.n_stimuli} stimuli, {found.n_neuroids} neuroids")
    print(f"  luminance, contrast and Gabor energies explain {found.explained:z.3f} of the responses' variance,")
    print(
        f"  and {shuffled.mean():z.3f} (standard deviation {shuffled.std():z.3f}) in {N_SHUFFLES} shuffled orders: "
        f"p = {found.p_value:z.3f}"
    )
    if found.p_value < _SIGNIFICANCE:
        print("  They explain more in the given order than in shuffled orders, as they should.")
        print("  If neighbouring images look alike, this test misses a shift by one image: check the figure.")
    else:
        print("  NO SIGN that images and responses belong together: see whether the images are in the arrays' order.")
        _print_what_to_do(dataset, manifest["regions"])
    for twins in manifest["stimulus_set"].get("twins", []):
        print(f"  the same picture: {', '.join(twins)}")
    print(f"  figure: {figure}")
    if can_be_checked(manifest):
        _print_cell_table(dataset)


def _print_what_to_do(dataset: str, areas: Iterable[str]) -> None:
    """Say how reliable the recordings are, and how to test the pairing with a metric that sees more than this test."""
    from ...core.errors import UnreliableDataError
    from ...plugins.discovery import load_benchmark

    print("  With few images, or responses to other features of them, this test sees nothing even where they do.")
    usable = []
    for area in areas:
        for metric in _METRICS:
            try:
                ceiling = load_benchmark(f"{dataset}-{area}-{metric}").ceiling
            except UnreliableDataError as error:
                told = str(error)
            else:
                usable.append(f"{dataset}-{area}-{metric}")
                told = f"the ceiling is {ceiling:z.2f} ± {ceiling.attrs['error']:z.2f}"
                if "half_correlation" in ceiling.attrs:
                    halves = f"{ceiling.attrs['half_correlation']:z.2f}"
                    told = f"RDMs of two halves of the repetitions correlate by {halves}, {told}"
            line = f"{area} by {metric}: {told}"
            print(fill(line, _WIDTH, initial_indent="    ", subsequent_indent="      ", break_long_words=False))
    if not usable:
        print("  The responses are too few or too noisy for a score: use more images, neuroids or repetitions.")
        return
    print("  Compare a score with that of the same images in shuffled order:")
    for variant in ("", "@shuffled"):
        print(f"    brainscore-mouse score pixels {usable[0]}{variant}")
    print("  The first should be higher by more than the errors; a pretrained network may show it where pixels do not.")


def _print_cell_table(dataset: str) -> None:
    from ...analyses.check_cell_table import check_cell_table
    from ...core.errors import RemoteReadError

    try:
        table = check_cell_table(dataset)
    except RemoteReadError as error:
        print(f"  NOT COMPARED with the Allen Institute's table of cells, which could not be read: {error}")
        return
    as_expected = "as they should be" if table.n_same_preferred == table.n_cells else "AND SHOULD BE FOR ALL"
    print(
        f"  Preferred images are those of the Allen Institute's table for {table.n_same_preferred} of {table.n_cells} "
        f"cells, {as_expected}."
    )
    print(f"  Reliabilities correlate with those of the table by {table.reliability_correlation:z.2f}.")
