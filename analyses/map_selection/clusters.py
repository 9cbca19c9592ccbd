"""Which neuroids stand for a population: UMAP of their representation maps, k-means, and those nearest to each centre.

The paper names these three steps and the 50 neuroids per cluster; it gives no settings for them. Ours: UMAP's defaults
(15 neighbours, Euclidean distance between normalized maps, two dimensions), k-means with ten starts on what UMAP gives,
and distances to the centres in the same two dimensions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import KMeans

from ...core.errors import BrainscoreMouseError, InvalidParameterError, TooFewNeuroidsError

MIN_MAPS = 16
"""Each map has 15 neighbours, UMAP's default."""

_N_NEIGHBORS = 15
_N_STARTS = 10


@dataclass(frozen=True)
class MapClusters:
    """Maps in the plane, and the clusters they form there.

    Attributes
    ----------
    embedding : array of shape (n_maps, 2)
        UMAP's coordinates.
    clusters : array of int, shape (n_maps,)
        From 0; the largest cluster comes first.
    centres : array of shape (n_clusters, 2)
        In the embedding.
    distances : array of shape (n_maps,)
        Of each map to the centre of its cluster, in the embedding.
    """

    embedding: np.ndarray
    clusters: np.ndarray
    centres: np.ndarray
    distances: np.ndarray


def umap_class() -> type[Any]:
    """Import UMAP, which takes some seconds.

    Raises
    ------
    BrainscoreMouseError
        If umap-learn is not installed, or does not fit.
    """
    try:
        from umap import UMAP
    except ImportError as error:  # not there, or of a version that does not work with this scikit-learn
        raise BrainscoreMouseError(
            f"Selection by maps needs umap-learn ({error}): pip install 'brainscore-mouse[paper]'"
        ) from error
    return UMAP


def embedded_maps(maps: np.ndarray, seed: int) -> np.ndarray:
    """Lay maps out in the plane by UMAP, so that similar ones are near each other.

    Parameters
    ----------
    maps : array of shape (n_maps, n_pixels)
        Normalized and defined; at least `MIN_MAPS`.
    seed : int
        With the same seed, versions and machine the layout is the same. On another processor, or with other versions
        of numba or numpy, rounding differs and UMAP's optimization amplifies it: coordinates are not comparable then,
        and maps between two clusters may change sides.

    Returns
    -------
    array of shape (n_maps, 2)

    Raises
    ------
    TooFewNeuroidsError
        If there are fewer maps.
    BrainscoreMouseError
        If umap-learn is not installed.
    """
    if len(maps) < MIN_MAPS:
        raise TooFewNeuroidsError(
            f"UMAP needs at least {MIN_MAPS} maps, so that each has its neighbours; not {len(maps)}."
        )
    # A seed allows one thread only; n_jobs=1 keeps UMAP from warning about it.
    layout = umap_class()(n_neighbors=_N_NEIGHBORS, random_state=seed, n_jobs=1)
    return np.asarray(layout.fit_transform(maps), dtype=np.float64)


def clustered(embedding: np.ndarray, n_clusters: int, seed: int) -> MapClusters:
    """Find clusters by k-means.

    Parameters
    ----------
    embedding : array of shape (n_maps, 2)
        From `embedded_maps`.
    n_clusters : int
        How many.
    seed : int
        Seed of the starts.

    Raises
    ------
    InvalidParameterError
        If there are fewer maps than clusters.
    """
    if not 1 <= n_clusters <= len(embedding):
        raise InvalidParameterError(
            f"{len(embedding)} maps cannot form {n_clusters} clusters; use 1 to {len(embedding)}."
        )
    found = KMeans(n_clusters, n_init=_N_STARTS, random_state=seed).fit(embedding)
    order = np.argsort(-np.bincount(found.labels_, minlength=n_clusters), kind="stable")
    clusters, centres = np.argsort(order)[found.labels_], found.cluster_centers_[order]
    distances = np.linalg.norm(embedding - centres[clusters], axis=1)
    return MapClusters(embedding, clusters, centres, distances)


def central(clusters: np.ndarray, distances: np.ndarray, per_cluster: int) -> np.ndarray:
    """Tell which maps are the nearest to their cluster's centre.

    Parameters
    ----------
    clusters : array of int, shape (n_maps,)
    distances : array of shape (n_maps,)
        To the centre of the own cluster.
    per_cluster : int
        How many of each; all of a cluster that has fewer.

    Returns
    -------
    bool array of shape (n_maps,)
        Of equally near ones the first.
    """
    chosen = np.zeros(len(clusters), dtype=bool)
    for cluster in np.unique(clusters):
        members = np.flatnonzero(clusters == cluster)
        chosen[members[np.argsort(distances[members], kind="stable")[:per_cluster]]] = True
    return chosen
