"""A few networks that stand for many."""

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from ...core.errors import InvalidParameterError


def tree(similarities: np.ndarray) -> np.ndarray:
    """Cluster networks by average linkage of 1 - similarity; scipy's linkage matrix."""
    return linkage(squareform(1 - similarities, checks=False), method="average")


def shortlist(names: Sequence[str], similarities: np.ndarray, n: int) -> list[str]:
    """Choose networks that stand for clusters of alike ones: of each cluster its medoid.

    Nothing is random. Where fewer clusters can be told apart (networks built exactly alike), fewer are chosen. How the
    paper came from 44 architectures to 13 is not stated; this rule is ours.

    Parameters
    ----------
    names : sequence of str
        The networks.
    similarities : array of shape (n_networks, n_networks)
        From :func:`~brainscore_mouse.analyses.architectures.alignment.similarity_matrix`.
    n : int
        How many to choose at most.

    Raises
    ------
    InvalidParameterError
        If there are fewer than two networks, or `n` is not between 1 and their number.
    """
    if len(names) < 2 or not 1 <= n <= len(names):
        raise InvalidParameterError(f"cannot choose {n} of {len(names)} networks")
    clusters = fcluster(tree(similarities), n, criterion="maxclust")
    chosen = []
    for cluster in np.unique(clusters):
        members = np.flatnonzero(clusters == cluster)
        within = similarities[np.ix_(members, members)].sum(axis=1)
        chosen.append(int(members[np.argmax(within)]))
    return [names[index] for index in sorted(chosen)]
