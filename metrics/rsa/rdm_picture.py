"""RDMs small enough to be stored with a score: the rank of each pair of stimuli, in 256 steps."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from .rdm import pairs_of_rdm, stimuli_of_pairs

_UNDEFINED = 255  # ranks take 0 to 254


def encoded_rdm(rdm: np.ndarray) -> dict[str, Any]:
    """Encode the ranks of an RDM's pairs, in which RDMs are compared.

    Parameters
    ----------
    rdm : array of shape (n_stimuli, n_stimuli)
        Dissimilarities; NaN where undefined.

    Returns
    -------
    dict
        `n_stimuli`, and `ranks`: one byte per pair in the order of `pairs_of_rdm`, as base64. 0 is the most similar
        pair, 254 the least similar, 255 undefined.
    """
    pairs = pairs_of_rdm(rdm)
    defined = np.isfinite(pairs)
    steps = np.full(len(pairs), _UNDEFINED, dtype=np.uint8)
    if defined.any():
        from scipy.stats import rankdata  # takes half a second; a stored score is shown without

        ranks = rankdata(pairs[defined])
        steps[defined] = np.round((ranks - 1) / max(len(ranks) - 1, 1) * (_UNDEFINED - 1))
    return {"n_stimuli": len(rdm), "ranks": base64.b64encode(steps.tobytes()).decode()}


def decoded_rdm(encoded: Mapping[str, Any]) -> np.ndarray:
    """Decode what :func:`encoded_rdm` made.

    Returns
    -------
    array of shape (n_stimuli, n_stimuli)
        Ranks as shares, 0 (most similar) to 1; 0 on the diagonal, NaN where undefined.

    Raises
    ------
    ValueError
        If it is not such an encoding.
    """
    n_stimuli = int(encoded["n_stimuli"])
    steps = np.frombuffer(base64.b64decode(encoded["ranks"], validate=True), dtype=np.uint8)
    if len(steps) != n_stimuli * (n_stimuli - 1) // 2:
        raise ValueError(f"{len(steps)} pairs do not make an RDM of {n_stimuli} stimuli")
    shares = np.where(steps == _UNDEFINED, np.nan, steps / (_UNDEFINED - 1))
    rdm = np.zeros((n_stimuli, n_stimuli))
    first, second = stimuli_of_pairs(n_stimuli)
    rdm[first, second] = rdm[second, first] = shares
    return rdm


def clustered_order(rdm: np.ndarray) -> np.ndarray:
    """Order stimuli so that similar ones are neighbours: average linkage, leaves in optimal order.

    Parameters
    ----------
    rdm : array of shape (n_stimuli, n_stimuli)
        From :func:`decoded_rdm`. Undefined pairs count as the least similar.

    Returns
    -------
    array of int, shape (n_stimuli,)
    """
    from scipy.cluster.hierarchy import leaves_list, linkage  # as above

    pairs = np.nan_to_num(pairs_of_rdm(rdm), nan=1.0)
    return leaves_list(linkage(pairs, method="average", optimal_ordering=True))
