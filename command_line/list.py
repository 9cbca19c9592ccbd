"""``brainscore-mouse list models|benchmarks|metrics|datasets``."""

import fnmatch
import sys
from typing import Annotated

import typer

_MOST_LISTED = 40

list_app = typer.Typer(help="List what can be scored, and on what.", no_args_is_help=True)


@list_app.command()
def models(
    source: Annotated[
        str | None, typer.Option(help="List the models of a source, such as timm or torchvision, instead.")
    ] = None,
    pattern: Annotated[str | None, typer.Option(help="Only names that match, as in a shell: '*dinov2*'.")] = None,
    pretrained: Annotated[bool, typer.Option("--pretrained", help="Only models with pretrained weights.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Do not stop after 40 models of a source.")] = False,
) -> None:
    """List the models that are registered here, or those of a source; on stderr, what can be made of every one.

    Of a source's models the table shows parameters and the side length of the input in pixels, where they are known
    without making the network.
    """
    from ..plugins.discovery import list_models, registered_model_sources, registered_normalizations

    if source is not None:
        _list_source(source, pattern, pretrained, everything)
        return
    chosen = fnmatch.filter(list_models(), pattern or "*")
    if pretrained:
        from ..models.downloads import weights_status

        with_weights = weights_status()
        chosen = [name for name in chosen if name.removesuffix("-neurn") in with_weights]
    print("\n".join(chosen))
    normalizations = registered_normalizations().items()
    listed = [f"  <model>+{name}: {normalization.description}" for name, normalization in normalizations]
    prefixes = ", ".join(f"{prefix}:" for prefix in registered_model_sources())
    seeds = "  <model>-random.<seed>: one of the untrained networks whose mean <model>-random is"
    print("Of any of these:", *listed, seeds, sep="\n", file=sys.stderr)
    print(
        f"Networks of libraries, by names that begin with {prefixes} see `list models --source NAME`", file=sys.stderr
    )


def _list_source(source: str, pattern: str | None, pretrained: bool, everything: bool) -> None:
    from ..models.sources import RANDOM, model_source
    from ..plugins.discovery import registered_model_sources
    from ..plugins.unknown_identifier import unknown_identifier

    if source not in registered_model_sources():
        raise unknown_identifier("source of models", source, registered_model_sources())
    made = model_source(source)
    known = made.listed()
    chosen = [
        model
        for model in known
        if fnmatch.fnmatchcase(model.name, pattern or "*") and not (pretrained and model.name.endswith(RANDOM))
    ]
    if not known:
        print(f"The names of {source}: cannot be listed here ({made.description}).", file=sys.stderr)
    shown = chosen if everything else chosen[:_MOST_LISTED]
    for model in shown:
        n_parameters = "-" if model.n_parameters is None else f"{model.n_parameters / 1e6:.1f} M"
        print(f"{source}:{model.name:<60} {n_parameters:>9} {model.image_size or '-':>5}")
    if known:
        rest = "" if len(shown) == len(chosen) else f"; {len(shown)} shown: narrow them by --pattern, or add --all"
        print(f"{len(chosen)} of the {len(known)} models of {source}:{rest}", file=sys.stderr)


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
