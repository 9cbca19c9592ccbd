"""Fetching the published digit files, through torchvision and checked by its hashes."""

import tempfile
import urllib.error
from pathlib import Path

from torchvision.datasets import MNIST, SVHN, USPS
from torchvision.datasets.utils import download_url

from ...core.errors import RemoteReadError
from .location import domain_set_folder


def fetch_digits() -> Path:
    """Download MNIST, USPS and SVHN's cropped digits, as far as they are not there.

    Returns
    -------
    Path
        The folder they are in.

    Raises
    ------
    RemoteReadError
        If a file is not available, or is not the one that torchvision knows.
    """
    folder = domain_set_folder("digits")
    folder.mkdir(parents=True, exist_ok=True)
    for name, md5 in MNIST.resources:
        _fetch(folder, name, md5, [f"{mirror}{name}" for mirror in MNIST.mirrors])
    for url, name, md5 in USPS.split_list.values():
        _fetch(folder, name, md5, [url])
    for url, name, md5 in (SVHN.split_list[part] for part in ("train", "test")):
        _fetch(folder, name, md5, [url])
    return folder


def _fetch(folder: Path, name: str, md5: str, urls: list[str]) -> None:
    """Download a file to a folder beside, and move it when its hash is right."""
    if (folder / name).is_file():
        return
    failures = []
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as temporary:
        for url in urls:
            try:
                download_url(url, temporary, name, md5)
            except (urllib.error.URLError, OSError, RuntimeError) as error:  # RuntimeError: the hash is wrong
                failures.append(f"{url} ({error})")
                (Path(temporary) / name).unlink(missing_ok=True)
                continue
            (Path(temporary) / name).replace(folder / name)
            return
    raise RemoteReadError(
        f"{name} could not be downloaded from {'; '.join(failures)}. Put it into {folder} yourself, or try again: "
        "complete files are kept."
    )
