"""How fast the variance of an area's responses falls over their dimensions, with errors over stimuli and mice."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.errors import InvalidParameterError, UnreliableDataError
from ..core.terminal.progress import progress
from ..functional.eigenspectrum import (
    checked_ranks,
    cross_validated_variances,
    effective_dimension,
    power_law_exponent,
)
from ..plugins.discovery import load_benchmark
from ..uncertainty.leave_one_out import Estimate, LeaveOneOutScores, Over, jackknife, mouse_names
from ..uncertainty.neuroid_sample import neuroid_sample
from ..uncertainty.split_half import half_means
from .neural_benchmark import MouseNeuralBenchmark

_N_SPLITS = 10


@dataclass(frozen=True)
class AreaEigenspectrum:
    """The cross-validated eigenspectrum of recordings.

    Attributes
    ----------
    benchmark : str
        Identifier of the benchmark whose recordings these are.
    n_neuroids_compared, n_neuroids, n_mice, n_stimuli : int
        How many neuroids were drawn (all, if no number was given), and how many of everything there are.
    over : {'both', 'stimuli'}
        What errors generalize to: stimuli and mice, or with one mouse stimuli only.
    ranks : (int, int)
        First and last rank of the fit, from 1, inclusive.
    exponent : Estimate
        The alpha of ``variance ~ rank ** -alpha``. Its `p` is of zero: of no falling at all.
    effective_dimension : Estimate
        The participation ratio, ``(sum of variances)^2 / sum of squares``.
    variances : array of shape (n_dimensions,)
        Along the principal components in order; negative ones are noise.
    """

    benchmark: str
    n_neuroids_compared: int
    n_neuroids: int
    n_mice: int
    n_stimuli: int
    over: Over
    ranks: tuple[int, int]
    exponent: Estimate
    effective_dimension: Estimate
    variances: np.ndarray

    def as_record(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return dataclasses.asdict(self) | {"ranks": list(self.ranks), "variances": self.variances.tolist()}


def area_eigenspectrum(
    benchmark: str | MouseNeuralBenchmark,
    *,
    ranks: tuple[int, int] | None = None,
    n_neuroids: int | None = None,
    seed: int = 0,
) -> AreaEigenspectrum:
    """Fit a power law to the variances of the principal components of an area's recordings.

    A diagnostic, not a score; see "Eigenspectrum" in docs/methods.md. Few stimuli and few neuroids cut the spectrum
    off: compare areas only at the same numbers of both and the same ranks.

    Parameters
    ----------
    benchmark : str or MouseNeuralBenchmark
        A benchmark of a single area, by any metric: only its recordings are used.
    ranks : (int, int), optional
        First and last rank that are fitted, from 1. Default: 4 to a third of the dimensions.
    n_neuroids : int, optional
        Draw as many for each of the ten halves of the repetitions; each mouse keeps its share. Default: all.
    seed : int
        Seed of halves and draws.

    Raises
    ------
    InvalidParameterError
        If it is not such a benchmark, the ranks are not two different ones of the dimensions, or the number of neuroids
        is not positive.
    UnreliableDataError
        If there are fewer neuroids than are to be drawn, or a variance that is to be fitted is not positive, also where
        a mouse or a stimulus is left out.
    DatasetNotFoundError
        If the recordings are not on this machine.
    """
    loaded = load_benchmark(benchmark) if isinstance(benchmark, str) else benchmark
    if not isinstance(loaded, MouseNeuralBenchmark):
        raise InvalidParameterError(
            f"{getattr(loaded, 'identifier', loaded)} is not a benchmark of a single area; choose one such as "
            "simulated-mouse-VISp-rsa."
        )
    if n_neuroids is not None and n_neuroids < 1:
        raise InvalidParameterError(f"n_neuroids is {n_neuroids}; it must be at least 1.")
    recordings = loaded.load().recordings
    subjects = np.asarray(recordings.subjects).astype(str)
    products = _products_of_mice(recordings.trials, subjects, n_neuroids, seed)
    n_stimuli = products.shape[-1]
    n_compared = len(subjects) if n_neuroids is None else n_neuroids
    n_dimensions = min(n_stimuli - 1, n_compared)
    chosen = checked_ranks(ranks, n_dimensions)
    measured = _variances(products, n_dimensions)
    values = _left_out_values(products, chosen)
    mice = mouse_names(subjects)
    exponent, dimension = (LeaveOneOutScores(of_one[None], mice) for of_one in values)
    return AreaEigenspectrum(
        benchmark=loaded.identifier,
        n_neuroids_compared=n_compared,
        n_neuroids=len(subjects),
        n_mice=len(np.unique(subjects)),
        n_stimuli=n_stimuli,
        over=exponent.over,
        ranks=chosen,
        exponent=jackknife(exponent, exponent.over),
        effective_dimension=jackknife(dimension, dimension.over),
        variances=measured,
    )


def _products_of_mice(trials: np.ndarray, subjects: np.ndarray, n_neuroids: int | None, seed: int) -> np.ndarray:
    """Return inner products over the neuroids of each mouse, shape (2, n_mice, n_splits, n_stimuli, n_stimuli).

    First those of the first half of the repetitions, then those of the second half with the first.
    """
    mice = np.unique(subjects)
    halves = half_means(trials.astype(np.float64), _N_SPLITS, np.random.default_rng(seed))
    every = np.ones(len(subjects), dtype=bool)
    n_stimuli = trials.shape[1]
    products = np.empty((2, len(mice), _N_SPLITS, n_stimuli, n_stimuli))
    for split, (first, second) in enumerate(zip(*halves, strict=True)):
        drawn = every
        if n_neuroids is not None:
            drawn = np.zeros(len(subjects), dtype=bool)
            drawn[neuroid_sample(subjects, every, n_neuroids, np.random.default_rng([seed, split]))] = True
        for number, mouse in enumerate(mice):
            of_mouse = drawn & (subjects == mouse)
            products[:, number, split] = (
                first[:, of_mouse] @ first[:, of_mouse].T,
                second[:, of_mouse] @ first[:, of_mouse].T,
            )
    return products


def _variances(products: np.ndarray, n_dimensions: int) -> np.ndarray:
    """Return the variances of some mice together, averaged over splits."""
    first, both = products.sum(axis=1)
    return np.asarray(cross_validated_variances(first, both, n_dimensions).mean(axis=0))


def _left_out_values(products: np.ndarray, ranks: tuple[int, int]) -> np.ndarray:
    """Return exponent and effective dimension with all, and without each mouse and stimulus.

    Of shape (2, 1 + n_mice, 1 + n_stimuli), as :class:`LeaveOneOutScores` has them.
    """
    n_mice, n_stimuli = products.shape[1], products.shape[-1]
    all_mice, all_stimuli = np.arange(n_mice), np.arange(n_stimuli)
    kept_mice = [all_mice, *(np.delete(all_mice, mouse) for mouse in all_mice if n_mice > 1)]
    kept_stimuli = [all_stimuli, *(np.delete(all_stimuli, stimulus) for stimulus in all_stimuli)]
    values = np.empty((2, len(kept_mice), len(kept_stimuli)))
    for row, mice in enumerate(progress(kept_mice, desc="errors", unit="mouse")):
        of_mice = products[:, mice].sum(axis=1, keepdims=True)
        for column, stimuli in enumerate(kept_stimuli):
            variances = _variances(of_mice[..., stimuli[:, None], stimuli], len(stimuli) - 1)
            try:
                values[:, row, column] = power_law_exponent(variances, ranks), effective_dimension(variances)
            except UnreliableDataError as error:
                raise UnreliableDataError(f"{_left_out(row, column)}{error}") from error
    return values


def _left_out(row: int, column: int) -> str:
    """Say what is left out, at the start of a sentence; nothing if nothing is."""
    named = [f"{name} number {number - 1}" for name, number in (("mouse", row), ("stimulus", column)) if number]
    return f"Without {' and '.join(named)}: " if named else ""
