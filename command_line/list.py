"""``brainscore-mouse list models|benchmarks|metrics|datasets``."""

import fnmatch
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import UnknownIdentifierError
from .output.grouped_help import example, plain_app
from .output.json_output import JsonOption, print_json
from .output.sign_of_life import still_working

if TYPE_CHECKING:
    from ..models.sources import ListedModel

_MOST_LISTED = 40

list_app = plain_app("List models, benchmarks, metrics and datasets.", example("list benchmarks '*-VISp-rsa' --local"))


@list_app.command(epilog=example("list models", "list models 'resnet*'", "list models --source timm '*dinov2*'"))
def models(
    patterns: Annotated[
        list[str] | None, typer.Argument(help="Only names that match one, as in a shell: 'resnet*'.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="List the models of a source, such as timm or torchvision, instead.")
    ] = None,
    pretrained: Annotated[bool, typer.Option("--pretrained", help="Only models with pretrained weights.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Do not stop after 40 models of a source.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the models that are registered here, or those of a source; on stderr, the variants of each.

    Of a source's models the table shows parameters and the side length of the input in pixels, where they are known
    without making the network. --json prints all that match.
    """
    from ..plugins.discovery import list_models, registered_model_sources, registered_normalizations
    from .patterns import matching

    if source is not None:
        _list_source(source, patterns or [], pretrained, everything, as_json)
        return
    chosen = matching("model", patterns, list_models()) if patterns else list_models()
    if pretrained or as_json:
        from ..models.weights_status import weights_status

        known = weights_status()
        with_weights = {name for name in chosen if name.removesuffix("-neurn") in known}
        chosen = [name for name in chosen if name in with_weights or not pretrained]
        if as_json:
            print_json([_described(name, None, name in with_weights) for name in chosen])
            return
    print("\n".join(chosen))
    normalizations = registered_normalizations().items()
    listed = [f"  <model>+{name}: {normalization.description}" for name, normalization in normalizations]
    prefixes = ", ".join(f"{prefix}:" for prefix in registered_model_sources())
    seeds = "  <model>-random.<seed>: one of the untrained networks whose mean <model>-random is"
    print("Of any of these:", *listed, seeds, sep="\n", file=sys.stderr)
    print(
        f"Networks of libraries, by names that begin with {prefixes} see `list models --source NAME`", file=sys.stderr
    )


def _described(
    name: str, source: str | None, is_pretrained: bool, listed: "ListedModel | None" = None
) -> dict[str, object]:
    return {
        "model": name,
        "source": source,
        "pretrained": is_pretrained,
        "n_parameters": listed and listed.n_parameters,
        "image_size": listed and listed.image_size,
    }


def _list_source(source: str, patterns: list[str], pretrained: bool, everything: bool, as_json: bool) -> None:
    from ..models.sources import RANDOM, model_source
    from ..plugins.discovery import registered_model_sources
    from ..plugins.unknown_identifier import unknown_identifier

    if source not in registered_model_sources():
        raise unknown_identifier("source of models", source, registered_model_sources())
    made = model_source(source)
    known = made.listed()
    for pattern in patterns if known else []:
        if not any(fnmatch.fnmatchcase(model.name, pattern) for model in known):
            raise UnknownIdentifierError(
                f"No model of {source} matches {pattern!r}; see `list models --source {source}`."
            )
    chosen = [
        model
        for model in known
        if any(fnmatch.fnmatchcase(model.name, pattern) for pattern in patterns or ["*"])
        and not (pretrained and model.name.endswith(RANDOM))
    ]
    if not known:
        print(f"The names of {source}: cannot be listed here ({made.description}).", file=sys.stderr)
    if as_json:
        named = {f"{source}:{model.name}": model for model in chosen}
        print_json([_described(name, source, not name.endswith(RANDOM), listed) for name, listed in named.items()])
        return
    shown = chosen if everything else chosen[:_MOST_LISTED]
    for model in shown:
        n_parameters = "-" if model.n_parameters is None else f"{model.n_parameters / 1e6:.1f} M"
        print(f"{source}:{model.name:<60} {n_parameters:>9} {_printed_size(model):>9}")
    if known:
        rest = "" if len(shown) == len(chosen) else f"; {len(shown)} shown: narrow them by a pattern, or add --all"
        print(f"{len(chosen)} of the {len(known)} models of {source}:{rest}", file=sys.stderr)


@list_app.command(
    epilog=example("list benchmarks", "list benchmarks 'simulated-mouse-*-rsa'", "list benchmarks --local")
)
def benchmarks(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(help="Such as 'allen-mouse-*-rsa'; parts of areas need a dot: 'allen-mouse-VISp.*-rsa'."),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Only those whose recordings are on this machine, or are made here.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="List every identifier, parts of areas too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List benchmarks that match patterns; without a pattern, summarize which there are."""
    from ..data_packaging.on_disk.datasets_here import list_datasets
    from ..plugins.discovery import list_benchmarks
    from ..plugins.identifiers import benchmark_parts
    from .patterns import matching

    known = list_benchmarks()
    if local:
        present = set(list_datasets())
        known = [name for name in known if benchmark_parts(name).dataset in present]
    chosen = matching("benchmark", patterns, known) if patterns else known
    if as_json:
        print_json(chosen)
    elif patterns or all_:
        print("\n".join(chosen))
    else:
        print("\n".join(_summary(chosen, set(list_datasets()))))


@list_app.command(epilog=example("list metrics"))
@still_working
def metrics(as_json: JsonOption = False) -> None:
    """List the metrics, each with what it compares."""
    from ..plugins.discovery import metrics_with_benchmarks, registered_metrics
    from ..plugins.docstring_of import docstring_of
    from ..plugins.identifiers import benchmark_parts
    from ..plugins.registries import benchmark_registry

    described = {name: first_sentence(docstring_of(make)) for name, make in sorted(registered_metrics().items())}
    with_benchmarks = {*metrics_with_benchmarks(), *(benchmark_parts(name).metric for name in benchmark_registry)}
    if as_json:
        print_json(
            [
                {"metric": name, "description": text, "has_benchmarks": name in with_benchmarks}
                for name, text in described.items()
            ]
        )
        return
    size = max(map(len, described))
    for name in sorted(described, key=lambda metric: (metric not in with_benchmarks, metric)):
        without = "" if name in with_benchmarks else " (from Python only: no benchmarks use it)"
        print(f"{name:{size}}  {described[name]}{without}")


@list_app.command(epilog=example("list datasets"))
def datasets(as_json: JsonOption = False) -> None:
    """List the identifiers of the datasets on this machine; `data list` shows their sizes."""
    from ..data_packaging.on_disk.datasets_here import list_datasets

    found = list_datasets()
    if as_json:
        print_json(found)
    else:
        print("\n".join(found))


def _printed_size(model: "ListedModel") -> str:
    size = model.image_size
    return "-" if size is None else " x ".join(map(str, size)) if isinstance(size, tuple) else str(size)


def first_sentence(docstring: str) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join(docstring.strip().split("\n\n")[0].split())


def _summary(identifiers: Iterable[str], present: set[str]) -> Iterator[str]:
    """Describe benchmarks by dataset: areas, metrics, whether the recordings are here; then the stimulus variants."""
    from ..benchmarks.variant_descriptions import VARIANT_DESCRIPTIONS
    from ..plugins.identifiers import ALL_AREAS, BenchmarkParts, benchmark_parts, in_order

    by_dataset: dict[str, list[BenchmarkParts]] = {}
    for identifier in in_order(identifiers):
        parts = benchmark_parts(identifier)
        by_dataset.setdefault(parts.dataset, []).append(parts)
    robustness = [members for members in by_dataset.values() if members[0].is_robustness]
    for dataset, members in by_dataset.items():
        if members[0].is_robustness:
            continue
        metrics = ", ".join(dict.fromkeys(member.metric for member in members))
        here = "on this machine or made on first use" if dataset in present else "to be fetched or packaged"
        areas = dict.fromkeys(member.area for member in members)
        named = [area for area in areas if area != ALL_AREAS]
        n_parts = len({(member.area, member.part) for member in members if member.part})
        yield f"{dataset}-<area>-<metric>: {len(members)} benchmarks, {here}"
        yield from textwrap.wrap(f"areas: {', '.join(named)}", 76, initial_indent="    ", subsequent_indent="      ")
        if n_parts:
            yield f"    parts of areas, such as Cre lines: {n_parts}, e.g. '{dataset}-{named[0]}.*'"
        if ALL_AREAS in areas:
            yield f"    mean of the areas: {dataset}-<metric>"
        yield from textwrap.wrap(
            f"metrics: {metrics}", 76, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False
        )
    if robustness:
        n_robustness = sum(map(len, robustness))
        yield f"dg-*: {n_robustness} benchmarks of robustness to unseen domains and corruptions"
    yield "Variants of the stimuli, for benchmarks of recordings, e.g. simulated-mouse-VISp-rsa@64px:"
    for name, description in VARIANT_DESCRIPTIONS.items():
        yield from textwrap.wrap(f"@{name}: {description}", 76, initial_indent="    ", subsequent_indent="      ")
    yield "To list identifiers: brainscore-mouse list benchmarks 'PATTERN' (or --all, or --local)"
