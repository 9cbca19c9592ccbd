"""``brainscore-mouse dg-readout``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path
from ..output.check_stored import check_stored


def dg_readout(
    output: Annotated[
        Path, typer.Argument(help="Tables to write: OUTPUT.md and OUTPUT.json.", parser=expanded_path, metavar="OUTPUT")
    ],
    models: Annotated[list[str], typer.Argument(help="Identifiers of models, see `list models`.")],
    domain_set: Annotated[str, typer.Option(help="minidigits, digits, pacs, vlcs, office-home or imagenet.")] = "pacs",
    neurn: Annotated[bool, typer.Option("--neurn", help="Also score each model with NeuRN preprocessing.")] = False,
) -> None:
    """Compare frozen models on unseen domains: every readout benchmark of a set, with accuracies by domain."""
    from ...analyses.robustness.readout_comparison import compare_readouts
    from ...core.home import check_writable
    from ...results.export import write_report

    check_writable(output.parent)
    comparison = compare_readouts(domain_set, models, neurn)
    print(comparison.markdown)
    write_report(output, comparison.markdown, comparison.content)
    check_stored(comparison.not_stored)
