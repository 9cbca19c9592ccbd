"""Which layer of a model stands for an area: chosen on one part of stimuli and mice, scored on the disjoint rest."""

from collections.abc import Sequence

import numpy as np

from ..core.errors import ModelOutputError
from ..uncertainty.grouped_splits import grouped_halves
from .layerwise import Fold, LayerSummary, NeuralTarget, Part

# The score depends on the partitions; with so many, little beside its error (docs/calibration.md).
N_PARTITIONS = 6


def halves_of_mice(subjects: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Share out the mice at random between two halves with about as many neuroids each.

    Parameters
    ----------
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from.
    generator : numpy.random.Generator
        Source of the order in which mice are shared out.

    Returns
    -------
    first, second : array of int
        Indices of neuroids. With a single mouse both hold all its neuroids: only the stimuli can be held out.
    """
    mice, counts = np.unique(subjects, return_counts=True)
    if len(mice) == 1:
        return np.arange(len(subjects)), np.arange(len(subjects))
    halves: tuple[list[str], list[str]] = ([], [])
    sizes = [0, 0]
    for index in generator.permutation(len(mice)):
        smaller = int(sizes[1] < sizes[0])
        halves[smaller].append(mice[index])
        sizes[smaller] += counts[index]
    first, second = (np.flatnonzero(np.isin(subjects, half)) for half in halves)
    return first, second


def selection_folds(n_stimuli: int, subjects: np.ndarray, seed: int, groups: np.ndarray | None = None) -> list[Fold]:
    """Split stimuli and mice in halves: choose on one quarter of the recordings, score on the opposite one, and swap.

    A readout is scored on the scoring half of the stimuli only, but may be fitted on all other stimuli: the
    scored mice took no part in the choice.

    Parameters
    ----------
    n_stimuli : int
        How many stimuli there are.
    subjects : array of shape (n_neuroids,)
        Which mouse each neuroid is from.
    seed : int
        Seed of the partitions.
    groups : array of int, shape (n_stimuli,), optional
        The same number for stimuli that show the same picture: they stay together. Default: all pictures differ.

    Returns
    -------
    list of Fold
        Four for each of `N_PARTITIONS` random partitions: each half of the stimuli and each half of the mice is scored
        in turn. Two with a single mouse.
    """
    generator = np.random.default_rng(seed)
    everything = np.arange(n_stimuli)
    groups = everything if groups is None else groups
    folds = []
    for _ in range(N_PARTITIONS):
        stimuli = grouped_halves(groups, generator)
        neuroids = halves_of_mice(subjects, generator)
        n_halves_of_mice = 1 if len(np.unique(subjects)) == 1 else 2
        for scored_mice in range(n_halves_of_mice):
            for scored_stimuli in range(2):
                chosen_on, chosen_by = stimuli[1 - scored_stimuli], neuroids[1 - scored_mice]
                selection = Part(chosen_on, chosen_on, chosen_by, groups)
                folds.append(Fold(selection, Part(stimuli[scored_stimuli], everything, neuroids[scored_mice], groups)))
    return folds


def choose_layers(target: NeuralTarget[LayerSummary], layers: Sequence[LayerSummary], n_folds: int) -> list[int]:
    """Choose the layer that compares best on each fold's selection part.

    Parameters
    ----------
    target : NeuralTarget
        The recordings.
    layers : sequence
        What the target's metric compares of each candidate layer.
    n_folds : int
        How many folds there are.

    Returns
    -------
    list of int
        Index of the chosen layer, per fold. The earlier layer wins a tie.

    Raises
    ------
    ModelOutputError
        If no layer can be compared.
    """
    if len(layers) == 1:
        return [0] * n_folds
    scores = target.selection_scores(layers)
    if np.isnan(scores).all(axis=1).any():
        raise ModelOutputError(
            f"None of the model's {len(layers)} layers can be compared: their activations do not vary."
        )
    return [int(layer) for layer in np.nanargmax(scores, axis=1)]
