"""Layers of an unknown network that are worth comparing."""

import torch
from torch import nn

from ..core.errors import ModelError
from ..core.image_loading import ImageSize, height_and_width
from .extraction import Extraction, ready_network
from .layer_outputs import hooked
from .network_input import channels_hint, innermost, named_layers

# These pass on what another layer gives.
_WITHOUT_OUTPUT_OF_THEIR_OWN = (nn.Identity, nn.Flatten, nn.Unflatten, nn.modules.dropout._DropoutNd)
# Fewer parts than this say little about a network's hierarchy: then its parts are taken apart.
_FEWEST = 5
_N_IMAGES = 2


def candidate_layers(network: nn.Module, image_size: ImageSize, extraction: Extraction | None = None) -> list[str]:
    """Find candidate layers: the steps that a network is written as, from early to late.

    ``nn.Sequential`` and ``nn.ModuleList`` are taken apart into their steps; a module of any other class, such as a
    residual or a transformer block, is one step. Only while there are fewer than five, they are taken apart too.
    Steps that run when the network sees an image, and give a tensor with a row per image, are candidates, in the order
    in which they run.

    Parameters
    ----------
    network : nn.Module
        Takes images of shape (n_images, 3, height, width) with values in [0, 1].
    image_size : int or (int, int)
        Side length of a square, or height and width; in pixels.
    extraction : Extraction, optional
        Device and precision of the pass that shows in which order steps run.

    Returns
    -------
    list of str
        Names of modules.

    Raises
    ------
    ModelError
        If the network fails for such images, or has no such layer.
    """
    known = named_layers(network)
    steps = [name for name in known if "." not in name]
    while True:
        steps = _taken_apart(steps, known, (nn.Sequential, nn.ModuleList))
        candidates = _in_running_order(network, steps, image_size, extraction or Extraction())
        parts = _taken_apart(steps, known, None)
        if len(candidates) >= _FEWEST or parts == steps:
            break
        steps = parts
    if not candidates:
        raise ModelError(
            f"No layer of this {type(innermost(network)).__name__} gives one row per image; name them yourself with "
            "layers=[...]."
        )
    return candidates


def _taken_apart(names: list[str], known: dict[str, nn.Module], classes: tuple[type, ...] | None) -> list[str]:
    """Replace modules by their parts: those of exactly these classes all the way down, or all by one level."""
    parts = []
    for name in names:
        children = [f"{name}.{child}" for child, _ in known[name].named_children()]
        if not children or (classes is not None and type(known[name]) not in classes):
            parts.append(name)
        else:
            parts.extend(children if classes is None else _taken_apart(children, known, classes))
    return parts


def _in_running_order(network: nn.Module, names: list[str], image_size: ImageSize, extraction: Extraction) -> list[str]:
    order: dict[str, bool] = {}

    def receive(layer: str, output: torch.Tensor | None) -> None:
        order[layer] = output is not None and output.ndim > 1 and len(output) == _N_IMAGES

    known = named_layers(network)
    wanted = [name for name in names if not isinstance(known[name], _WITHOUT_OUTPUT_OF_THEIR_OWN)]
    images = torch.rand((_N_IMAGES, 3, *height_and_width(image_size)), generator=torch.Generator().manual_seed(0))
    with ready_network(network, extraction) as ready, hooked(ready.network, wanted, receive), ready.mode():
        try:
            ready.see(images)
        except Exception as error:
            height, width = height_and_width(image_size)
            raise ModelError(
                f"This {type(innermost(network)).__name__} fails for images of {height} x {width} px with values in "
                "[0, 1]: "
                f"{type(error).__name__}: {error}{channels_hint(network)}"
            ) from error
    return [name for name, one_row_per_image in order.items() if one_row_per_image]
