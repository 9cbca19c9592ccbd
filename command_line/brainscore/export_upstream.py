"""``brainscore-mouse export-upstream DIR``."""

from pathlib import Path
from typing import Annotated

import typer

from ..expanded_path import expanded_path


def export_upstream(
    folder: Annotated[
        Path, typer.Argument(help="Where to; a new or empty folder.", parser=expanded_path, metavar="FOLDER")
    ],
    models: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Pattern of models, can be repeated.")
    ] = None,
    benchmarks: Annotated[
        list[str] | None, typer.Option(metavar="BENCHMARK", help="Pattern of benchmarks, can be repeated.")
    ] = None,
) -> None:
    """Write benchmarks, with their data and metrics, and models as a pull request to brain-score/vision."""
    from ...core.errors import InvalidParameterError
    from ...plugins.discovery import list_benchmarks
    from ...submission.export_upstream import export_upstream as export
    from ..patterns import matching, matching_models

    if not models and not benchmarks:
        raise InvalidParameterError("Nothing is chosen: give --benchmarks, --models, or both.")
    chosen_models = matching_models(models or [])
    chosen_benchmarks = matching("benchmark", benchmarks or [], list_benchmarks())
    for plugin in export(folder, chosen_models, chosen_benchmarks):
        print(plugin)
    print(f"What is left to do: {folder / 'PULL_REQUEST.md'}")
