"""Which scores may stand in one column, and which networks in one row: decided here, and nowhere else.

- A benchmark's *current* scores are those of its highest version, and among these those on the same data and with the
  same settings as the one that was made last. All others are outdated: shown on request only, and marked.
- A registered name that has scores averaged over weight seeds, as ``<name>-random`` has, means these: scores of a
  single network under the same name, of earlier versions, are outdated.
- Networks that share a name are one row only where they are registered, or their fingerprints are the same and they do
  the same with a reference image; otherwise the `label` of those that are not registered ends in the first digits of
  the fingerprint, and of what they do where the fingerprint is the same.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from ..core.behaviour import LayerBehaviour

# Of a fingerprint, where it tells networks of the same name apart.
_DIGITS_SHOWN = 8
_BEFORE_ALL = datetime.fromtimestamp(0, UTC)

Row = Mapping[str, Any]
MARKED_BY = (
    *("model", "benchmark", "benchmark_version", "data_sha256", "metric_settings", "seed_scores", "created", "key"),
    *("is_registered", "model_fingerprint", "reference_behaviour"),
)
"""What the marks of a score depend on."""


def marks_of(rows: Sequence[Row]) -> list[tuple[str, bool, bool]]:
    """Return the label of each score, whether it is current, and whether it is its label's newest on its benchmark.

    Parameters
    ----------
    rows : sequence of mapping
        All scores of a store, each with `MARKED_BY`; structures as JSON text.
    """
    labels = _labels(rows)
    means = {row["model"] for row in rows if row["seed_scores"] is not None and row["is_registered"] == 1}
    current = [
        is_one and not (row["seed_scores"] is None and row["is_registered"] == 1 and row["model"] in means)
        for row, is_one in zip(rows, are_current(rows), strict=True)
    ]
    newest: dict[tuple[str, str], tuple[Any, int]] = {}
    for number, (row, label) in enumerate(zip(rows, labels, strict=True)):
        if current[number]:
            pair, age = (label, row["benchmark"]), (instant_of(row["created"]), row["key"] or "")
            if pair not in newest or newest[pair][0] <= age:
                newest[pair] = age, number
    numbers = {number for _, number in newest.values()}
    return [(label, current[number], number in numbers) for number, label in enumerate(labels)]


def are_current(rows: Sequence[Row]) -> list[bool]:
    """Tell which scores are current: of the highest version of their benchmark, on the data of its last score.

    Parameters
    ----------
    rows : sequence of mapping
        With `benchmark`, `benchmark_version`, `data_sha256`, `metric_settings` (a dict or its JSON text) and `created`;
        None where something is not known, which is then as if it were a value of its own, older than all others.
    """
    made_on = [
        (
            -1 if row["benchmark_version"] is None else row["benchmark_version"],
            row["data_sha256"] or "",
            _canonical(row["metric_settings"]),
        )
        for row in rows
    ]
    last: dict[str, tuple[Any, Any]] = {}
    for row, of_row in zip(rows, made_on, strict=True):
        age = of_row[0], instant_of(row["created"])
        if row["benchmark"] not in last or last[row["benchmark"]][0] <= age:
            last[row["benchmark"]] = age, of_row
    return [last[row["benchmark"]][1] == of_row for row, of_row in zip(rows, made_on, strict=True)]


def _labels(rows: Sequence[Row]) -> list[str]:
    """Return the name of each model; with its fingerprint where other networks than a registered one share the name."""
    networks = list(zip([row["model"] for row in rows], _told_apart(rows), strict=True))
    registered = {network for network, row in zip(networks, rows, strict=True) if row["is_registered"] == 1}
    others = set(networks) - registered
    n_others = Counter(name for name, _ in others)
    names_registered = {name for name, _ in registered}
    return [
        f"{name} [{fingerprint or 'unknown'}]"
        if (name, fingerprint) in others and (name in names_registered or n_others[name] > 1)
        else name
        for name, fingerprint in networks
    ]


def _told_apart(rows: Sequence[Row]) -> list[str]:
    """Return digits of the fingerprint of each score's network, and of its behaviour where others have the same."""
    networks = [(row["model"], row["model_fingerprint"] or "") for row in rows]
    kinds: dict[tuple[str, str], list[LayerBehaviour]] = {}
    kind_of: dict[tuple[tuple[str, str], str], LayerBehaviour] = {}
    # The oldest first, so that a network keeps its digits when others come.
    for number in sorted(range(len(rows)), key=lambda number: str(rows[number]["created"])):
        network, text = networks[number], rows[number]["reference_behaviour"]
        if text is None or (network, text) in kind_of:
            continue
        behaviour = _behaviour_of(text)
        if behaviour is not None:
            known = kinds.setdefault(network, [])
            alike = next((kind for kind in known if behaviour.agrees_with(kind)), None)
            if alike is None:
                known.append(behaviour)
            kind_of[network, text] = alike or behaviour
    digits = []
    for row, network in zip(rows, networks, strict=True):
        digits.append(network[1][:_DIGITS_SHOWN])
        if len(kinds.get(network, ())) > 1:
            kind = kind_of.get((network, row["reference_behaviour"]))
            digits[-1] += f"-{'unknown' if kind is None else kind.suffix}"
    return digits


def _behaviour_of(text: str) -> LayerBehaviour | None:
    try:
        return LayerBehaviour.of_json(json.loads(text))
    except (ValueError, KeyError, TypeError):  # damaged
        return None


@cache
def instant_of(created: str | None) -> datetime:
    """Read when a score was made; offsets may differ between machines, and a wrong text is before all others."""
    try:
        found = datetime.fromisoformat(created or "")
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return _BEFORE_ALL


def _canonical(settings: Any) -> str:
    """Return settings, a dict or its JSON text, as a text that does not depend on their order."""
    return _canonical_text(settings if isinstance(settings, str) else json.dumps(settings))


@cache
def _canonical_text(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True)
