"""Reading the published files of digit sets."""

import bz2
import gzip
import struct
from pathlib import Path

import h5py
import numpy as np
import scipy.io

from ...core.errors import DataError

Digits = tuple[np.ndarray, list[str]]

_IDX_OF_BYTES = 0x08


def read_idx(path: Path) -> np.ndarray:
    """Read an array of bytes in MNIST's IDX format, gzipped or not.

    Raises
    ------
    DataError
        If the file is not such an array.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        zeros, kind, n_dimensions = struct.unpack(">HBB", content[:4])
        if zeros != 0 or kind != _IDX_OF_BYTES:
            raise ValueError(f"it begins with {content[:4].hex()}")
        shape = struct.unpack(f">{n_dimensions}I", content[4 : 4 + 4 * n_dimensions])
        return np.frombuffer(content, np.uint8, offset=4 + 4 * n_dimensions).reshape(shape)
    except (OSError, EOFError, ValueError, struct.error) as error:
        raise DataError(f"{path} is not an IDX file of bytes ({error}); delete it and fetch it again") from error


def read_mnist(folder: Path) -> Digits | None:
    """Read MNIST's training and test images, as far as they are in a folder (or its ``MNIST/raw``).

    Returns
    -------
    images : np.ndarray of shape (n_images, 28, 28), labels : list of str
        Or None if neither part is there.
    """
    images, labels = [], []
    for part in ("train", "t10k"):
        files = [_first_file(folder, f"{part}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1")]
        if files[0] is not None and files[1] is not None:
            images.append(read_idx(files[0]))
            labels.append(read_idx(files[1]))
            if len(images[-1]) != len(labels[-1]):
                raise DataError(f"{files[0]} has {len(images[-1])} images, {files[1]} {len(labels[-1])} labels")
    return (np.concatenate(images), _as_text(np.concatenate(labels))) if images else None


def read_usps(folder: Path) -> Digits | None:
    """Read USPS from ``usps.h5`` (training and test digits), or from LIBSVM's ``usps.bz2`` and ``usps.t.bz2``.

    Returns
    -------
    images : np.ndarray of shape (n_images, 16, 16), labels : list of str
        Or None if the files are not there.
    """
    if (folder / "usps.h5").is_file():
        try:
            with h5py.File(folder / "usps.h5") as file:
                values = np.concatenate([file[part]["data"][...] for part in ("train", "test")])
                labels = np.concatenate([file[part]["target"][...] for part in ("train", "test")])
        except (OSError, KeyError) as error:
            raise DataError(f"{folder / 'usps.h5'} cannot be read ({error}); delete it and fetch it again") from error
        return np.rint(values.reshape(-1, 16, 16) * 255).astype(np.uint8), _as_text(labels)
    files = [folder / name for name in ("usps.bz2", "usps.t.bz2")]
    if not all(file.is_file() for file in files):
        return None
    rows = [line.split() for file in files for line in bz2.decompress(file.read_bytes()).decode().splitlines()]
    # The labels are 1 to 10, the values -1 to 1.
    values = np.array([[float(entry.split(":")[1]) for entry in row[1:]] for row in rows])
    images = np.rint((values.reshape(-1, 16, 16) + 1) / 2 * 255).astype(np.uint8)
    return images, _as_text(np.array([int(row[0]) - 1 for row in rows]))


def read_svhn(folder: Path) -> Digits | None:
    """Read SVHN's cropped digits (``train_32x32.mat``, ``test_32x32.mat``), as far as they are there.

    Returns
    -------
    images : np.ndarray of shape (n_images, 32, 32, 3), labels : list of str
        Or None if neither file is there.
    """
    files = [folder / f"{part}_32x32.mat" for part in ("train", "test")]
    contents = [scipy.io.loadmat(file) for file in files if file.is_file()]
    if not contents:
        return None
    images = np.concatenate([content["X"].transpose(3, 0, 1, 2) for content in contents])
    labels = np.concatenate([content["y"].ravel() for content in contents])
    return images, _as_text(labels % 10)  # 10 stands for zero


def _first_file(folder: Path, name: str) -> Path | None:
    candidates = [place / f"{name}{suffix}" for place in (folder, folder / "MNIST" / "raw") for suffix in (".gz", "")]
    return next((path for path in candidates if path.is_file()), None)


def _as_text(labels: np.ndarray) -> list[str]:
    return [str(int(label)) for label in labels]
