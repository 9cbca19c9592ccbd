"""The layers of a torch module as a sequence of kinds."""

from torch import nn

from ...core.errors import ModelError

_KINDS: dict[str, tuple[type[nn.Module], ...]] = {
    "Conv": (nn.modules.conv._ConvNd,),
    "Norm": (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm),
    "Linear": (nn.Linear,),
    "MaxPool": (nn.modules.pooling._MaxPoolNd, nn.modules.pooling._AdaptiveMaxPoolNd),
    "AvgPool": (nn.modules.pooling._AvgPoolNd, nn.modules.pooling._AdaptiveAvgPoolNd),
}
# These compute nothing when a network is used.
_PASSING_ON = (nn.Identity, nn.Flatten, nn.modules.dropout._DropoutNd)

_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)  # empty ones


def layer_sequence(network: nn.Module) -> list[str]:
    """Return the kinds of a network's layers, in the order in which they are defined.

    Modules without parts count, of those with parts only the parts. What a network does by functions instead of modules
    does not show, nor do connections such as skips.

    Parameters
    ----------
    network : nn.Module
        Any; may be on the device 'meta'.

    Returns
    -------
    list of str
        'Conv', 'Norm', 'Linear', 'MaxPool', 'AvgPool', or the name of the class, such as 'ReLU'.

    Raises
    ------
    ModelError
        If there is no layer.
    """
    leaves = [module for module in network.modules() if next(module.children(), None) is None]
    sequence = [_kind(module) for module in leaves if not isinstance(module, (*_PASSING_ON, *_CONTAINERS))]
    if not sequence:
        raise ModelError(f"This {type(network).__name__} has no layers to compare.")
    return sequence


def _kind(module: nn.Module) -> str:
    return next((kind for kind, classes in _KINDS.items() if isinstance(module, classes)), type(module).__name__)
