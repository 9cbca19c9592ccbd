"""Scores of models with and without NeuRN preprocessing and on control stimuli, and the paired differences of NeuRN."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ...core.errors import DataError, InvalidParameterError
from ...core.terminal.progress import progress
from ...core.visual_areas import VISUAL_AREAS
from ...models.loading import load_model
from ...models.model_name import ModelName
from ...plugins.discovery import list_benchmarks, load_benchmark
from ...plugins.identifiers import benchmark_parts, in_order
from ...scoring.jobs import Job, Outcome
from ...scoring.paired_scores import left_out_benchmark, paired_scores
from ...scoring.score_table import chosen_workers, comparable_outcomes, run_jobs, table_jobs
from ...uncertainty.leave_one_out import LeaveOneOutScores, Over, check_over, jackknife, mean_leave_one_out
from ...uncertainty.multiple_tests import benjamini_hochberg, holm
from ...uncertainty.random_effects import RandomEffects, random_effects_mean

CONTROLS = ("phase-scrambled", "shuffled")
"""Variants of the stimuli on which a score should be nothing, or next to nothing."""
MEASURES = ("rmse", "rmse_all_pairs", "rmse_mean_image", "rmse_random_maps", "rmse_noise")
"""What scores by map-rmse report beside the score."""


@dataclass(frozen=True)
class NeurnComparison:
    """What was measured.

    Attributes
    ----------
    dataset : str
        The recordings.
    scores : pandas.DataFrame
        One row per score: `metric`, `area`, `model` (without NeuRN), `kind` ('plain', 'NeuRN', or one of `CONTROLS`, of
        the plain model if it is no mean over untrained networks), `score`, `error`, `raw`, `ceiling`, and `MEASURES`
        where the metric has them.
    differences : pandas.DataFrame
        NeuRN minus plain, one row per metric, model and area: `difference`, `low`, `high`, `standard_error`, `p`,
        `degrees_of_freedom`, and `p_holm` and `p_fdr`, corrected for all models and areas of the metric.
    means : pandas.DataFrame
        NeuRN minus plain, averaged over areas: one row per metric and model, and one per metric with the `model` 'all'.
    spread : dict of str to RandomEffects
        By metric: how much the differences of models and areas truly differ (DerSimonian-Laird, which takes them for
        independent).
    over : str
        What the differences are generalized to.
    not_stored : list of str
        Why scores could not be stored.
    """

    dataset: str
    scores: pd.DataFrame
    differences: pd.DataFrame
    means: pd.DataFrame
    spread: dict[str, RandomEffects]
    over: str
    not_stored: list[str] = field(default_factory=list)


def compare_with_neurn(
    dataset: str,
    models: Sequence[str],
    metrics: Sequence[str],
    processes: int = 1,
    over: Over = "both",
) -> NeurnComparison:
    """Score models plain, behind NeuRN and on control stimuli; and estimate the errors of NeuRN's differences.

    Scores are stored, so that an interrupted comparison resumes where it stopped.

    Parameters
    ----------
    dataset : str
        Identifier of recordings of visual areas.
    models : sequence of str
        Identifiers, without NeuRN.
    metrics : sequence of str
        For instance 'rsa', 'ridge' and 'map-rmse'.
    processes : int
        Number of scores to compute in parallel.
    over : {'both', 'stimuli', 'mice'}
        What the differences are to be generalized to.

    Raises
    ------
    UnknownIdentifierError
        If a model is not known, or NeuRN cannot be put in front of it by name.
    InvalidParameterError
        If the dataset has no benchmarks by these metrics, or one of them cannot leave out stimuli or mice.
    DataError
        If a score could not be made.
    """
    check_over(over)
    with_neurn = {model: ModelName.parse(f"{model}+neurn").canonical for model in dict.fromkeys(models)}
    # Untrained networks are controls themselves, and each is five networks.
    controlled = [model for model in with_neurn if not ModelName.parse(model).is_mean_over_seeds]
    benchmarks = _visual_area_benchmarks(dataset, metrics)
    for benchmark in benchmarks:
        left_out_benchmark(load_benchmark(benchmark))
    controls = [f"{benchmark}@{control}" for benchmark in benchmarks for control in CONTROLS]
    names = {model: (model, "plain") for model in with_neurn} | {
        name: (model, "NeuRN") for model, name in with_neurn.items()
    }
    records = [*_scored([*names], benchmarks, processes), *_scored(controlled, controls, processes)]
    differences, left_out = _differences(with_neurn, benchmarks, over)
    return NeurnComparison(
        dataset,
        pd.DataFrame([_score_row(record, *names[record["model_identifier"]]) for record in records]),
        differences,
        _means(differences, left_out, over),
        _spread(differences),
        over,
        [record["not_stored"] for record in records if "not_stored" in record],
    )


def _visual_area_benchmarks(dataset: str, metrics: Sequence[str]) -> list[str]:
    parts = {name: benchmark_parts(name) for name in list_benchmarks()}
    whole = [name for name, part in parts.items() if part.dataset == dataset and part.is_whole_area]
    found = [name for name in whole if parts[name].area in VISUAL_AREAS]
    missing = [metric for metric in metrics if metric not in {parts[name].metric for name in found}]
    if missing or not metrics:
        raise InvalidParameterError(
            f"{dataset!r} has no benchmarks of visual areas by {missing or 'no metric at all'}; see `list benchmarks`."
        )
    return in_order(name for name in found if parts[name].metric in metrics)


def _scored(models: Sequence[str], benchmarks: Sequence[str], processes: int) -> list[dict[str, Any]]:
    """Score models on benchmarks, or take what is stored; return each score with its attributes."""
    jobs = table_jobs(models, benchmarks)
    outcomes = {}
    with chosen_workers(processes, None) as workers, progress(total=len(jobs), desc="scores", unit="score") as bar:
        for job, outcome in run_jobs(jobs, workers):
            outcomes[job] = outcome
            _check_scored(job, outcome)
            bar.update()
    for job, outcome in comparable_outcomes(outcomes).items():
        _check_scored(job, outcome)
    return [outcomes[job].record for job in jobs]


def _check_scored(job: Job, outcome: Outcome) -> None:
    if outcome.status == "failed":
        raise DataError(f"{job.model} could not be scored on {job.benchmark}: {outcome.record['message']}")


def _score_row(record: dict[str, Any], model: str, kind: str) -> dict[str, Any]:
    parts = benchmark_parts(record["benchmark_identifier"])
    return {
        "metric": parts.metric,
        "area": parts.area,
        "model": model,
        "kind": parts.variant or kind,
        **{name: record[name] for name in ("score", "error", "raw", "ceiling")},
        **{name: record[name] for name in MEASURES if name in record},
    }


def _differences(
    with_neurn: dict[str, str], benchmarks: Sequence[str], over: Over
) -> tuple[pd.DataFrame, dict[tuple[str, str, str], LeaveOneOutScores]]:
    """Return NeuRN's differences, and each without stimuli and mice, by metric, model and area."""
    names = [*with_neurn, *with_neurn.values()]
    models = [load_model(name) for name in names]
    rows, left_out = [], {}
    for identifier in progress(benchmarks, desc="paired differences", unit="benchmark"):
        parts = benchmark_parts(identifier)
        scores = paired_scores(models, left_out_benchmark(load_benchmark(identifier)))
        for number, model in enumerate(with_neurn):
            difference = scores.of_difference(number + len(with_neurn), number)
            left_out[parts.metric, model, parts.area] = difference
            found = jackknife(difference, over)
            rows.append({"metric": parts.metric, "model": model, "area": parts.area, **found.as_row()})
    table = pd.DataFrame(rows)
    for corrected, correct in (("p_holm", holm), ("p_fdr", benjamini_hochberg)):
        table[corrected] = table.groupby("metric")["p"].transform(lambda p, correct=correct: correct(p.to_numpy()))
    return table, left_out


def _means(
    differences: pd.DataFrame, left_out: dict[tuple[str, str, str], LeaveOneOutScores], over: Over
) -> pd.DataFrame:
    """Average differences over areas, and over models and areas; areas share their stimuli."""
    rows = []
    for metric, of_metric in differences.groupby("metric", sort=False):
        groups = [(str(model), of_model) for model, of_model in of_metric.groupby("model", sort=False)]
        for model, of_group in [*groups, ("all", of_metric)]:
            of_rows = [left_out[metric, row.model, row.area] for row in of_group.itertuples()]
            mean = jackknife(mean_leave_one_out(of_rows), over)
            rows.append({"metric": metric, "model": model, **mean.as_row()})
    return pd.DataFrame(rows)


def _spread(differences: pd.DataFrame) -> dict[str, RandomEffects]:
    return {
        str(metric): random_effects_mean(of_metric["difference"].to_numpy(), of_metric["standard_error"].to_numpy())
        for metric, of_metric in differences.groupby("metric", sort=False)
    }
