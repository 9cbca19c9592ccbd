"""Scores of models with and without NeuRN preprocessing and on control stimuli, and the paired differences of NeuRN."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import DataError, InvalidParameterError
from ...core.terminal.progress import progress
from ...core.visual_areas import VISUAL_AREAS
from ...models.loading import ModelName, load_model
from ...plugins.discovery import list_benchmarks, load_benchmark
from ...plugins.identifiers import benchmark_parts, in_order
from ...scoring.jobs import Job, Outcome
from ...scoring.paired_draws import check_draws, paired_draws, resampled_benchmark
from ...scoring.score_table import chosen_workers, comparable_outcomes, run_jobs, table_jobs
from ...uncertainty.difference import difference_of_draws
from ...uncertainty.multiple_tests import benjamini_hochberg, holm
from ...uncertainty.random_effects import RandomEffects, random_effects_mean
from ...uncertainty.resampling import Over

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
        the plain model), `score`, `error`, `raw`, `ceiling`, and `MEASURES` where the metric has them.
    differences : pandas.DataFrame
        NeuRN minus plain, one row per metric, model and area: `difference`, `low`, `high`, `bias`, `standard_error`,
        `p`, and `p_holm` and `p_fdr`, corrected for all models and areas of the metric.
    means : pandas.DataFrame
        NeuRN minus plain, averaged over areas: one row per metric and model, and one per metric with the `model` 'all'.
    spread : dict of str to RandomEffects
        By metric: how much the differences of models and areas truly differ (DerSimonian-Laird, which takes them for
        independent).
    n_draws : int
        Bootstrap draws.
    over : str
        What was resampled.
    """

    dataset: str
    scores: pd.DataFrame
    differences: pd.DataFrame
    means: pd.DataFrame
    spread: dict[str, RandomEffects]
    n_draws: int
    over: str


def compare_with_neurn(
    dataset: str,
    models: Sequence[str],
    metrics: Sequence[str],
    processes: int = 1,
    n_draws: int = 2500,
    over: Over = "both",
    seed: int = 0,
) -> NeurnComparison:
    """Score models with and without NeuRN and on control stimuli; resample stimuli and mice for NeuRN's differences.

    Scores are stored and draws are cached, so that an interrupted comparison resumes where it stopped.

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
    n_draws, over, seed
        See :func:`brainscore_mouse.uncertainty.resampling.draw`.

    Raises
    ------
    UnknownIdentifierError
        If a model is not known, or NeuRN cannot be put in front of it by name.
    InvalidParameterError
        If the dataset has no benchmarks by these metrics, or one of them cannot be resampled.
    DataError
        If a score could not be made.
    """
    check_draws(n_draws, over)
    with_neurn = {model: ModelName.parse(f"{model}+neurn").canonical for model in dict.fromkeys(models)}
    benchmarks = _visual_area_benchmarks(dataset, metrics)
    for benchmark in benchmarks:
        resampled_benchmark(load_benchmark(benchmark))
    controls = [f"{benchmark}@{control}" for benchmark in benchmarks for control in CONTROLS]
    names = {model: (model, "plain") for model in with_neurn} | {
        name: (model, "NeuRN") for model, name in with_neurn.items()
    }
    records = [*_scored([*names], benchmarks, processes), *_scored([*with_neurn], controls, processes)]
    differences, draws = _differences(with_neurn, benchmarks, n_draws, over, seed)
    return NeurnComparison(
        dataset,
        pd.DataFrame([_score_row(record, *names[record["model_identifier"]]) for record in records]),
        differences,
        _means(differences, draws),
        _spread(differences),
        n_draws,
        over,
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
    with_neurn: dict[str, str], benchmarks: Sequence[str], n_draws: int, over: Over, seed: int
) -> tuple[pd.DataFrame, dict[tuple[str, str, str], np.ndarray]]:
    """Return NeuRN's differences, and the draws of each by metric, model and area."""
    names = [*with_neurn, *with_neurn.values()]
    models = [load_model(name) for name in names]
    rows, draws = [], {}
    for identifier in progress(benchmarks, desc="paired draws", unit="benchmark"):
        parts = benchmark_parts(identifier)
        scores, of_models = paired_draws(models, resampled_benchmark(load_benchmark(identifier)), n_draws, over, seed)
        for number, model in enumerate(with_neurn):
            of_model = of_models[number + len(with_neurn)] - of_models[number]
            draws[parts.metric, model, parts.area] = of_model
            difference = difference_of_draws(float(scores[number + len(with_neurn)] - scores[number]), of_model)
            rows.append({"metric": parts.metric, "model": model, "area": parts.area, **difference.as_row()})
    table = pd.DataFrame(rows)
    for corrected, correct in (("p_holm", holm), ("p_fdr", benjamini_hochberg)):
        table[corrected] = table.groupby("metric")["p"].transform(lambda p, correct=correct: correct(p.to_numpy()))
    return table, draws


def _means(differences: pd.DataFrame, draws: dict[tuple[str, str, str], np.ndarray]) -> pd.DataFrame:
    """Average differences over areas, and over models and areas; areas share the draws of stimuli."""
    rows = []
    for metric, of_metric in differences.groupby("metric", sort=False):
        groups = [(str(model), of_model) for model, of_model in of_metric.groupby("model", sort=False)]
        for model, of_group in [*groups, ("all", of_metric)]:
            of_draws = [draws[metric, row.model, row.area] for row in of_group.itertuples()]
            mean = difference_of_draws(float(of_group["difference"].mean()), np.mean(of_draws, axis=0))
            rows.append({"metric": metric, "model": model, **mean.as_row()})
    return pd.DataFrame(rows)


def _spread(differences: pd.DataFrame) -> dict[str, RandomEffects]:
    return {
        str(metric): random_effects_mean(of_metric["difference"].to_numpy(), of_metric["standard_error"].to_numpy())
        for metric, of_metric in differences.groupby("metric", sort=False)
    }
