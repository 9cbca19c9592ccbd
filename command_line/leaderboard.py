"""``brainscore-mouse leaderboard``."""

from pathlib import Path
from typing import Annotated

import typer

from .expanded_path import expanded_path
from .patterns import BenchmarksOption, ModelsOption


def leaderboard(
    output: Annotated[
        Path,
        typer.Option(
            help="A new or empty folder, or an older leaderboard to replace.", parser=expanded_path, metavar="PATH"
        ),
    ],
    outdated: Annotated[
        bool, typer.Option("--outdated", help="List scores on older recordings on the models' pages, marked.")
    ] = False,
    models: ModelsOption = None,
    benchmarks: BenchmarksOption = None,
    stores: Annotated[
        list[Path] | None,
        typer.Option(
            "--store",
            help="Home of brainscore-mouse, e.g. of another machine, whose scores to show instead; can be repeated.",
            parser=expanded_path,
            metavar="PATH",
        ),
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve it to browsers on this machine until Ctrl-C.")] = False,
) -> None:
    """Write the stored scores as web pages, which need no server: open index.html."""
    from ..leaderboard.serving import leaderboard_server
    from ..leaderboard.site import write_leaderboard

    page = write_leaderboard(output, outdated, models, benchmarks, stores or ())
    print(page)
    if serve:
        with leaderboard_server(page.parent) as server:
            print(f"Serving http://127.0.0.1:{server.server_port}/ until Ctrl-C", flush=True)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                print("Stopped")
