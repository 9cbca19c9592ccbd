"""From a model's layers and an area's recordings to a score."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.errors import ModelOutputError
from ..metrics.layer_choice import choose_layers
from ..metrics.layerwise import ChosenLayers, LeftOutTarget, NeuralTarget
from ..metrics.mouse_score import MouseScore
from ..uncertainty.leave_one_out import LeaveOneOutScores
from ..uncertainty.nan_mean import nan_mean
from .score_errors import score_errors, standard_error_of_partitions


def area_score(
    target: NeuralTarget[Any], responses: Mapping[str, Any], n_folds: int, what: str
) -> tuple[MouseScore, LeaveOneOutScores | None]:
    """Choose a layer in each fold, and average the chosen layers' ceiled scores.

    Parameters
    ----------
    target : NeuralTarget
        The recordings, as a metric prepared them.
    responses : mapping of str to FeatureGram or array of shape (n_stimuli, n_channels)
        What the metric compares of each candidate layer.
    n_folds : int
        How many folds the target has.
    what : str
        Model and benchmark, for the error message.

    Returns
    -------
    score : MouseScore
        Relative to the ceiling, sign kept; with all attributes that follow from layers and recordings alone.
    left_out : LeaveOneOutScores or None
        The score without each stimulus and mouse; None where the metric cannot leave out any.

    Raises
    ------
    ModelOutputError
        If the activations of a chosen layer do not vary.
    """
    names, layers = list(responses), list(responses.values())
    chosen = choose_layers(target, layers, n_folds)
    evaluation = target.evaluate(layers, chosen)
    per_fold = np.arange(n_folds)
    value = float(evaluation.ceiled[per_fold, chosen].mean())
    layer_by_fold = [names[layer] for layer in chosen]
    if np.isnan(value):
        raise ModelOutputError(
            f"{what} has no score: the activations of {layer_by_fold} do not vary over the stimuli or features."
        )
    left_out = target.left_out([ChosenLayers(layers, chosen)]) if isinstance(target, LeftOutTarget) else None
    curve = nan_mean(evaluation.ceiled)  # layers that were not chosen are compared in some folds only
    best = int(np.nanargmax(curve))
    oracle = {"oracle_layer": names[best], "oracle_score": float(curve[best])} if evaluation.has_other_layers else {}
    score = MouseScore(value)
    is_ceiled = evaluation.details.get("ceiling_kind") != "none"
    score.attrs.update(
        raw=float(evaluation.raw[per_fold, chosen].mean()),
        ceiling=evaluation.ceiling if is_ceiled else None,
        ceiling_error=target.ceiling_error if is_ceiled else None,
        **score_errors(left_out),
        error_partitions=standard_error_of_partitions(evaluation.ceiled[per_fold, chosen]),
        layer=Counter(layer_by_fold).most_common(1)[0][0],
        layer_by_fold=layer_by_fold,
        layer_scores=dict(zip(names, curve.tolist(), strict=True)),
        **oracle,
        **evaluation.details,
        **evaluation.illustration(chosen),
        **{name: float(nan_mean(values[per_fold, chosen])) for name, values in evaluation.measures.items()},
    )
    return score, left_out
