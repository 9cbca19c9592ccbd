"""Patterns of identifiers, as the command line takes them."""

import fnmatch
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
            raise UnknownIdentifierError(f"No {kind} matches {pattern!r}; see `brainscore-mouse list {kind}s`.")
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
    from ..models.sources import names_matching, source_prefix
    from ..plugins.discovery import list_models

    found: list[str] = []
    for pattern in patterns:
        plain, normalization = split_normalization(pattern)
        if not is_pattern(plain):
            found.append(pattern)  # also models of Brain-Score, which are not listed
            continue
        prefix = source_prefix(plain)
        if prefix is not None:
            names = names_matching(prefix, plain.removeprefix(f"{prefix}:"))
        else:
            names = fnmatch.filter(list_models(), plain)
        if not names:
            raise UnknownIdentifierError(f"No model matches {plain!r}; see `brainscore-mouse list models`.")
        found += names if normalization is None else [f"{name}+{normalization}" for name in names]
    return list(dict.fromkeys(found))


def is_pattern(name: str) -> bool:
    """Tell whether a name has signs of patterns."""
    return any(sign in name for sign in "*?[")
