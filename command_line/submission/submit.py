"""``brainscore-mouse submit PATH|ZIP``."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..expanded_path import expanded_path
from ..output.check_stored import check_stored

if TYPE_CHECKING:
    from ...submission.limits import Limits
    from ...submission.plugin_checks import CheckedPlugin

# map-rmse and activation-overlap compare responses of channels, which a submitted model does not return.
DEFAULT_BENCHMARKS = ("simulated-mouse-*-rsa", "simulated-mouse-*-ridge", "simulated-mouse-*-pls")


def submit(
    path: Annotated[
        Path,
        typer.Argument(
            help="A model plugin in Brain-Score's layout: a folder or a zip file.", parser=expanded_path, metavar="PATH"
        ),
    ],
    benchmarks: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BENCHMARK",
            help=f"Pattern of benchmarks, can be repeated.  [default: {', '.join(DEFAULT_BENCHMARKS)}]",
        ),
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run the plugin's code, isolated and within limits.")] = False,
    time_limit: Annotated[float, typer.Option(help="Seconds that each model may take.", min=0.1)] = 1800,
    memory_limit: Annotated[float, typer.Option(help="GiB that each model may use.", min=0.01)] = 8,
) -> None:
    """Check a submitted model without running it; with --trust run it, score it, and store the scores."""
    from ...plugins.discovery import list_benchmarks, load_benchmark
    from ...submission.isolation import why_not_isolated
    from ...submission.limits import Limits
    from ...submission.sandbox import Sandbox
    from ...submission.score_submission import checked_submission, score_submission
    from ..patterns import matching

    identifiers = matching("benchmark", benchmarks or DEFAULT_BENCHMARKS, list_benchmarks())
    limits = Limits(seconds=time_limit, memory_bytes=int(memory_limit * 2**30))
    with tempfile.TemporaryDirectory(prefix="brainscore-mouse-submission-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        plugin = checked_submission(path, folder)
        _print_plan(plugin, identifiers, limits, why_not_isolated())
        if not trust:
            print("Nothing was run. If you trust this code, run it with --trust.")
            return
        not_stored = []
        loaded = [load_benchmark(identifier) for identifier in identifiers]
        with Sandbox() as sandbox:
            for score in score_submission(sandbox, plugin, loaded, limits):
                attrs = score.attrs
                print(
                    f"{attrs['model_identifier']} on {attrs['benchmark_identifier']}: {float(score):z.3f} "
                    f"± {attrs['error']:z.3f}, layer {attrs['layer']}{', stored before' if attrs['from_cache'] else ''}"
                )
                if "not_stored" in attrs:
                    not_stored.append(attrs["not_stored"])
    check_stored(not_stored)


def _print_plan(plugin: "CheckedPlugin", benchmarks: list[str], limits: "Limits", not_isolated: str | None) -> None:
    print(f"Models: {', '.join(plugin.identifiers)}")
    print(f"  {plugin.n_files} files, {plugin.n_bytes / 1e6:.1f} MB, SHA-256 {plugin.sha256}")
    for note in plugin.notes:
        print(f"  note: {note}")
    shown = ", ".join(benchmarks[:3]) + (f" and {len(benchmarks) - 3} more" if len(benchmarks) > 3 else "")
    print(f"Benchmarks: {shown}")
    print(
        f"A run may take {limits.seconds:g} s, {limits.memory_bytes / 2**30:g} GiB of memory, "
        f"{limits.scratch_bytes / 2**20:g} MiB of files and {limits.processes} processes, on the CPU"
    )
    if not_isolated is None:
        print("Isolated: no network; files are read-only; recordings, stored scores and caches are hidden")
    else:
        print(
            f"NOT ISOLATED ({not_isolated}): NETWORK NOT ISOLATED, and the code can read and change your files, the "
            "stored scores among them"
        )
