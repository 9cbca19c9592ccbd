"""The half RDMs of a fold's scoring part: of all its mice, and without each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from ...uncertainty.split_half import neuroids_of_the_same_presentations
from ..feature_gram import FeatureGram
from ..layerwise import Fold, Part
from .compare_pairs import Correlation
from .half_rdms import HalfPatterns, half_patterns, half_rdms, together
from .noise_corrected import HalfStatistics, standardized
from .rdm import pairs_of_rdm, rdm_from_gram


@dataclass(frozen=True)
class FoldHalves:
    """The half RDMs of a fold's scoring part.

    Attributes
    ----------
    stimuli : array of int
        The scored stimuli.
    correlation : {'spearman', 'pearson'}
        How RDMs are compared.
    statistics : HalfStatistics
        Of all mice.
    without_mouse : dict of str to HalfStatistics or None
        By mouse of the part; None for the only one.
    """

    stimuli: np.ndarray
    correlation: Correlation
    statistics: HalfStatistics
    without_mouse: dict[str, HalfStatistics | None]

    @classmethod
    def of_recordings(
        cls,
        trials: np.ndarray,
        subjects: np.ndarray,
        fold: Fold,
        n_splits: int,
        correlation: Correlation,
        generator: np.random.Generator,
    ) -> "FoldHalves":
        """Split the repetitions of each mouse in random halves.

        Parameters
        ----------
        trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
            Single-trial responses, NaN where a neuroid has no trial.
        subjects : array of shape (n_neuroids,)
            Which mouse each neuroid is from.
        fold : Fold
            Its scoring part is taken.
        n_splits : int
            How many random splits to make.
        correlation : {'spearman', 'pearson'}
            How RDMs are compared.
        generator : numpy.random.Generator
            Source of the splits.
        """
        part = fold.scoring
        patterns = [
            (mouse, half_patterns(trials, n_splits, generator, part.stimuli, neuroids))
            for mouse, neuroids in _recorded_together(trials, subjects, part)
        ]

        def statistics(kept: Sequence[HalfPatterns]) -> HalfStatistics:
            return HalfStatistics.of_rdms(half_rdms(together(kept)), correlation)

        without_mouse: dict[str, HalfStatistics | None] = {}
        for left_out in dict.fromkeys(mouse for mouse, _ in patterns):
            kept = [of_group for mouse, of_group in patterns if mouse != left_out]
            without_mouse[left_out] = statistics(kept) if kept else None
        of_all = statistics([of_group for _, of_group in patterns])
        return cls(part.stimuli, correlation, of_all, without_mouse)

    def standardized_layers(self, grams: Sequence[FeatureGram]) -> np.ndarray:
        """Return the layers' RDMs of the scored stimuli on the scale of the statistics, (n_layers, n_pairs)."""
        return standardized(layer_pairs(grams, self.stimuli), self.correlation)


def arrays_of_halves(halves: Sequence[FoldHalves]) -> dict[str, np.ndarray]:
    """Return what :func:`halves_of_arrays` makes the half RDMs of folds of again, as a file can hold it."""
    rows = [
        (fold, mouse, statistics)
        for fold, of_fold in enumerate(halves)
        for mouse, statistics in [("", of_fold.statistics), *of_fold.without_mouse.items()]
    ]
    numbers = [array for _, _, statistics in rows if statistics is not None for array in astuple(statistics)]
    return {
        "folds": np.array([fold for fold, _, _ in rows]),
        "mice": np.array([mouse for _, mouse, _ in rows]),
        "is_only_mouse": np.array([statistics is None for _, _, statistics in rows]),
        "statistics": np.concatenate(numbers),
    }


def halves_of_arrays(
    arrays: Mapping[str, np.ndarray], stimuli: Sequence[np.ndarray], correlation: Correlation
) -> list[FoldHalves]:
    """Return the half RDMs of folds that were made arrays by :func:`arrays_of_halves`.

    Parameters
    ----------
    arrays : mapping of str to array
    stimuli : sequence of array of int
        The scored stimuli of each fold.
    correlation : {'spearman', 'pearson'}
        How RDMs are compared.
    """
    of_folds: list[dict[str, HalfStatistics | None]] = [{} for _ in stimuli]
    start = 0
    rows = zip(*(arrays[name].tolist() for name in ("folds", "mice", "is_only_mouse")), strict=True)
    for fold, mouse, is_only_mouse in rows:
        if is_only_mouse:
            of_folds[fold][mouse] = None
            continue
        n_pairs = len(stimuli[fold]) * (len(stimuli[fold]) - 1) // 2
        of_folds[fold][mouse] = HalfStatistics(*arrays["statistics"][start : start + 3 * n_pairs].reshape(3, n_pairs))
        start += 3 * n_pairs
    halves = []
    for of_fold, of_stimuli in zip(of_folds, stimuli, strict=True):
        of_all = of_fold.pop("")
        assert of_all is not None  # noqa: S101  # only what is without a mouse may be
        halves.append(FoldHalves(of_stimuli, correlation, of_all, of_fold))
    return halves


def _recorded_together(trials: np.ndarray, subjects: np.ndarray, part: Part) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the neuroids of each mouse, apart where some lack trials that others have: they saw other presentations."""
    mice = subjects[part.neuroids]
    for mouse in np.unique(mice):
        for group in neuroids_of_the_same_presentations(trials, part.stimuli, part.neuroids[mice == mouse]):
            yield str(mouse), group


def layer_pairs(grams: Sequence[FeatureGram], stimuli: np.ndarray) -> np.ndarray:
    """Return the upper triangles of the layers' RDMs of some stimuli, shape (n_layers, n_pairs)."""
    pairs = [pairs_of_rdm(rdm_from_gram(gram.row_centred[np.ix_(stimuli, stimuli)])) for gram in grams]
    return np.reshape(pairs, (len(grams), len(stimuli) * (len(stimuli) - 1) // 2))
