"""The layers of a score: the one that stands for a model, and what is said where there is room for words."""

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


def layer_in_words(attrs: Mapping[str, Any]) -> str | None:
    """Return the layer of a score; of the mean over weight seeds, the layers of the seeds, and that they are theirs.

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
    >>> layer_in_words({"layer": "conv2, conv1", "seed_scores": [{"seed": 0}, {"seed": 1}, {"seed": 2}]})
    'conv2, conv1 (of 3 weight seeds, the most frequent first)'
    >>> layer_in_words({"layer": "conv2", "seed_scores": [{"seed": 0}, {"seed": 1}]})
    'conv2 (of all 2 weight seeds)'
    """
    layer, seeds = attrs.get("layer"), attrs.get("seed_scores")
    if not isinstance(layer, str):
        return None
    if not isinstance(seeds, list):
        return layer
    if ", " not in layer:
        return f"{layer} (of all {len(seeds)} weight seeds)"
    return f"{layer} (of {len(seeds)} weight seeds, the most frequent first)"
