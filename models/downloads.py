"""Files of weights in the caches of huggingface.co and torch hub, and reaching these sites."""

import contextlib
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import huggingface_hub
import huggingface_hub.constants
import torch

from ..core.errors import WeightsUnavailableError
from .weights_status import WeightsStatus


def hub_file_status(repository: str, names: Sequence[str]) -> WeightsStatus:
    """Tell where a file of huggingface.co is in its cache.

    Parameters
    ----------
    repository : str
        Such as 'timm/resnet18.a1_in1k'.
    names : sequence of str
        What the file may be called, the preferred name first.
    """
    for name in names:
        found = huggingface_hub.try_to_load_from_cache(repository, name)
        if isinstance(found, str):
            return WeightsStatus(Path(found))
    cache = Path(huggingface_hub.constants.HF_HUB_CACHE)
    folder = cache / huggingface_hub.constants.REPO_ID_SEPARATOR.join(["models", *repository.split("/")])
    return WeightsStatus(
        None,
        f"{names[0]} of huggingface.co/{repository} is not in the cache {cache}. `brainscore-mouse models fetch` "
        f"downloads it where there is a network; then copy the folder {folder} to the same place in the cache here "
        "($HF_HUB_CACHE or $HF_HOME choose another)",
    )


def url_status(url: str) -> WeightsStatus:
    """Tell where the file of an address is in torch hub's cache."""
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", maxsplit=1)[-1]
    if path.is_file():
        return WeightsStatus(path)
    return WeightsStatus(
        None,
        f"{path.name} is not in torch hub's cache {path.parent}. `brainscore-mouse models fetch` downloads it where "
        f"there is a network, from {url}; then copy it to the same place here ($TORCH_HOME chooses another)",
    )


@contextlib.contextmanager
def from_hub(identifier: str, status: WeightsStatus) -> Iterator[None]:
    """Let a library read from huggingface.co's cache inside the block, and download only what is not there.

    What is there is read without asking the site, which would take half a minute where there is no network.

    Parameters
    ----------
    identifier : str
        Of the model, for messages.
    status : WeightsStatus
        Of its file.

    Raises
    ------
    WeightsUnavailableError
        If something is to be downloaded and the site cannot be reached, or if the block raises.
    """
    constants = huggingface_hub.constants
    if status.path is None:
        _check_reachable(constants.ENDPOINT, identifier, status.remedy)
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or status.path is not None
    try:
        yield
    except Exception as error:
        told = (str(error).strip() or type(error).__name__).splitlines()[0]
        remedy = status.remedy if status.path is None else f"If {status.path} is damaged, delete it and fetch it again"
        raise WeightsUnavailableError(
            f"{identifier} cannot be loaded: {type(error).__name__}: {told}. {remedy}."
        ) from error
    finally:
        constants.HF_HUB_OFFLINE = before


def _check_reachable(address: str, identifier: str, remedy: str) -> None:
    """Raise WeightsUnavailableError at once where libraries would try again and again."""
    if urllib.request.getproxies():  # the proxy looks names up
        return
    host = urllib.parse.urlsplit(address).hostname
    try:
        socket.getaddrinfo(host, 443)
    except OSError as error:
        raise WeightsUnavailableError(
            f"{identifier} cannot be downloaded: {host} cannot be reached ({error.strerror or error}). {remedy}."
        ) from error
