"""The comparison of frozen models on a set of domains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainscore_core.metrics import Score

from ...core.terminal.progress import progress
from ...models.loading import load_model
from ...models.model_name import ModelName
from ...models.neurn.with_neurn import with_neurn
from ...plugins.discovery import list_benchmarks, load_benchmark
from ...plugins.unknown_identifier import unknown_identifier
from ...scoring.score_model import score_model

_NORMAL_QUANTILE = 1.96


@dataclass(frozen=True)
class ReadoutComparison:
    """Models on the readout benchmarks of a set of domains.

    Attributes
    ----------
    domain_set : str
        The set.
    scores : mapping of str to sequence of Score
        Of each model, on the set's benchmarks.
    """

    domain_set: str
    scores: Mapping[str, Sequence[Score]]

    @property
    def markdown(self) -> str:
        """The tables."""
        return _markdown(self.domain_set, self.scores)

    @property
    def content(self) -> dict[str, list[dict[str, Any]]]:
        """All that is known of each score, as JSON can hold it."""
        return {name: [{"score": float(score), **score.attrs} for score in row] for name, row in self.scores.items()}

    @property
    def not_stored(self) -> list[str]:
        """Why scores could not be stored."""
        return [
            score.attrs["not_stored"] for row in self.scores.values() for score in row if "not_stored" in score.attrs
        ]


def compare_readouts(domain_set: str, models: Sequence[str], behind_neurn: bool) -> ReadoutComparison:
    """Score models on a set's readout benchmarks of unseen domains.

    Parameters
    ----------
    domain_set : str
        For instance 'pacs'.
    models : sequence of str
        Identifiers.
    behind_neurn : bool
        Whether to score each model with NeuRN preprocessing, too.

    Raises
    ------
    UnknownIdentifierError
        If a model or the set is not known.
    """
    for identifier in models:
        ModelName.parse(identifier)
    names = [name for name in list_benchmarks() if name.startswith(f"dg-{domain_set}-") and name.endswith("-readout")]
    names = [name for name in names if not name.endswith("-corrupted-readout")]  # these have no unseen domains
    if not names:
        raise unknown_identifier("readout benchmark", f"dg-{domain_set}-readout", list_benchmarks())
    benchmarks = [load_benchmark(name) for name in sorted(names, key=len)]
    scores: dict[str, list[Score]] = {}
    for identifier in progress(models, desc="models", unit="model"):
        model = load_model(identifier)
        for variant in [model, with_neurn(model)] if behind_neurn else [model]:
            scores[variant.identifier] = [score_model(variant, benchmark) for benchmark in benchmarks]
    return ReadoutComparison(domain_set, scores)


def _markdown(domain_set: str, scores: Mapping[str, Sequence[Score]]) -> str:
    first = next(iter(scores.values()))
    settings = first[0].attrs["metric_settings"]
    names = [score.attrs["benchmark_identifier"] for score in first]
    lines = [
        f"# Readouts of frozen models on `{domain_set}`",
        "",
        f"Logistic regression on standardized features (C = {settings['inverse_penalty']:g}), {settings['n_seeds']} "
        f"splits of the sources into fitting and held-out stimuli; chance is {100 * first[0].attrs['chance']:.1f} %. "
        "Accuracy in %, with 95 % intervals over splits and stimuli.",
        "",
        "## Scores",
        "",
        "Chance-corrected mean accuracy on unseen domains (0: chance, 1: perfect), and its 95 % interval.",
        "",
        f"| model | {' | '.join(names)} |",
        "|---|" + "---|" * len(names),
    ]
    for model, row in scores.items():
        cells = [f"{float(score):z.3f} ± {_NORMAL_QUANTILE * score.attrs['error']:z.3f}" for score in row]
        lines.append(f"| {model} | {' | '.join(cells)} |")
    for index, name in enumerate(names):
        lines += _domain_lines(name, {model: row[index] for model, row in scores.items()})
    return "\n".join([*lines, ""])


def _domain_lines(benchmark: str, scores: dict[str, Score]) -> list[str]:
    """Lay out one benchmark: a column for each unseen domain, and the means."""
    first = next(iter(scores.values())).attrs
    targets = [
        (fold, name)
        for (fold, domains), sources in zip(_folds(first), first["sources"], strict=True)
        for name in domains
        if name not in sources
    ]
    lines = [
        "",
        f"## {benchmark}",
        "",
        f"| model | held-out source | {' | '.join(name for _, name in targets)} | unseen | gap | ECE unseen |",
        "|---|" + "---|" * (len(targets) + 4),
    ]
    for model, score in scores.items():
        results = [score.attrs["domains"][fold][name] for fold, name in targets]
        cells = [_percent(result["accuracy"], result["error"]) for result in results]
        calibration = sum(result["ece"] for result in results) / len(results)
        gap = _percent(score.attrs["gap"], score.attrs["gap_error"])
        lines.append(
            f"| {model} | {100 * score.attrs['source_accuracy']:.1f} | {' | '.join(cells)} | "
            f"{100 * score.attrs['raw']:.1f} | {gap} | {calibration:z.2f} |"
        )
    return lines


def _folds(attrs: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the folds by name, in the order of `sources`."""
    return [("+".join(sources), attrs["domains"]["+".join(sources)]) for sources in attrs["sources"]]


def _percent(value: float, error: float) -> str:
    return f"{100 * value:.1f} ± {100 * _NORMAL_QUANTILE * error:.1f}"
