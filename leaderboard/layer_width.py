"""How many units a layer has, as far as a stored score says it."""

import math
from collections.abc import Mapping
from typing import Any

from ..results.most_chosen_layer import most_chosen_layer
from ..results.store import behaviour_of


def layer_width(record: Mapping[str, Any]) -> int | None:
    """Return the number of units of the layer of a score; of the mean over weight seeds, of the layer most chosen.

    A score is stored with what each of its layers does with a few stimuli, the number of units first.

    Parameters
    ----------
    record : mapping
        From :func:`brainscore_mouse.results.store.read_record`.

    Returns
    -------
    int or None
        None where the score has no layer, or its behaviour is not of the layers that it lists.
    """
    layer, layers = most_chosen_layer(record), list(record.get("layer_scores") or ())
    behaviour = behaviour_of(record)
    if layer not in layers or behaviour is None:
        return None
    n_networks = len(record.get("seed_scores") or [None])
    numbers = behaviour.numbers.reshape(-1, behaviour.numbers.shape[-1])
    if not len(numbers) or len(numbers) % (n_networks * len(layers)):
        return None
    # Of each network in turn, and of each of its layers: a row per stimulus. The networks differ in weights only.
    of_layers = numbers.reshape(n_networks, len(layers), -1, numbers.shape[-1])[0, :, :, 0]
    width = float(of_layers[layers.index(layer), 0])
    return int(width) if math.isfinite(width) and width >= 1 and width == int(width) else None
