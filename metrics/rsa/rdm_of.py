"""The RDMs that are stored with a score."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from ...core.errors import InvalidParameterError
from .rdm_picture import decoded_rdm

if TYPE_CHECKING:
    from brainscore_core.metrics import Score

Whose = Literal["model", "mice"]
_ATTRIBUTES = {"model": "rdm", "mice": "mouse_rdm"}


def rdm_of(score: "Score | Mapping[str, Any]", whose: Whose = "model") -> np.ndarray:
    """Return a representational dissimilarity matrix (RDM) that was compared for an RSA score.

    Parameters
    ----------
    score : Score or mapping
        From :func:`brainscore_mouse.score_model` on a benchmark of the metric rsa, or a stored record of one.
    whose : {'model', 'mice'}
        'model': the RDM of the chosen layer. 'mice': that of the recorded population.

    Returns
    -------
    array of shape (n_stimuli, n_stimuli)
        Dissimilarities as ranks, from 0 (the most similar pair) to 1 (the least similar), in steps of 1/254; 0 on the
        diagonal, NaN where undefined. Stimuli are in the order of the benchmark's stimulus set.

    Raises
    ------
    InvalidParameterError
        If the score has no RDMs, or `whose` is something else.
    """
    if whose not in get_args(Whose):
        raise InvalidParameterError(f"whose is {whose!r}; use one of {', '.join(map(repr, get_args(Whose)))}.")
    attrs = score if isinstance(score, Mapping) else score.attrs
    if _ATTRIBUTES[whose] not in attrs:
        raise InvalidParameterError(
            f"The score on {attrs.get('benchmark_identifier', 'this benchmark')} has no RDM: only benchmarks of single "
            "areas by the metric rsa store them, such as simulated-mouse-VISp-rsa; the model's is that of one network, "
            "such as resnet18-random.0, not of several weight seeds."
        )
    return decoded_rdm(attrs[_ATTRIBUTES[whose]])
