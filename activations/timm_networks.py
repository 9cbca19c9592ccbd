"""Networks of timm, which carry what their input must be and where their layers are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import timm
import torch
from torch import nn

from ..core.errors import ModelError
from ..core.image_loading import ImageSize, Interpolation, height_and_width
from .candidate_layers import candidate_layers
from .extraction import Extraction, ready_network
from .layer_outputs import LayerLayout, channel_rows, hooked
from .network_input import ChannelNormalization, WithInputStage, in_type_of, named_layers, uncompiled

_N_IMAGES = 2
# Between a layer's channels and what timm returns as its intermediate features, relative to the largest.
_PRECISION = 1e-4


@dataclass(frozen=True)
class TimmNetwork:
    """A network of timm behind its normalization.

    Attributes
    ----------
    architecture : str
        timm's name of it.
    network : nn.Module
        Takes images with values in [0, 1].
    layers : tuple of str
        Candidate layers.
    layouts : dict of str to LayerLayout
        Where the channels of layers are.
    image_size, resized_size : int or (int, int)
        Side length of a square, or height and width, in pixels: what the network sees, of an image that was resized to
        this.
    interpolation : str
        How images are resized.
    """

    architecture: str
    network: nn.Module
    layers: tuple[str, ...]
    image_size: ImageSize
    resized_size: ImageSize
    interpolation: Interpolation
    layouts: Mapping[str, LayerLayout] = field(default_factory=dict)


def timm_network(module: nn.Module) -> TimmNetwork:
    """Take a network of timm, with size, crop, normalization, interpolation and layers by its own settings.

    Candidate layers are the modules that timm's ``feature_info`` names, if they give what ``forward_intermediates``
    returns: the ends of stages in most networks, every block in transformers. Elsewhere the layers are searched.
    Channels leave out class, register and distillation tokens, as ``forward_intermediates`` does.

    Parameters
    ----------
    module : nn.Module
        What ``timm.create_model`` returned; it is used as it is.

    Raises
    ------
    ModelError
        If its input has not three channels, is resized in an unknown way, or the network fails for it.
    """
    module = uncompiled(module)
    pretrained_cfg: Any = module.pretrained_cfg
    architecture = pretrained_cfg["architecture"]
    settings = timm.data.resolve_model_data_config(module)
    n_channels, height, width = settings["input_size"]
    if n_channels != 3:
        raise ModelError(f"{architecture} of timm takes inputs of {n_channels} channels, and images have 3.")
    if settings["interpolation"] not in get_args(Interpolation):
        known = ", ".join(get_args(Interpolation))
        raise ModelError(f"{architecture} of timm resizes by {settings['interpolation']!r}, which is none of {known}.")
    network = WithInputStage(ChannelNormalization(settings["mean"], settings["std"]), module)
    image_size = height if height == width else (height, width)
    layouts = _layouts_of_feature_info(network, image_size)
    if layouts:
        layers = list(layouts)
    else:
        layers = candidate_layers(network, image_size)
        n_prefix_tokens = getattr(module, "num_prefix_tokens", 0)
        layouts = dict.fromkeys(layers, LayerLayout(n_prefix_tokens))
    resized = int(height / settings["crop_pct"]), int(width / settings["crop_pct"])  # as timm's own transform rounds
    return TimmNetwork(
        architecture,
        network,
        tuple(layers),
        image_size,
        resized[0] if resized[0] == resized[1] else resized,
        settings["interpolation"],
        layouts,
    )


def _layouts_of_feature_info(network: WithInputStage, image_size: ImageSize) -> dict[str, LayerLayout]:
    """Return the layers that ``feature_info`` names; none where they are not what ``forward_intermediates`` returns."""
    module: Any = network.network
    names = _names_in_feature_info(module)
    if not names or not set(names) <= set(named_layers(network)) or not hasattr(module, "forward_intermediates"):
        return {}
    images = torch.rand((_N_IMAGES, 3, *height_and_width(image_size)), generator=torch.Generator().manual_seed(0))
    outputs: dict[str, torch.Tensor | None] = {}

    def receive(layer: str, output: torch.Tensor | None) -> None:
        outputs[layer] = None if output is None else output.detach().clone()  # before it is overwritten

    with ready_network(network, Extraction()) as ready, ready.mode():
        try:
            with hooked(ready.network, names, receive):
                ready.see(images)
            normalized = network.input_stage(images.to(next(module.parameters()).device))
            intermediates = module.forward_intermediates(in_type_of(module, normalized), intermediates_only=True)
        except Exception:  # the search for layers says what is wrong with the network itself
            return {}
    if len(intermediates) != len(names):
        return {}
    layouts = {
        name: _layout(outputs.get(name), intermediate) for name, intermediate in zip(names, intermediates, strict=True)
    }
    return {name: layout for name, layout in layouts.items() if layout} if all(layouts.values()) else {}


def _names_in_feature_info(module: Any) -> list[str]:
    information = getattr(module, "feature_info", None) or []
    rows = information if isinstance(information, list) else information.info
    return list(dict.fromkeys(row["module"] for row in rows if row.get("module")))


def _layout(output: torch.Tensor | None, intermediate: torch.Tensor) -> LayerLayout | None:
    """Return where the channels of a layer's output are, from timm's (n_images, n_channels, height, width) of it."""
    if output is None or len(output) != _N_IMAGES or intermediate.ndim != 4:
        return None
    expected = intermediate.mean(dim=(2, 3))
    tried = [LayerLayout(), LayerLayout(is_channels_last=True)]
    if output.ndim == 3:
        tried = [LayerLayout(output.shape[1] - intermediate[0, 0].numel())]
    for layout in tried:
        if layout.n_prefix_tokens < 0:
            continue
        channels = channel_rows(output, _N_IMAGES, "", layout)
        if channels.shape == expected.shape and (channels - expected).abs().max() <= _PRECISION * expected.abs().max():
            return layout
    return None
