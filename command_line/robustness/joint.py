"""``brainscore-mouse dg-joint``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def dg_joint(
    mouse_benchmark: Annotated[str, typer.Argument(help="For instance simulated-mouse-VISp-rsa.")],
    robustness_benchmark: Annotated[str, typer.Argument(help="For instance dg-minidigits-readout.")],
    figure: Annotated[
        Path | None,
        typer.Option(help="Image file; default: in the package's home.", parser=expanded_path, metavar="PATH"),
    ] = None,
) -> None:
    """Compare stored mouse scores with stored robustness scores, over all models that have both."""
    from ...analyses.robustness.mouse_and_robustness import write_joint_report
    from ...core.home import home

    path = figure or home() / "figures" / f"{mouse_benchmark}-and-{robustness_benchmark}.png"
    print(write_joint_report(mouse_benchmark, robustness_benchmark, path))
