"""``brainscore-mouse data remove DATASET``."""

import shutil
from typing import Annotated

import typer


def remove(
    dataset: Annotated[str, typer.Argument(help="A dataset on this machine, see `data list`.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a packaged dataset from this machine. Stored scores stay."""
    from ...core.errors import DatasetNotFoundError, NotWritableError
    from ...core.home import datasets_folder
    from ...data_packaging.on_disk.datasets_here import datasets_on_disk

    present = datasets_on_disk()
    if dataset not in present:
        listed = ", ".join(present) or "none"
        raise DatasetNotFoundError(f"The dataset {dataset!r} is not on this machine. Here are: {listed}.")
    folder = datasets_folder() / dataset
    if not yes:
        typer.confirm(f"Remove {folder}? To get it back, it must be fetched or packaged again.", abort=True)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise NotWritableError(folder, error) from error
    print(f"Removed {folder}")
