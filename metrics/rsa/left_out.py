"""Scores and ceilings by RSA without each stimulus, each mouse, and two stimuli."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from ...uncertainty.leave_one_out import over_all_stimuli
from .fold_halves import FoldHalves
from .noise_corrected import (
    HalfStatistics,
    WithoutStimuli,
    half_correlations_without,
    mutual_half_correlations_without,
)
from .rdm import stimuli_of_pairs

ModelRdms = Callable[[int, str | None], np.ndarray]
"""From a fold and a mouse that is left out, or None, to the models' standardized RDMs, shape (n_models, n_pairs)."""


def left_out_correlations(
    parts: Sequence[FoldHalves], models_of: ModelRdms, n_models: int, n_stimuli: int, mice: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Average over folds, with all stimuli and mice, without one of each, and without two stimuli.

    Parameters
    ----------
    parts : sequence of FoldHalves
        By fold.
    models_of : callable
        Returns the RDMs of the models' layers that are scored in a fold.
    n_models : int
        How many models there are.
    n_stimuli : int
        How many there are in all.
    mice : sequence of str
        The mice to leave out.

    Returns
    -------
    values : array of shape (n_models + 1, 1 + n_mice, 1 + n_stimuli)
        The models' correlations with a half RDM, and last the ceiling: the root of the correlation between the halves,
        zero where that is negative. Indices as of `LeaveOneOutScores`.
    pairs : array of shape (n_models + 1, 1 + n_mice, n_pairs)
        The same without two stimuli.
    """

    def of_fold(fold: int) -> Iterator[WithoutStimuli | None]:
        part = parts[fold]
        with_all = _over_all_stimuli(models_of(fold, None), part.statistics, part.stimuli, n_stimuli)
        yield with_all
        for mouse in mice:
            if mouse not in part.without_mouse:
                yield with_all
            elif (statistics := _with_an_rdm(part.without_mouse[mouse])) is None:
                yield None
            else:
                yield _over_all_stimuli(models_of(fold, mouse), statistics, part.stimuli, n_stimuli)

    return _mean_over_folds(map(of_fold, range(len(parts))), n_models + 1, 1 + len(mice), n_stimuli)


def left_out_mutual_correlations(
    sources: Sequence[FoldHalves], parts: Sequence[FoldHalves], n_stimuli: int, mice: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Average over folds how half RDMs of two populations correlate, as :func:`left_out_correlations`.

    Parameters
    ----------
    sources, parts : sequence of FoldHalves
        By fold: of one population, and of the other, of which mice are left out; both on the same stimuli.
    n_stimuli : int
        How many there are in all.
    mice : sequence of str
        The mice to leave out.

    Returns
    -------
    values : array of shape (1 + n_mice, 1 + n_stimuli)
    pairs : array of shape (1 + n_mice, n_pairs)
    """

    def of_fold(source: FoldHalves, part: FoldHalves) -> Iterator[WithoutStimuli | None]:
        for of_part in (part.statistics, *(part.without_mouse.get(mouse, part.statistics) for mouse in mice)):
            if (statistics := _with_an_rdm(of_part)) is None:
                yield None
            else:
                mutual = mutual_half_correlations_without(source.statistics, statistics)
                yield _spread_over_all(mutual, part.stimuli, n_stimuli)

    values, pairs = _mean_over_folds(
        itertools.starmap(of_fold, zip(sources, parts, strict=True)), 1, 1 + len(mice), n_stimuli
    )
    return values[0], pairs[0]


def _with_an_rdm(statistics: HalfStatistics | None) -> HalfStatistics | None:
    """Return None for a fold without its only mouse, or with too few neuroids for an RDM: it has no score."""
    return None if statistics is None or np.isnan(statistics.mean).any() else statistics


def _mean_over_folds(
    folds: Iterable[Iterable[WithoutStimuli | None]], n_models: int, n_rows: int, n_stimuli: int
) -> tuple[np.ndarray, np.ndarray]:
    """Average over those folds that have a score: with all mice, then without each; see `left_out_correlations`."""
    n_pairs = n_stimuli * (n_stimuli - 1) // 2
    values, pairs = np.zeros((n_models, n_rows, 1 + n_stimuli)), np.zeros((n_models, n_rows, n_pairs))
    n_defined = np.zeros(n_rows)
    for of_fold in folds:
        for row, found in enumerate(of_fold):
            if found is None:
                continue
            n_defined[row] += 1
            values[:, row, 0] += found.none
            values[:, row, 1:] += found.one
            pairs[:, row] += found.two
    with np.errstate(invalid="ignore", divide="ignore"):
        return values / n_defined[:, None], pairs / n_defined[:, None]


def _over_all_stimuli(
    models: np.ndarray, statistics: HalfStatistics, scored: np.ndarray, n_stimuli: int
) -> WithoutStimuli:
    """Return a fold's raw scores and last its ceiling; what is not scored in it may be left out without a change."""
    with_models, between = half_correlations_without(models, statistics)
    found = WithoutStimuli(
        *(
            np.concatenate([getattr(with_models, left_out), np.sqrt(np.maximum(getattr(between, left_out), 0.0))])
            for left_out in ("none", "one", "two")
        )
    )
    return _spread_over_all(found, scored, n_stimuli)


def _spread_over_all(found: WithoutStimuli, scored: np.ndarray, n_stimuli: int) -> WithoutStimuli:
    """Spread numbers of the scored stimuli over all stimuli and their pairs."""
    none, of_scored, of_pairs = found.none, found.one, found.two
    one = over_all_stimuli(np.column_stack([none, of_scored]), scored, n_stimuli)[:, 1:]
    first, second = stimuli_of_pairs(n_stimuli)
    # Of two stimuli of which the fold scores one at most, one at most makes a difference.
    two = one[:, first] + one[:, second] - none[:, None]
    row, column = (scored[of_part] for of_part in stimuli_of_pairs(len(scored)))
    two[:, row * n_stimuli - row * (row + 1) // 2 + column - row - 1] = of_pairs
    return WithoutStimuli(none, one, two)
