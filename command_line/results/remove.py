"""``brainscore-mouse results remove MODEL...``."""

from typing import Annotated

import typer

from ...core.terminal.counted import counted


def remove(
    models: Annotated[list[str], typer.Argument(help="Model, or a pattern such as 'my-net*'.")],
    benchmarks: Annotated[
        list[str] | None,
        typer.Option(metavar="BENCHMARK", help="Benchmark, or a pattern; can be repeated. Default: all."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove stored scores and failures of models, older and outdated ones too."""
    from ...results.remove import remove_files, stored_files

    paths = stored_files(models, benchmarks or ["*"])
    folders = sorted({path.parent for path in paths})
    for folder in folders:
        print(folder)
    if not yes:
        typer.confirm(f"Remove {counted(len(paths), 'stored file')} in {counted(len(folders), 'folder')}?", abort=True)
    remove_files(paths)
    print(f"Removed {counted(len(paths), 'file')}.")
