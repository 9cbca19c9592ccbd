"""Patterns of identifiers, as the command line takes them."""

import fnmatch
import re
from collections.abc import Sequence
from typing import Annotated

import typer

from ..core.errors import UnknownIdentifierError

ModelsOption = Annotated[
    list[str] | None,
    typer.Option(metavar="MODEL", help="Model, or a pattern such as 'resnet*'; can be repeated. Default: all."),
]
"""Which models' scores a command shows."""

BenchmarksOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="BENCHMARK", help="Benchmark, or a pattern such as '*-VISp-rsa'; can be repeated. Default: all."
    ),
]
"""Which benchmarks' scores a command shows."""

MetricOption = Annotated[str | None, typer.Option(help="Only benchmarks by this metric, e.g. rsa.")]
"""Which metric's scores a command shows."""


def matching(kind: str, patterns: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the identifiers that match one of the patterns, each once.

    Parameters
    ----------
    kind : str
        What they name, e.g. 'benchmark'.
    patterns : sequence of str
        With ``*``, ``?`` and ``[...]``, as in a shell; a pattern without a dot leaves out parts of areas, such as
        ``VISp.Sst``. What is behind an ``@``, such as a variant of the stimuli, is kept.
    known : sequence of str
        All identifiers there are.

    Raises
    ------
    UnknownIdentifierError
        If a pattern matches none.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        name, at, variant = pattern.partition("@")
        of_pattern = [one for one in fnmatch.filter(known, name) if "." in name or "." not in one]
        if not of_pattern:
            raise _no_match(kind, name, [one for one in known if "." in name or "." not in one])
        found.update(dict.fromkeys(f"{identifier}{at}{variant}" for identifier in of_pattern))
    return list(found)


def matching_models(patterns: Sequence[str]) -> list[str]:
    """Return the identifiers of the models that are named or match a pattern, each once.

    Parameters
    ----------
    patterns : sequence of str
        Identifiers, which are returned as they are; or patterns, as in a shell, of registered models, or of those of a
        source such as 'timm:*dinov2*'. What follows a plus, such as '+neurn', is kept.

    Raises
    ------
    UnknownIdentifierError
        If a pattern matches none.
    """
    from ..models.model_name import split_normalization
    from ..models.sources import RANDOM, names_matching, source_prefix, split_random
    from ..plugins.discovery import list_models

    found: list[str] = []
    for pattern in patterns:
        plain, normalization = split_normalization(pattern)
        if not is_pattern(plain):
            found.append(pattern)  # also models of Brain-Score, which are not listed
            continue
        _check_seed(plain)
        prefix = source_prefix(plain)
        if prefix is not None:
            names = names_matching(prefix, plain.removeprefix(f"{prefix}:"))
        else:
            stem, random = split_random(plain)  # weight seeds are not listed
            listed = f"{stem}{RANDOM}" if random else plain
            names = [f"{name}{random.removeprefix(RANDOM)}" for name in fnmatch.filter(list_models(), listed)]
        if not names:
            raise _no_match("model", plain, list_models())
        found += names if normalization is None else [f"{name}+{normalization}" for name in names]
    return list(dict.fromkeys(found))


def _no_match(kind: str, pattern: str, known: Sequence[str]) -> UnknownIdentifierError:
    from ..plugins.unknown_identifier import closest_names

    if kind == "model":
        _check_seed(pattern)
    closest = closest_names(re.sub(r"[*?\[\]]", "", pattern), known)
    return UnknownIdentifierError(
        f"No {kind} matches {pattern!r}. Closest: {closest}; see `brainscore-mouse list {kind}s`."
    )


def _check_seed(pattern: str) -> None:
    """Refuse a pattern of weight seeds: there is a network for each number."""
    stem, is_seed, seed = pattern.rpartition("-random.")
    if is_seed and is_pattern(seed):
        raise UnknownIdentifierError(
            f"Weight seeds are not listed, so that {pattern!r} matches none: write the seed out, e.g. "
            f"'{stem}-random.0', or score the mean over seeds, '{stem}-random'."
        )


def is_pattern(name: str) -> bool:
    """Tell whether a name has signs of patterns."""
    return any(sign in name for sign in "*?[")
