"""``brainscore-mouse neurn-comparison``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path
from ..output.check_stored import check_stored

# Those whose weights come with packages, and untrained ones of several kinds.
_MODELS = [
    "efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "efficientnet-lite0-random", "resnet18-random",
    "resnet50-random", "alexnet-random", "pixels",
]  # fmt: skip


def neurn_comparison(
    output: Annotated[
        Path,
        typer.Argument(
            help="Writes OUTPUT.md, .json, -scores.svg and -differences.svg.", parser=expanded_path, metavar="OUTPUT"
        ),
    ],
    dataset: Annotated[str, typer.Option(help="Recordings, see `list datasets`.")] = "allen-mouse-npx",
    models: Annotated[list[str] | None, typer.Option(help="Model without NeuRN; can be repeated.")] = None,
    metrics: Annotated[list[str] | None, typer.Option(help="Metric; can be repeated.")] = None,
    processes: Annotated[int, typer.Option(help="Number of scores to compute in parallel.")] = 1,
) -> None:
    """Compare models with and without NeuRN preprocessing in every area, with controls and paired intervals."""
    from ...analyses.neurn_comparison.compare_with_neurn import compare_with_neurn
    from ...analyses.neurn_comparison.write_comparison import write_comparison
    from ...core.home import check_writable

    check_writable(output.parent)
    comparison = compare_with_neurn(dataset, models or _MODELS, metrics or ["rsa", "ridge", "map-rmse"], processes)
    for path in write_comparison(comparison, output):
        print(path)
    check_stored(comparison.not_stored)
