"""``brainscore-mouse dg-train``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def dg_train(
    output: Annotated[
        Path, typer.Argument(help="Tables to write: OUTPUT.md and OUTPUT.json.", parser=expanded_path, metavar="OUTPUT")
    ],
    domain_set: Annotated[str, typer.Option(help="minidigits, digits or a set of image folders.")] = "minidigits",
    domain: Annotated[list[str] | None, typer.Option(help="Use these domains only; repeat.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Train on these; default: on each domain.")] = None,
    architecture: Annotated[list[str] | None, typer.Option(help="Default: cnn, resnet and mlp.")] = None,
    method: Annotated[list[str] | None, typer.Option(help="Default: all; `plain` is always among them.")] = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each kind.")] = 5,
    images: Annotated[
        tuple[int, int, int] | None, typer.Option(help="Numbers of fitting, validation and test images.")
    ] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the fitting images.")] = 8,
    processes: Annotated[int, typer.Option(help="Trainings at the same time.")] = 1,
) -> None:
    """Train small networks on a domain, with and without NeuRN, and test them on unseen domains.

    Interrupted, the same command goes on where it stopped.
    """
    from ...core.home import check_writable
    from ...domain_generalization.training.compare_methods import compare_methods
    from ...domain_generalization.training.planned_runs import MethodComparison, planned_runs
    from ...results.export import write_report

    check_writable(output.parent)
    comparison = MethodComparison(
        domain_set,
        domains=domain,
        sources=source,
        architectures=architecture,
        methods=method,
        n_seeds=seeds,
        n_images=images,
        epochs=epochs,
    )
    text, content = compare_methods(planned_runs(comparison), processes)
    print(text)
    write_report(output, text, content)
