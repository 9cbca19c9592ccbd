"""Networks that cannot be recorded from are refused before they run, by name and with what to do instead."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..core.errors import ModelError
from .network_input import named_layers


def check_recordable(network: nn.Module, layers: Sequence[str], model_identifier: str = "the network") -> None:
    """Raise ModelError where a network's state or layers cannot be used.

    Parameters
    ----------
    network : nn.Module
        Any network.
    layers : sequence of str
        Names of modules that are to be recorded.
    model_identifier : str
        Name of the model for error messages.

    Raises
    ------
    ModelError
        If parameters or buffers are not initialized, have no values (on the device 'meta'), or are sparse; if
        the network is an exported program; or if a layer lies within a TorchScript module, which hides what runs in it.
    """
    tensors = [*network.named_parameters(), *network.named_buffers()]
    for name, tensor in tensors:
        if is_lazy(tensor):
            raise ModelError(
                f"{model_identifier} has lazy modules: the shape of {name!r} is not known before the first pass. Run "
                "the network once on a batch of images, then make a model of it."
            )
        if tensor.is_meta:
            raise ModelError(
                f"{model_identifier} has no weights: {name!r} lies on the device 'meta'. Load the weights first, for "
                "instance by network.to_empty(device='cpu') and network.load_state_dict(...)."
            )
        if tensor.layout != torch.strided:
            raise ModelError(
                f"{model_identifier} has sparse weights: {name!r} has the layout {tensor.layout}. Replace each by its "
                "to_dense()."
            )
    if network.eval.__module__.startswith("torch.export"):
        raise ModelError(
            f"{model_identifier} cannot be recorded: it was made by torch.export, and has no evaluation mode. "
            "Make the model of the network that was exported."
        )
    _check_not_scripted(network, layers, model_identifier)


def _check_not_scripted(network: nn.Module, layers: Sequence[str], model_identifier: str) -> None:
    known = named_layers(network)
    enclosing = {"": network}
    for layer in layers:
        parts = layer.split(".")
        enclosing |= {name: known[name] for end in range(1, len(parts)) if (name := ".".join(parts[:end])) in known}
    for name, module in enclosing.items():
        if isinstance(module, torch.jit.ScriptModule):
            what = f"its module {name!r}" if name else "it"
            raise ModelError(
                f"{model_identifier} cannot be recorded: {what} is a {type(module).__name__}, and TorchScript hides "
                "the layers within it. Make the model of the network that was scripted or traced."
            )
