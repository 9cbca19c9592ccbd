"""The layer that stands for a model where a single one can be shown."""

from collections.abc import Mapping
from typing import Any


def most_chosen_layer(attrs: Mapping[str, Any]) -> str | None:
    """Return the layer of a score; of the mean over weight seeds, the one that most of them chose.

    Parameters
    ----------
    attrs : mapping
        The attributes of a score, or a stored record.

    Returns
    -------
    str or None
        None where the score has no layer.

    Examples
    --------
    >>> most_chosen_layer({"layer": "conv2, conv1", "seed_scores": [{"seed": 0}, {"seed": 1}]})
    'conv2'
    """
    layer = attrs.get("layer")
    if not isinstance(layer, str):
        return None
    # `mean_over_seeds` lists them, the most frequent first.
    return layer.partition(", ")[0] if isinstance(attrs.get("seed_scores"), list) else layer
