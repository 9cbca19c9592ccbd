"""The tuning of an area's neuroids, in halves: a layer is chosen on one and scored on the other."""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from ...metrics.layer_choice import N_PARTITIONS, halves_of_mice
from ...metrics.tuning_distribution.ks_similarity import ks_similarity, sampled_ks_similarity
from ...metrics.tuning_distribution.metric import TuningDistribution
from ...metrics.tuning_distribution.properties import PROPERTIES
from ...uncertainty.interval_of_draws import Interval, interval_of_draws
from ...uncertainty.nan_mean import nan_mean

Halves = tuple[np.ndarray, np.ndarray]
"""Indices of the neuroids that a layer is chosen on, and of those that it is scored on."""

# In each draw of the mice. Their noise is part of the spread between draws, as in Brain-Score's error.
_SAMPLES_PER_DRAW = 10


def clusters_of(subjects: np.ndarray) -> tuple[np.ndarray, Literal["mice", "neuroids of a single mouse"]]:
    """Return what each neuroid is split and drawn with, and what that is: its mouse, or itself of a single mouse."""
    if len(np.unique(subjects)) > 1:
        return np.unique(subjects, return_inverse=True)[1], "mice"
    return np.arange(len(subjects)), "neuroids of a single mouse"


def halves_of_neuroids(subjects: np.ndarray, seed: int) -> list[Halves]:
    """Split the mice in halves, and use each half for either purpose.

    Parameters
    ----------
    subjects : array of str, shape (n_neuroids,)
        Which mouse each neuroid is from. The neuroids of a single mouse are split.
    seed : int
        Of the partitions.

    Returns
    -------
    list of Halves
        Two for each of `N_PARTITIONS` random partitions.
    """
    generator = np.random.default_rng(seed)
    clusters, _ = clusters_of(subjects)
    partitions = [halves_of_mice(clusters, generator) for _ in range(N_PARTITIONS)]
    return [halves for first, second in partitions for halves in ((first, second), (second, first))]


class TuningTarget:
    """The neuroids of an area that models are compared with.

    Parameters
    ----------
    values : array of shape (n_neuroids,)
        The property.
    subjects : array of str, shape (n_neuroids,)
        Which mouse each neuroid is from.
    folds : sequence of Halves
        From :func:`halves_of_neuroids`.
    metric : TuningDistribution
        The property, and how it is compared.
    """

    def __init__(self, values: np.ndarray, subjects: np.ndarray, folds: Sequence[Halves], metric: TuningDistribution):
        self.values = values
        self.subjects = subjects
        self._folds = folds
        self._metric = metric
        self._property = PROPERTIES[metric.identifier]
        self._clusters, self.over = clusters_of(subjects)
        self._reference = np.stack([self._property.shares(values[scored]) for _, scored in folds])
        self._sizes = np.array([len(scored) for _, scored in folds])

    def chosen(self, layers: np.ndarray) -> list[int]:
        """Choose the layer of each fold that is most like the half that is not scored; the earlier wins a tie.

        Parameters
        ----------
        layers : array of shape (n_layers, n_bins)
            Their distributions; NaN where a layer has none. Some layer must have one.
        """
        found = []
        for half, _ in self._folds:
            similarity = ks_similarity(layers, self._property.shares(self.values[half]))
            found.append(int(np.where(np.isnan(similarity), -np.inf, similarity).argmax()))
        return found

    def similarities(self, layers: np.ndarray) -> np.ndarray:
        """Compare layers with the scored half of each fold, shape (n_folds, n_layers)."""
        generator = self._generator(0)
        found = np.full((len(self._folds), len(layers)), np.nan)
        for layer, shares in enumerate(layers):
            if not np.isnan(shares).any():
                found[:, layer] = sampled_ks_similarity(
                    shares, self._reference, self._sizes, self._metric.n_samples, generator
                )
        return found

    @cached_property
    def ceilings(self) -> np.ndarray:
        """The similarity of the scored half of each fold with samples of itself, shape (n_folds,)."""
        return sampled_ks_similarity(
            self._reference, self._reference, self._sizes, self._metric.n_samples, self._generator(1)
        )

    @cached_property
    def ceiling_error(self) -> float:
        """Standard deviation of the ceiling over draws of the mice."""
        return float(np.std(nan_mean(self._draws_of(self._reference, itself=True)), ddof=1))

    def interval(self, value: float, of_folds: np.ndarray) -> Interval:
        """Return the interval of a score.

        Parameters
        ----------
        value : float
            The score.
        of_folds : array of shape (n_folds, n_bins)
            The distribution of the layer that is scored in each fold.
        """
        ceilings = self._draws_of(self._reference, itself=True)
        return interval_of_draws(value, nan_mean(self._draws_of(of_folds, itself=False) / ceilings))

    def _draws_of(self, shares: np.ndarray, itself: bool) -> np.ndarray:
        """Compare distributions, or the neuroids with themselves, in draws of the mice: (n_folds, n_draws).

        A mouse that is drawn twice is so in all folds; NaN where none of a fold's mice is drawn: others have those
        of the other half.
        """
        generator = self._generator(2)
        n_clusters = int(self._clusters.max()) + 1
        n_draws = self._metric.n_bootstraps
        times = generator.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=n_draws)
        bins = self._property.bins(self.values)
        found = np.full((len(self._folds), n_draws), np.nan)
        for fold, (_, scored) in enumerate(self._folds):
            of_clusters = np.zeros((n_clusters, self._property.n_bins))
            np.add.at(of_clusters, (self._clusters[scored], bins[scored]), 1)
            counts = times @ of_clusters
            sizes = counts.sum(axis=1).astype(np.int64)
            drawn = sizes > 0
            drawn_shares = counts[drawn] / sizes[drawn, None]
            compared = drawn_shares if itself else np.broadcast_to(shares[fold], drawn_shares.shape)
            found[fold, drawn] = sampled_ks_similarity(
                compared, drawn_shares, sizes[drawn], _SAMPLES_PER_DRAW, generator
            )
        return found

    def _generator(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self._metric.seed, purpose])
