"""``brainscore-mouse list models|benchmarks|metrics|datasets``."""

import sys

import typer

list_app = typer.Typer(help="List what can be scored, and on what.", no_args_is_help=True)


@list_app.command()
def models() -> None:
    """List the identifiers of all models; on stderr, the variants that every one of them has."""
    from ..plugins.discovery import list_models, registered_normalizations

    print("\n".join(list_models()))
    normalizations = registered_normalizations().items()
    listed = [f"  <model>+{name}: {normalization.description}" for name, normalization in normalizations]
    print("Of any of these:", *listed, sep="\n", file=sys.stderr)


@list_app.command()
def benchmarks() -> None:
    """List the identifiers of all benchmarks."""
    from ..plugins.discovery import list_benchmarks

    print("\n".join(list_benchmarks()))


@list_app.command()
def metrics() -> None:
    """List the identifiers of all metrics."""
    from ..plugins.discovery import list_metrics

    print("\n".join(list_metrics()))


@list_app.command()
def datasets() -> None:
    """List the identifiers of the datasets on this machine, and of those that are made on first use."""
    from ..data_packaging.datasets import list_datasets

    print("\n".join(list_datasets()))
