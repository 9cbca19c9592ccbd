"""The RDMs of mice and model side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from ...metrics.rsa.rdm_of import rdm_of
from ...metrics.rsa.rdm_picture import clustered_order

if TYPE_CHECKING:
    from brainscore_core.metrics import Score


def plot_rdms(score: "Score", axes: Sequence[Axes] | None = None) -> np.ndarray:
    """Plot the RDMs of the mice and of the model's layer, with the stimuli in the same order.

    Stimuli are ordered by hierarchical clustering of the mice's RDM, so that similar ones are neighbours. The plotted
    numbers are those of :func:`brainscore_mouse.rdm_of`.

    Parameters
    ----------
    score : Score
        From :func:`brainscore_mouse.score_model` on a benchmark of the metric rsa.
    axes : sequence of two matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    array of two matplotlib.axes.Axes
        Of the mice and of the model.

    Raises
    ------
    InvalidParameterError
        If the score has no RDMs.
    """
    mice, model = rdm_of(score, "mice"), rdm_of(score, "model")
    if axes is None:
        _, axes = pyplot.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
    order = clustered_order(mice)
    titles = ("mice", f"{score.attrs.get('model_identifier')}, layer {score.attrs.get('layer')}")
    for panel, rdm, title in zip(axes, (mice, model), titles, strict=True):
        image = panel.imshow(rdm[np.ix_(order, order)], cmap="cividis", vmin=0, vmax=1, interpolation="none")
        panel.set(title=title, xticks=[], yticks=[], xlabel="stimuli")
    bar = panel.figure.colorbar(image, ax=list(axes), shrink=0.7, label="rank of dissimilarity")
    bar.set_ticks([0, 1], labels=["similar", "dissimilar"])
    return np.asarray(axes)
