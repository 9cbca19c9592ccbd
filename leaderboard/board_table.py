"""The table of the leaderboard: models, benchmarks, scores, ranks and means."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

import numpy as np
import pandas as pd

from ..plugins.identifiers import BenchmarkParts, benchmark_parts, in_order
from .comparisons.pairwise_differences import PairwiseDifferences, pairwise_differences
from .comparisons.ranks import ranks
from .comparisons.stored_estimate import StoredEstimate, mean_estimate, stored_estimates

# So many differences between pairs of models are about 15 MB of text, one file per model.
LARGEST_N_DIFFERENCES = 200_000


@dataclass(frozen=True)
class Cell:
    """A model's score on a benchmark, or its mean over the areas of a group.

    Attributes
    ----------
    score : float
        The score, or the mean over the areas that the model has.
    error : float or None
        Its standard error.
    rank : int or None
        One plus the number of models that are clearly ahead; None where `why_no_rank` says so.
    n_areas : int
        How many areas it is the mean of; 1 for a single score.
    why_no_rank : str
        In words; empty where there is a rank.
    is_comparable : bool
        As of :class:`~brainscore_mouse.leaderboard.comparisons.stored_estimate.StoredEstimate`.
    """

    score: float
    error: float | None
    rank: int | None
    n_areas: int = 1
    why_no_rank: str = ""
    is_comparable: bool = True


@dataclass(frozen=True)
class Group:
    """Benchmarks that are averaged: the areas of one dataset, metric, part and variant.

    Attributes
    ----------
    dataset, metric, part, variant : str
        As of :class:`~brainscore_mouse.plugins.identifiers.BenchmarkParts`.
    benchmarks : tuple of str
        Their identifiers, at least two.
    """

    dataset: str
    metric: str
    part: str
    variant: str
    benchmarks: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the mean is called; not what a benchmark is called that averages the same areas."""
        variant = f"@{self.variant}" if self.variant else ""
        return ", ".join(filter(None, [f"mean of {self.dataset}", self.metric, self.part, variant]))


@dataclass(frozen=True)
class Column:
    """All models on one benchmark, or their means over a group.

    Attributes
    ----------
    models : tuple of str
        The labels of the models that are compared: of a group, those that have all its areas.
    found : PairwiseDifferences
        Between them.
    """

    models: tuple[str, ...]
    found: PairwiseDifferences

    @property
    def ranking(self) -> str:
        """How differences were judged: 'paired', 'independent', or 'mixed' if only some models can be paired."""
        different = ~np.eye(len(self.models), dtype=bool)  # a model is always paired with itself
        others = ~self.found.is_paired[different & self.found.is_known]
        if not others.any():
            return "paired"
        return "independent" if others.all() else "mixed"


@dataclass(frozen=True)
class BoardTable:
    """What all pages show.

    Attributes
    ----------
    models, benchmarks : list of str
        Labels and identifiers, in order.
    groups : list of Group
        What is averaged.
    scores : dict
        Cells by (label, benchmark).
    means : dict
        Cells by (label, name of a group).
    rankings : dict of str to str
        `Column.ranking` by benchmark or name of a group.
    columns : dict of str to Column
        By benchmark or name of a group; empty if there are more than `LARGEST_N_DIFFERENCES`.
    n_differences : int
        How many there are.
    """

    models: list[str]
    benchmarks: list[str]
    groups: list[Group]
    scores: dict[tuple[str, str], Cell] = field(default_factory=dict)
    means: dict[tuple[str, str], Cell] = field(default_factory=dict)
    rankings: dict[str, str] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    n_differences: int = 0

    @cached_property
    def parts(self) -> dict[str, BenchmarkParts]:
        """The parts of the benchmarks' identifiers, by identifier, in order."""
        return {name: benchmark_parts(name) for name in self.benchmarks}

    @cached_property
    def headline(self) -> tuple[str, ...]:
        """The benchmarks that are shown first: whole areas of one dataset and metric.

        The dataset is the one with the most benchmarks, recorded rather than simulated; the metric the first of all.
        """
        of_mouse = {name: of_one for name, of_one in self.parts.items() if not of_one.is_robustness} or self.parts
        whole = {name: of_one for name, of_one in of_mouse.items() if of_one.is_whole_area} or of_mouse
        counts = Counter(of_one.dataset for of_one in of_mouse.values())
        shown = {of_one.dataset for of_one in whole.values()}
        dataset = max(shown, key=lambda name: (not name.startswith("simulated"), counts[name], name))
        metric = next(of_one.metric for of_one in whole.values() if of_one.dataset == dataset)
        return tuple(name for name, of_one in whole.items() if (of_one.dataset, of_one.metric) == (dataset, metric))

    @cached_property
    def headline_group(self) -> Group | None:
        """The group that averages the benchmarks of the headline; None where it is a single one."""
        return next((group for group in self.groups if set(group.benchmarks) == set(self.headline)), None)

    def headline_cell(self, model: str) -> Cell | None:
        """Return a model's mean over the headline's benchmarks, or its score on the single one."""
        group = self.headline_group
        if group is not None:
            return self.means.get((model, group.name))
        return self.scores.get((model, self.headline[0]))


def board_table(newest: pd.DataFrame, others: Sequence[str] = ()) -> BoardTable:
    """Rank the models on each benchmark and by their means.

    Parameters
    ----------
    newest : pandas.DataFrame
        Rows of :func:`brainscore_mouse.results.view.results_frame`, one per label and benchmark, all current. What is
        known of their errors is read from their files, of one group of benchmarks after the other.
    others : sequence of str
        Models without any score, which are listed too.
    """
    benchmarks = in_order(newest["benchmark"])
    groups = _groups(benchmarks)
    models = sorted({*newest["label"], *others})
    table = BoardTable(models, benchmarks, groups)
    averaged = {name: group for group in groups for name in group.benchmarks}
    units: list[tuple[Group | None, tuple[str, ...]]] = [(group, group.benchmarks) for group in groups]
    units += [(None, (name,)) for name in benchmarks if name not in averaged]
    n_members = newest.groupby("benchmark")["label"].nunique()
    n_differences = sum(n * (n - 1) // 2 for n in n_members)
    for group, names in units:
        rows = newest[newest["benchmark"].isin(names)]
        found = stored_estimates(rows["file"].tolist())
        compared: dict[str, dict[str, StoredEstimate]] = {name: {} for name in names}
        for label, name, file in zip(rows["label"], rows["benchmark"], rows["file"], strict=True):
            if file in found:
                compared[name][label] = found[file]
        for name, of_models in compared.items():
            column = _column(of_models)
            _note(table, name, column, n_differences)
            rank_of = dict(zip(column.models, ranks(column.found), strict=True))
            for label, one in of_models.items():
                table.scores[label, name] = _cell(one, rank_of.get(label))
        if group is not None:
            _note_means(table, group, compared, n_differences)
    return replace(table, n_differences=n_differences)


def _note_means(
    table: BoardTable, group: Group, compared: Mapping[str, Mapping[str, StoredEstimate]], n_differences: int
) -> None:
    of_areas = {
        label: [of_models[label] for of_models in compared.values() if label in of_models] for label in table.models
    }
    means = {label: mean_estimate(found) for label, found in of_areas.items() if found}
    complete = {label: mean for label, mean in means.items() if len(of_areas[label]) == len(group.benchmarks)}
    column = _column(complete)
    _note(table, group.name, column, n_differences)
    rank_of = dict(zip(column.models, ranks(column.found), strict=True))
    for label, mean in means.items():
        cell = _cell(mean, rank_of.get(label))
        why = cell.why_no_rank if label in complete else "some areas are missing"
        table.means[label, group.name] = replace(cell, n_areas=len(of_areas[label]), why_no_rank=why)


def _cell(estimate: StoredEstimate, rank: int | None) -> Cell:
    why = "it is not on the scale of models" if not estimate.is_comparable else "its error is not known"
    why = "" if rank is not None else why
    return Cell(estimate.value, estimate.error, rank, why_no_rank=why, is_comparable=estimate.is_comparable)


def _note(table: BoardTable, name: str, column: Column, n_differences: int) -> None:
    table.rankings[name] = column.ranking
    if n_differences <= LARGEST_N_DIFFERENCES:
        table.columns[name] = column


def _column(estimates: Mapping[str, StoredEstimate]) -> Column:
    labels = tuple(label for label, one in estimates.items() if one.is_comparable)
    return Column(labels, pairwise_differences([estimates[label] for label in labels]))


def _groups(benchmarks: Sequence[str]) -> list[Group]:
    """Return what is averaged: areas of the same dataset, metric, part and variant, where there are several."""
    single = [(benchmark_parts(name), name) for name in benchmarks]
    single = [(parts, name) for parts, name in single if parts.is_single_area]
    key = {name: (parts.dataset, parts.metric, parts.part, parts.variant) for parts, name in single}
    grouped = groupby(sorted(key, key=lambda name: benchmarks.index(name)), key=lambda name: key[name])
    return [Group(*of_all, tuple(names)) for of_all, found in grouped if len(names := list(found)) > 1]
