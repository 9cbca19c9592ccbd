"""From a model's layers and an area's recordings to a score."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.errors import ModelOutputError
from ..metrics.layerwise import NeuralTarget
from ..metrics.mouse_score import MouseScore
from .layer_choice import choose_layers


def area_score(target: NeuralTarget[Any], responses: Mapping[str, Any], n_folds: int, what: str) -> MouseScore:
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
    MouseScore
        Relative to the ceiling, sign kept; with all attributes that follow from layers and recordings alone.

    Raises
    ------
    ModelOutputError
        If the activations of a chosen layer do not vary.
    """
    names, layers = list(responses), list(responses.values())
    chosen = choose_layers(target, layers, n_folds)
    evaluation = target.evaluate(layers)
    per_fold = np.arange(n_folds)
    value = float(evaluation.ceiled[per_fold, chosen].mean())
    layer_by_fold = [names[layer] for layer in chosen]
    if np.isnan(value):
        raise ModelOutputError(
            f"{what} has no score: the activations of {layer_by_fold} do not vary over the stimuli or features."
        )
    curve = evaluation.ceiled.mean(axis=0)
    best = int(np.nanargmax(curve))
    score = MouseScore(value)
    score.attrs.update(
        raw=float(evaluation.raw[per_fold, chosen].mean()),
        ceiling=evaluation.ceiling,
        ceiling_error=evaluation.ceiling_error,
        error=evaluation.standard_error(chosen),
        error_kind=evaluation.error_kind,
        layer=Counter(layer_by_fold).most_common(1)[0][0],
        layer_by_fold=layer_by_fold,
        layer_scores=dict(zip(names, curve.tolist(), strict=True)),
        oracle_layer=names[best],
        oracle_score=float(curve[best]),
        **evaluation.details,
        **evaluation.illustration(chosen),
        **{name: float(values[per_fold, chosen].mean()) for name, values in evaluation.measures.items()},
    )
    return score
