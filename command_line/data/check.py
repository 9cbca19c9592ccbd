"""``brainscore-mouse data check DATASET``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path

_SIGNIFICANCE = 0.05


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
    shuffled = found.explained_shuffled
    print(f"{dataset}: {found.n_stimuli} stimuli, {found.n_neuroids} neuroids")
    print(f"  luminance, contrast and Gabor energies explain {found.explained:.3f} of the responses' variance,")
    print(
        f"  and {shuffled.mean():.3f} (standard deviation {shuffled.std():.3f}) in {N_SHUFFLES} shuffled orders: "
        f"p = {found.p_value:.3f}"
    )
    if found.p_value < _SIGNIFICANCE:
        print("  They explain more in the given order than in shuffled orders, as they should.")
        print("  If neighbouring images look alike, this test misses a shift by one image: check the figure.")
    else:
        print("  NO SIGN that images and responses belong together: see whether the images are in the arrays' order.")
    manifest = read_manifest(dataset)
    for twins in manifest["stimulus_set"].get("twins", []):
        print(f"  the same picture: {', '.join(twins)}")
    print(f"  figure: {figure}")
    if can_be_checked(manifest):
        _print_cell_table(dataset)


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
    print(f"  Reliabilities correlate with those of the table by {table.reliability_correlation:.2f}.")
