"""``brainscore-mouse data fetch DATASET``."""

from typing import Annotated

import typer

SourceOption = Annotated[
    str | None,
    typer.Option(
        help="URL or folder with the files as they were published. Default for allen-...: "
        "$BRAINSCORE_MOUSE_ALLEN_SOURCE, or the public bucket.",
    ),
]


def fetch(
    dataset: Annotated[str, typer.Argument(help="For instance allen-mouse, allen-mouse-npx, sensorium2022.")],
    area: Annotated[
        list[str] | None, typer.Option(metavar="AREA", help="Fetch only this area; can be repeated.")
    ] = None,
    max_experiments: Annotated[int | None, typer.Option(help="Maximum number of experiments per area.")] = None,
    jobs: Annotated[int, typer.Option(help="Number of experiments to read in parallel.")] = 4,
    source: SourceOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a dataset of this name that came from elsewhere.")
    ] = False,
) -> None:
    """Fetch recordings and package them; the same command resumes an interrupted fetch."""
    from ...data_packaging.fetch_dataset import fetch_dataset
    from .info import print_info

    fetch_dataset(dataset, area or None, max_experiments, jobs, source, replace)
    print_info(dataset)
