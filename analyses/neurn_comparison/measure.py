"""The scores of models plain, behind NeuRN and on control stimuli, and the paired differences that NeuRN makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from ...core.errors import DataError, InvalidParameterError
from ...core.identifier_parts import AREA_ORDER, benchmark_parts, in_order
from ...models.loading import canonical_model_identifier, check_model_is_known, load_model
from ...plugins.discovery import list_benchmarks, load_benchmark
from ...scoring.paired_scores import check_can_be_compared_on, paired_scores
from ...scoring.score_table import chosen_workers, run_jobs, table_jobs
from ...uncertainty.leave_one_out import Estimate, jackknife, mean_leave_one_out
from ...uncertainty.multiple_tests import benjamini_hochberg, holm
from ...uncertainty.random_effects import RandomEffects, random_effects_mean
from ...uncertainty.resampling import Over

CONTROLS = ("phase-scrambled", "shuffled")
"""Variants of the stimuli on which a score should be nothing, or next to nothing."""
MEASURES = ("rmse", "rmse_all_pairs", "rmse_mean_image", "rmse_random_maps", "rmse_noise")
"""What scores by map-rmse tell beside the score."""


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
        NeuRN minus plain, one row per metric, model and area: `difference`, `low`, `high`, `standard_error`, `p`,
        and `p_holm` and `p_fdr`, corrected for all models and areas of the metric.
    means : pandas.DataFrame
        NeuRN minus plain, averaged over areas: one row per metric and model, and one per metric with the `model` 'all'.
    spread : dict of str to RandomEffects
        By metric: how much the differences of models and areas truly differ (DerSimonian-Laird, which takes them for
        independent).
    over : str
        What the differences are generalized to.
    """

    dataset: str
    scores: pd.DataFrame
    differences: pd.DataFrame
    means: pd.DataFrame
    spread: dict[str, RandomEffects]
    over: str


def compare_with_neurn(
    dataset: str,
    models: Sequence[str],
    metrics: Sequence[str],
    processes: int = 1,
    over: Over = "both",
) -> NeurnComparison:
    """Score models plain, behind NeuRN and on control stimuli; draw stimuli and mice anew for NeuRN's differences.

    Scores are stored and draws are cached, so that an interrupted comparison goes on where it stopped.

    Parameters
    ----------
    dataset : str
        Identifier of recordings of visual areas.
    models : sequence of str
        Identifiers, without NeuRN.
    metrics : sequence of str
        For instance 'rsa', 'ridge' and 'map-rmse'.
    processes : int
        Scores to make at the same time.
    over : {'both', 'stimuli', 'mice'}
        What the differences are to be generalized to.

    Raises
    ------
    UnknownIdentifierError
        If a model is not known, or NeuRN cannot be put in front of it by name.
    InvalidParameterError
        If the dataset has no benchmarks by these metrics, or one of them cannot be resampled.
    DataError
        If a score could not be made.
    """
    for model in models:
        check_model_is_known(model)
    behind = {model: canonical_model_identifier(f"{model}+neurn") for model in dict.fromkeys(models)}
    benchmarks = _visual_area_benchmarks(dataset, metrics)
    for benchmark in benchmarks:
        check_can_be_compared_on(load_benchmark(benchmark))
    controls = [f"{benchmark}@{control}" for benchmark in benchmarks for control in CONTROLS]
    names = {model: (model, "plain") for model in behind} | {name: (model, "NeuRN") for model, name in behind.items()}
    records = [*_scored([*names], benchmarks, processes), *_scored([*behind], controls, processes)]
    differences, left_out = _differences(behind, benchmarks, over)
    return NeurnComparison(
        dataset,
        pd.DataFrame([_score_row(record, *names[record["model_identifier"]]) for record in records]),
        differences,
        _means(differences, left_out, over),
        _spread(differences),
        over,
    )


def _visual_area_benchmarks(dataset: str, metrics: Sequence[str]) -> list[str]:
    parts = {name: benchmark_parts(name) for name in list_benchmarks()}
    whole = [name for name, part in parts.items() if part.dataset == dataset and part.is_whole_area]
    found = [name for name in whole if parts[name].area in AREA_ORDER]
    missing = [metric for metric in metrics if metric not in {parts[name].metric for name in found}]
    if missing or not metrics:
        raise InvalidParameterError(
            f"{dataset!r} has no benchmarks of visual areas by {missing or 'no metric at all'}; see `list benchmarks`."
        )
    return in_order(name for name in found if parts[name].metric in metrics)


def _scored(models: Sequence[str], benchmarks: Sequence[str], processes: int) -> list[dict[str, Any]]:
    """Score models on benchmarks, or take what is stored; return all that is told of each score."""
    jobs = table_jobs(models, benchmarks)
    records = {}
    with chosen_workers(processes, None) as workers, tqdm(total=len(jobs), desc="scores", unit="score") as progress:
        for job, outcome in run_jobs(jobs, workers):
            records[job] = outcome.record
            if outcome.status == "failed":
                raise DataError(f"{job.model} could not be scored on {job.benchmark}: {outcome.record['message']}")
            progress.update()
    return [records[job] for job in jobs]


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
    behind: dict[str, str], benchmarks: Sequence[str], over: Over
) -> tuple[pd.DataFrame, dict[tuple[str, str, str], tuple[np.ndarray, tuple[str, ...]]]]:
    """Return NeuRN's differences, and what they are without each stimulus and mouse, by metric, model and area."""
    names = [*behind, *behind.values()]
    models = [load_model(name) for name in names]
    rows, left_out = [], {}
    for identifier in tqdm(benchmarks, desc="paired scores", unit="benchmark"):
        parts = benchmark_parts(identifier)
        scores = paired_scores(models, load_benchmark(identifier))
        for number, model in enumerate(behind):
            difference = scores.values[number + len(behind)] - scores.values[number]
            left_out[parts.metric, model, parts.area] = difference, scores.mice
            estimate = jackknife(difference, over)
            rows.append({"metric": parts.metric, "model": model, "area": parts.area, **_row(estimate)})
    table = pd.DataFrame(rows)
    for corrected, correct in (("p_holm", holm), ("p_fdr", benjamini_hochberg)):
        table[corrected] = table.groupby("metric")["p"].transform(lambda p, correct=correct: correct(p.to_numpy()))
    return table, left_out


def _means(
    differences: pd.DataFrame,
    left_out: dict[tuple[str, str, str], tuple[np.ndarray, tuple[str, ...]]],
    over: Over,
) -> pd.DataFrame:
    """Average differences over areas, and over models and areas; areas share their stimuli and some of their mice."""
    rows = []
    for metric, of_metric in differences.groupby("metric", sort=False):
        groups = [(str(model), of_model) for model, of_model in of_metric.groupby("model", sort=False)]
        for model, of_group in [*groups, ("all", of_metric)]:
            parts = [left_out[metric, row.model, row.area] for row in of_group.itertuples()]
            mean = jackknife(mean_leave_one_out(*zip(*parts, strict=True)), over)
            rows.append({"metric": metric, "model": model, **_row(mean)})
    return pd.DataFrame(rows)


def _row(estimate: Estimate) -> dict[str, float]:
    return {
        "difference": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "standard_error": estimate.error,
        "p": estimate.p,
    }


def _spread(differences: pd.DataFrame) -> dict[str, RandomEffects]:
    return {
        str(metric): random_effects_mean(of_metric["difference"].to_numpy(), of_metric["standard_error"].to_numpy())
        for metric, of_metric in differences.groupby("metric", sort=False)
    }
