"""Whether metrics rank models alike."""

import math
from dataclasses import dataclass

import numpy as np

from ...plugins.identifiers import benchmark_parts
from ...uncertainty.rank_correlation import MINIMAL_N_MODELS, RankCorrelation, rank_correlation
from ..board_table import BoardTable


@dataclass(frozen=True)
class MetricAgreement:
    """How the metrics of one dataset rank the same models.

    Attributes
    ----------
    dataset : str
        The recordings.
    metrics : list of str
        At least two.
    correlations : dict
        By pair of metrics, in both orders; None where fewer than `MINIMAL_N_MODELS` models have both.
    n_models : dict of (str, str) to int
        How many models have scores by both, on all areas that both have.
    """

    dataset: str
    metrics: list[str]
    correlations: dict[tuple[str, str], RankCorrelation | None]
    n_models: dict[tuple[str, str], int]


def metric_agreement(table: BoardTable) -> list[MetricAgreement]:
    """Correlate the ranks of models by each two metrics: of their means over the areas that both metrics have.

    Parameters
    ----------
    table : BoardTable
        All scores. Whole areas only, on the stimuli that the mice saw.
    """
    areas: dict[str, dict[str, dict[str, str]]] = {}  # benchmarks by dataset, metric and area
    for name in table.benchmarks:
        parts = benchmark_parts(name)
        if parts.is_whole_area:
            areas.setdefault(parts.dataset, {}).setdefault(parts.metric, {})[parts.area] = name
    return [_of_dataset(dataset, of_metrics, table) for dataset, of_metrics in areas.items() if len(of_metrics) > 1]


def _of_dataset(dataset: str, areas: dict[str, dict[str, str]], table: BoardTable) -> MetricAgreement:
    correlations: dict[tuple[str, str], RankCorrelation | None] = {}
    counts = {}
    metrics = list(areas)
    for number, first in enumerate(metrics):
        for second in metrics[number + 1 :]:
            common = [area for area in areas[first] if area in areas[second]]
            pairs = [
                (one, other)
                for model in table.models
                if (one := _mean(model, [areas[first][area] for area in common], table)) is not None
                and (other := _mean(model, [areas[second][area] for area in common], table)) is not None
            ]
            is_enough = len(pairs) >= MINIMAL_N_MODELS
            found = rank_correlation(*np.array(pairs, dtype=float).T) if is_enough else None
            if found is not None and math.isnan(found.value):  # all models have the same score
                found = None
            for key in ((first, second), (second, first)):
                correlations[key], counts[key] = found, len(pairs)
    return MetricAgreement(dataset, metrics, correlations, counts)


def _mean(model: str, benchmarks: list[str], table: BoardTable) -> float | None:
    """Return a model's mean score; None where it lacks one on the scale of models, or there are no benchmarks."""
    cells = [table.scores.get((model, name)) for name in benchmarks]
    scores = [cell.score for cell in cells if cell is not None and cell.is_comparable]
    return float(np.mean(scores)) if scores and len(scores) == len(cells) else None
