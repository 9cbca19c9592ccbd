"""Scores and ceilings by RSA without each stimulus, each mouse, and two stimuli."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from ...uncertainty.leave_one_out import over_all_stimuli
from .fold_halves import FoldHalves
from .noise_corrected import (
    HalfStatistics,
    WithoutStimuli,
    between_halves_without,
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
    values : array of shape (n_models, 1 + n_mice, 1 + n_stimuli)
        The models' correlations with a half RDM. Indices as of `LeaveOneOutScores`.
    pairs : array of shape (n_models, 1 + n_mice, n_pairs)
        The same without two stimuli.
    """

    def of_fold(fold: int) -> Iterator[WithoutStimuli | None]:
        return _of_fold(
            parts[fold],
            mice,
            lambda statistics, mouse: half_correlations_without(models_of(fold, mouse), statistics),
        )

    return _mean_over_folds(parts, map(of_fold, range(len(parts))), n_models, 1 + len(mice), n_stimuli)


def left_out_ceilings(
    parts: Sequence[FoldHalves], n_stimuli: int, mice: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Average the ceiling over folds: the root of the correlation between the halves, zero where that is negative.

    Parameters
    ----------
    parts, n_stimuli, mice
        As of :func:`left_out_correlations`.

    Returns
    -------
    values : array of shape (1 + n_mice, 1 + n_stimuli)
    pairs : array of shape (1 + n_mice, n_pairs)
    """

    def ceiling(statistics: HalfStatistics, mouse: str | None) -> WithoutStimuli:
        between = between_halves_without(statistics)
        return WithoutStimuli(*(np.sqrt(np.maximum(kind, 0.0)) for kind in (between.none, between.one, between.two)))

    folds = (_of_fold(part, mice, ceiling) for part in parts)
    values, pairs = _mean_over_folds(parts, folds, 1, 1 + len(mice), n_stimuli)
    return values[0], pairs[0]


def _of_fold(
    part: FoldHalves, mice: Sequence[str], compared: Callable[[HalfStatistics, str | None], WithoutStimuli]
) -> Iterator[WithoutStimuli | None]:
    """Yield a fold's numbers with all mice, then without each; None where it has none."""
    with_all = compared(part.statistics, None)
    yield with_all
    for mouse in mice:
        if mouse not in part.without_mouse:
            yield with_all
        elif (statistics := _with_an_rdm(part.without_mouse[mouse])) is None:
            yield None
        else:
            yield compared(statistics, mouse)


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
                yield mutual_half_correlations_without(source.statistics, statistics)

    values, pairs = _mean_over_folds(
        parts, itertools.starmap(of_fold, zip(sources, parts, strict=True)), 1, 1 + len(mice), n_stimuli
    )
    return values[0], pairs[0]


def _with_an_rdm(statistics: HalfStatistics | None) -> HalfStatistics | None:
    """Return None for a fold without its only mouse, or with too few neuroids for an RDM: it has no score."""
    return None if statistics is None or np.isnan(statistics.mean).any() else statistics


def _mean_over_folds(
    parts: Sequence[FoldHalves],
    folds: Iterable[Iterable[WithoutStimuli | None]],
    n_models: int,
    n_rows: int,
    n_stimuli: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Average over those folds that have a score: with all mice, then without each; see `left_out_correlations`.

    What a fold does not score makes no difference to it. So without two stimuli of which it scores one at most, it has
    the sum of what leaving out each of them makes: this is added up by stimulus, and to the pairs only what is beyond.
    """
    first, second = stimuli_of_pairs(n_stimuli)
    values, pairs = np.zeros((n_models, n_rows, 1 + n_stimuli)), np.zeros((n_models, n_rows, len(first)))
    n_defined = np.zeros(n_rows)
    for part, of_fold in zip(parts, folds, strict=True):
        scored = part.stimuli
        of_part = stimuli_of_pairs(len(scored))
        row_of_pair, column = (scored[of_pair] for of_pair in of_part)
        places = row_of_pair * n_stimuli - row_of_pair * (row_of_pair + 1) // 2 + column - row_of_pair - 1
        for row, found in enumerate(of_fold):
            if found is None:
                continue
            n_defined[row] += 1
            values[:, row] += over_all_stimuli(np.column_stack([found.none, found.one]), scored, n_stimuli)
            for model in range(n_models):
                one = found.one[model]
                beyond = found.two[model] - one[of_part[0]]
                beyond -= one[of_part[1]]
                beyond += found.none[model]
                pairs[model, row, places] += beyond
    with np.errstate(invalid="ignore", divide="ignore"):
        for model, row in np.ndindex(n_models, n_rows):
            of_stimuli = values[model, row, 1:] - values[model, row, 0]
            pairs[model, row] += of_stimuli[first]
            pairs[model, row] += of_stimuli[second]
            pairs[model, row] += values[model, row, 0]
        return values / n_defined[:, None], np.divide(pairs, n_defined[:, None], out=pairs)
