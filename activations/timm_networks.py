"""Networks of timm, which carry what their input must be."""

from dataclasses import dataclass
from typing import Any, get_args

import timm
from torch import nn

from ..core.errors import InvalidParameterError, ModelError, WeightsUnavailableError
from ..core.image_loading import Interpolation
from .network_input import ChannelNormalization, WithInputStage, uncompiled


@dataclass(frozen=True)
class TimmNetwork:
    """A network of timm behind its normalization.

    Attributes
    ----------
    identifier : str
        'timm:' and the name it was made by, or the architecture of a module, whose weights may be any.
    network : nn.Module
        Takes images with values in [0, 1].
    image_size : int
        In pixels.
    interpolation : str
        How images are resized to it.
    """

    identifier: str
    network: nn.Module
    image_size: int
    interpolation: Interpolation


def timm_network(name_or_module: str | nn.Module) -> TimmNetwork:
    """Make a pretrained network of timm, or take one, with size, normalization and interpolation of its own settings.

    Parameters
    ----------
    name_or_module : str or nn.Module
        Such as 'resnet18.a1_in1k', or what ``timm.create_model`` returned; the module is used as it is.

    Raises
    ------
    InvalidParameterError
        If timm has no such model.
    WeightsUnavailableError
        If its weights are not available.
    ModelError
        If its input is not a square of three channels, or is resized in an unknown way.
    """
    if isinstance(name_or_module, str):
        identifier = f"timm:{name_or_module}"
        module = _pretrained(name_or_module)
    else:
        module = uncompiled(name_or_module)
        settings_of_weights: Any = module.pretrained_cfg
        identifier = f"timm:{settings_of_weights['architecture']}"
    settings = timm.data.resolve_model_data_config(module)
    n_channels, height, width = settings["input_size"]
    if n_channels != 3 or height != width:
        raise ModelError(f"{identifier} takes inputs of {n_channels} x {height} x {width}, not of 3 x size x size.")
    if settings["interpolation"] not in get_args(Interpolation):
        raise ModelError(
            f"{identifier} resizes by {settings['interpolation']!r}, which is not one of {get_args(Interpolation)}."
        )
    normalization = ChannelNormalization(settings["mean"], settings["std"])
    return TimmNetwork(identifier, WithInputStage(normalization, module), height, settings["interpolation"])


def _pretrained(name: str) -> nn.Module:
    if not timm.is_model(name):
        raise InvalidParameterError(f"timm has no model {name!r}; timm.list_models() lists them.")
    try:
        return timm.create_model(name, pretrained=True)
    except Exception as error:
        raise WeightsUnavailableError(
            f"timm's {name} could not be loaded with its weights ({type(error).__name__}: {error}). If they cannot be "
            f"downloaded, load them into timm.create_model({name!r}) yourself and pass the module."
        ) from error
