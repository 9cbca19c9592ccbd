"""``brainscore-mouse models fetch NAME...``."""

import sys
from typing import Annotated

import typer

from ...core.terminal.counted import counted


def fetch(
    models: Annotated[list[str], typer.Argument(help="Identifiers or patterns, such as 'timm:*dinov2*'.")],
) -> None:
    """Download the weights of models ahead, for machines without network; each is loaded once, as a check."""
    from ...core.errors import BrainscoreMouseError
    from ...models.loading import load_named, needed_file
    from ...models.model_name import ModelName
    from ..patterns import matching_models

    names = [ModelName.parse(identifier) for identifier in matching_models(models)]
    needed = {name.without_normalization: name for name in names}
    absent = sum(status is not None and status.path is None for status in map(needed_file, needed.values()))
    print(f"{counted(len(needed), 'model')}, {absent} to be downloaded")
    failed = 0
    for identifier in needed:
        name = ModelName.parse(identifier)
        try:
            load_named(name)
        except BrainscoreMouseError as error:
            print(f"failed: {identifier}: {error}", file=sys.stderr)
            failed += 1
            continue
        status = needed_file(name)
        print(f"{identifier}: {'it needs no file' if status is None else status.path}")
    if failed:
        raise typer.Exit(1)
